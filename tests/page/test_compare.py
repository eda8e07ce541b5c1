"""Two tiles of this browser are compared in one picture."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.page.person import await_tile, button, make, serious, wish

SIDES = "all => all.map((one) => getComputedStyle(one))"


def test_two_tiles_are_repeated_at_the_same_scale_and_parted_by_a_slider(
    page: Page, leaves: Path
) -> None:
    wish(page, leaves)
    make(page)
    await_tile(page)
    expect(button(page, "Compared")).to_have_count(0)
    page.get_by_label("Width", exact=True).fill("256")
    make(page)
    expect(page.get_by_text(re.compile("^256 . 256,"))).to_be_visible(timeout=60_000)

    button(page, "Compared").click()

    picture = page.get_by_role("img", name=re.compile("Left: 256 . 256.*Right: 128 . 128"))
    expect(picture).to_be_visible()
    assert serious(page) == []
    sides = page.locator(".parted .side")
    scales = sides.evaluate_all(f"all => ({SIDES})(all).map((one) => one.backgroundSize)")
    large, small = (float(scale.split("px")[0]) for scale in scales)
    assert large == pytest.approx(2 * small, abs=2)

    slider = page.get_by_label("Where the two meet")
    slider.focus()
    page.keyboard.press("Home")
    expect(sides.last).to_have_css("clip-path", "inset(0px 0px 0px 0%)")
    page.keyboard.press("End")
    expect(sides.last).to_have_css("clip-path", "inset(0px 0px 0px 100%)")
    box = picture.bounding_box()
    assert box is not None
    picture.click(position={"x": box["width"] / 4, "y": 20})
    expect(slider).to_have_value("25")
