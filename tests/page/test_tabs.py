"""Two tabs of one browser know the same tiles, and each has its own photo and words."""

import re
from pathlib import Path

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.page.conftest import Guarded
from tests.page.person import await_tile, button, make, wish

TIMES = "\N{MULTIPLICATION SIGN}"


def two_tabs(visit: BrowserContext, guarded: Guarded) -> tuple[Page, Page]:
    first, second = guarded.open(visit, guarded.ann), visit.new_page()
    second.goto(guarded.service.url)
    return first, second


def tile(page: Page, prompt: str) -> Locator:
    return page.get_by_label("Your tiles").get_by_role("button", name=f"Tile: {prompt}", exact=True)


def put_away(page: Page, prompt: str) -> None:
    own = page.get_by_role("button", name=f"Tile: {prompt}", exact=True)
    page.locator(".shelf li").filter(has=own).get_by_text(TIMES).click()


def make_one(page: Page, photo: Path, prompt: str) -> None:
    wish(page, photo, prompt, side=None)
    make(page)
    await_tile(page)


def test_what_one_tab_makes_or_puts_away_the_other_neither_loses_nor_brings_back(
    visit: BrowserContext, guarded: Guarded, leaves: Path
) -> None:
    first, second = two_tabs(visit, guarded)

    make_one(first, leaves, "bark")
    make_one(second, leaves, "rock")

    for page in (first, second):
        expect(tile(page, "bark")).to_be_visible()
        expect(tile(page, "rock")).to_be_visible()
    put_away(first, "rock")
    expect(tile(second, "rock")).to_have_count(0)
    make_one(second, leaves, "moss")
    first.reload()
    expect(tile(first, "moss")).to_be_visible()
    expect(tile(first, "bark")).to_be_visible()
    expect(tile(first, "rock")).to_have_count(0)
    tile(first, "moss").click()
    button(first, "Another region").click()
    expect(first.get_by_alt_text("leaves.jpg")).to_be_visible()


def test_a_job_of_another_tab_is_seen_to_end_and_told_live_where_it_is_looked_at(
    visit: BrowserContext, guarded: Guarded, leaves: Path
) -> None:
    first, second = two_tabs(visit, guarded)
    asked: list[str] = []
    second.on("request", lambda one: asked.append(one.url.rpartition("/")[2]))

    make_one(first, leaves, "slate ticks=40 pause=0.1")
    expect(tile(second, "slate ticks=40 pause=0.1")).to_be_visible()
    assert "events" not in asked, "a browser has six lines to a service, for all its tabs"

    wish(first, leaves, "chalk ticks=100 pause=0.1", side=None)
    make(first)
    second.get_by_role("button", name=re.compile("^In the making.*chalk")).click()
    await_tile(second)
    assert asked.count("events") == 1


def test_the_photo_and_words_of_a_tab_stay_its_own_even_when_it_is_loaded_again(
    visit: BrowserContext, guarded: Guarded, leaves: Path, tmp_path: Path
) -> None:
    first, second = two_tabs(visit, guarded)
    other = tmp_path / "other.jpg"
    other.write_bytes(leaves.read_bytes())
    wish(first, leaves, "bark", side=None)
    expect(first.get_by_alt_text("leaves.jpg")).to_be_visible()
    wish(second, other, "rock", side=None)
    expect(second.get_by_alt_text("other.jpg")).to_be_visible()

    third = visit.new_page()
    third.goto(guarded.service.url)
    expect(third.get_by_alt_text("other.jpg")).to_be_visible()
    for _ in range(2):
        expect(first.get_by_alt_text("leaves.jpg")).to_be_visible()
        expect(first.get_by_label("What to take from it")).to_have_value("bark")
        first.reload()
