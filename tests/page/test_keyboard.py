"""With the keyboard alone: the focus is always where the work goes on, and nothing covers it."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.page.person import button, drop, wish

MOST_STOPS = 80
"""More than the page has."""

REMEMBER = """() => {
    window.led = [];
    addEventListener("focusin", (event) => led.push(event.target.textContent.trim()));
}"""

COVERED = """form => {
    const bar = form.querySelector(".submit");
    const own = [...form.querySelectorAll("input, textarea, select, summary, button")];
    return own.filter((one) => {
        one.focus();
        const { top, bottom } = one.getBoundingClientRect();
        const over = bottom > bar.getBoundingClientRect().top;
        return document.activeElement === one && !bar.contains(one) && (over || top < 0);
    }).map((one) => one.id || one.textContent);
}"""


def walk_to(page: Page, there: Locator, key: str = "Tab") -> None:
    for _ in range(MOST_STOPS):
        if there.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{there} cannot be reached with {key}")


def test_a_tile_is_made_and_made_again_and_the_focus_is_never_lost(page: Page) -> None:
    lasting = page.locator("span[role=status]").element_handle()
    made = page.get_by_role("heading", name="Your tile")
    page.evaluate(REMEMBER)

    walk_to(page, page.get_by_role("button", name="Old bricks"))
    page.keyboard.press("Enter")
    expect(button(page, "Make the tile")).to_be_focused()

    walk_to(page, page.locator("summary", has_text="Size and arrangement"), "Shift+Tab")
    page.keyboard.press("Enter")
    walk_to(page, page.get_by_label("Width", exact=True))
    page.keyboard.type("128")
    walk_to(page, button(page, "Make the tile"))
    page.keyboard.press("Enter")
    expect(made).to_be_focused()
    assert page.evaluate("led.slice(-2)") == ["Cancel", "Your tile"]
    assert (lasting.text_content() or "").startswith("Done")

    walk_to(page, button(page, "Another arrangement"))
    page.keyboard.press("Enter")
    expect(made).to_be_focused()
    assert page.evaluate("led.slice(-2)") == ["Cancel", "Your tile"]
    assert (lasting.text_content() or "").startswith("Done")


def test_what_goes_away_leaves_the_focus_where_it_was(page: Page, leaves: Path) -> None:
    wish(page, leaves)
    walk_to(page, button(page, "Make the tile"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your tile")).to_be_focused()

    walk_to(page, button(page, "Another region"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Picture")).to_be_focused()

    walk_to(page, page.get_by_role("link", name="History"), "Shift+Tab")
    page.keyboard.press("Enter")
    walk_to(page, page.get_by_role("button", name="Delete: "))
    page.keyboard.press("Enter")
    expect(button(page, "Keep")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Delete: ")).to_be_focused()

    page.keyboard.press("Enter")
    walk_to(page, button(page, "Delete for good"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("list", name="Requests")).to_be_focused()


def test_who_writes_on_meanwhile_is_left_there(page: Page, leaves: Path) -> None:
    wish(page, leaves)
    words = page.get_by_label("What to take from it")
    words.focus()

    page.keyboard.press("Control+Enter")

    expect(page.get_by_role("heading", name="Your tile")).to_be_visible()
    expect(words).to_be_focused()


@pytest.mark.parametrize("screen", [(390, 844), (1440, 900), (1024, 500)])
def test_nothing_that_is_to_be_filled_is_covered(
    page: Page, leaves: Path, screen: tuple[int, int]
) -> None:
    page.set_viewport_size({"width": screen[0], "height": screen[1]})
    drop(page, leaves)
    words = page.get_by_label("What to take from it")
    expect(words).to_have_value("")
    bar = page.locator(".submit")
    for summary in page.locator("details > summary").all():
        summary.click()
    page.evaluate("scrollTo(0, 0)")
    bottom = words.evaluate("one => one.getBoundingClientRect().bottom")
    assert bar.evaluate("one => one.getBoundingClientRect().top") > bottom

    words.fill("bricks from the wall")

    assert page.get_by_role("form", name="What to make").evaluate(COVERED) == []
    expect(page.get_by_text(re.compile("Choose a photo first"))).to_have_count(0)
