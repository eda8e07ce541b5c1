"""Other arrangements, other shapes and other surfaces of the same photo."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.page.person import await_tile, button, look_beside, make, serious, wish
from tests.serving import Service

UUID = re.compile(r"[0-9a-f-]{36}")


def test_four_at_once_are_four_tiles_with_seeds_of_their_own(page: Page, leaves: Path) -> None:
    wish(page, leaves)
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
    expect(page.get_by_text(re.compile("^128 . 192,"))).to_be_visible(timeout=60_000)

    expect(page.get_by_role("radio", name="1:1", exact=True)).to_be_checked()
    shelf = page.get_by_label("Your tiles")
    expect(shelf.get_by_role("button", name=re.compile("^Tile: "))).to_have_count(2)


def test_another_surface_that_the_words_fit_can_be_taken_instead(
    page: Page, service: Service
) -> None:
    page.get_by_role("button", name="Wooden deck").click()
    page.get_by_text("Size and arrangement").click()
    page.get_by_label("Width", exact=True).fill("128")
    make(page)
    await_tile(page)
    look_beside(page)

    with page.expect_response(re.compile(r"/v2/qwen")) as accepted:
        page.get_by_role("button", name=re.compile("Use number 2 instead")).click()

    expect(page.get_by_text(re.compile("Outlined"))).to_have_count(0)
    expect(page.locator("form").get_by_text(re.compile("^Drawn: "))).to_be_visible()
    await_tile(page)
    address = f"{service.url}/v2/requests/{accepted.value.json()['request_id']}"
    assert page.request.get(address).json()["report"]["surface"]["drawn"] is True

    button(page, "Another region").click()
    expect(page.get_by_text(re.compile("^Drawn: "))).to_have_count(2)
    button(page, "Clear").click()
    page.get_by_role("application").click(position={"x": 40, "y": 40})
    expect(page.get_by_text(re.compile("^Drawn: "))).to_have_count(2)
    assert serious(page) == []


def test_where_the_surface_is_in_doubt_it_is_shown_beside_the_tile_at_once(
    page: Page, leaves: Path
) -> None:
    wish(page, leaves, prompt="snow on the ground")
    make(page)

    await_tile(page)

    expect(button(page, "Beside the photo")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text(re.compile("Outlined: what was taken"))).to_be_visible()


def test_a_surface_has_the_same_number_wherever_it_is_shown(page: Page) -> None:
    page.get_by_role("button", name="Wooden deck").click()
    page.get_by_text("Size and arrangement").click()
    page.get_by_label("Width", exact=True).fill("128")
    make(page)
    await_tile(page)
    look_beside(page)
    beside = numbered(page, r"Use (number \d) instead (\(.*\))")
    badges = page.locator(".outlined .number")
    expect(badges).to_have_text([str(one + 1) for one in range(len(beside) + 1)])

    button(page, "Draw it on the photo").click()

    expect(page.get_by_role("group", name="Surfaces found")).to_be_visible()
    taken, *others = numbered(page, r"Take (number \d) (\(.*\))")
    assert taken[0] == "number 1"
    assert others == beside


def numbered(page: Page, pattern: str) -> list[tuple[str, str]]:
    """Number and share of each surface that a button like that offers."""
    offers = page.get_by_role("button", name=re.compile(pattern)).all_inner_texts()
    return [found for text in offers for found in re.findall(pattern, text)]
