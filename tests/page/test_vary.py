"""Other arrangements, other shapes and other surfaces of the same photo."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.page.person import await_tile, button, make, serious, wish
from tests.serving import Service

UUID = re.compile(r"[0-9a-f-]{36}")


def test_four_at_once_are_four_tiles_with_seeds_of_their_own(page: Page, leaves: Path) -> None:
    wish(page, leaves, side=128)
    make(page)
    await_tile(page)
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url.rpartition("/")[2]))

    button(page, "Four at once").click()

    shelf = page.get_by_label("Your tiles")
    expect(shelf.get_by_role("button", name=re.compile("^Tile: "))).to_have_count(5, timeout=60_000)
    sources = shelf.locator("img").evaluate_all("all => all.map((one) => one.src)")
    assert len({one for one in sources if "/results/" in one}) == 5
    assert asked.count("events") == 4, "each is listened to, once"
    assert len([one for one in asked if UUID.fullmatch(one)]) == 4, "and fetched when it is there"
    assert serious(page) == []


def test_another_shape_of_the_same_photo_takes_one_click(page: Page, leaves: Path) -> None:
    wish(page, leaves)
    make(page)
    await_tile(page)

    page.get_by_role("group", name="Another shape").get_by_role("button", name="2:3").click()
    expect(page.get_by_text(re.compile("^256 . 384,"))).to_be_visible(timeout=60_000)

    expect(page.get_by_role("radio", name="1:1", exact=True)).to_be_checked()
    shelf = page.get_by_label("Your tiles")
    expect(shelf.get_by_role("button", name=re.compile("^Tile: "))).to_have_count(2)


def test_another_surface_that_the_words_fit_can_be_taken_instead(
    page: Page, service: Service
) -> None:
    page.get_by_role("button", name="Wooden deck").click()
    page.get_by_text("Size and arrangement").click()
    page.get_by_label("Width", exact=True).fill("256")
    make(page)
    await_tile(page)
    button(page, "Beside the photo").click()

    with page.expect_response(re.compile(r"/v2/qwen")) as accepted:
        page.get_by_role("button", name=re.compile("Use number 1 instead")).click()

    expect(page.get_by_text(re.compile("Outlined"))).to_have_count(0)
    await_tile(page)
    address = f"{service.url}/v2/requests/{accepted.value.json()['request_id']}"
    assert page.request.get(address).json()["report"]["surface"]["drawn"] is True

    button(page, "Another region").click()
    expect(page.get_by_text(re.compile("^Drawn: "))).to_have_count(2)
    button(page, "Clear").click()
    page.get_by_role("application").click(position={"x": 40, "y": 40})
    expect(page.get_by_text(re.compile("^Drawn: "))).to_have_count(2)
    assert serious(page) == []
