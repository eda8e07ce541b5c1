"""The surface is drawn on the photo, by mouse, finger or keyboard, and exactly that is taken."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.page.person import await_tile, button, make, serious, wish
from tests.serving import NO_TLS, Service

Spot = tuple[float, float]
Region = dict[str, list[list[float]]]

DRAWN = [(0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75)]
ORIENTATION = 0x0112
"""The EXIF tag; 6: what is seen at the right is stored at the top."""


def paper(page: Page) -> Locator:
    return page.get_by_role("application")


def spot(page: Page, at: Spot) -> Spot:
    """In pixels of the window."""
    box = paper(page).bounding_box()
    assert box is not None
    return box["x"] + at[0] * box["width"], box["y"] + at[1] * box["height"]


def pull(page: Page, *way: Spot) -> None:
    """A button held down from spot to spot."""
    page.mouse.move(*spot(page, way[0]))
    page.mouse.down()
    for at in way[1:]:
        page.mouse.move(*spot(page, at))
    page.mouse.up()


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def asked(page: Page) -> Region | None:
    """The region as it will be asked for."""
    found: Region | None = json.loads(
        page.evaluate("localStorage.getItem('tilewright.values')")
    ).get("region")
    return found


def near(region: list[list[float]], points: list[Spot], by: float = 0.006) -> bool:
    """Whether the same points are there, in whatever order. by: two pixels of a small photo."""
    return len(region) == len(points) and all(
        min(max(abs(x - at[0]), abs(y - at[1])) for x, y in region) < by for at in points
    )


@pytest.fixture
def made(page: Page, service: Service) -> Callable[[], dict[str, Any]]:
    """Makes the tile and gives its report."""

    def press_make() -> dict[str, Any]:
        with page.expect_response(re.compile(r"/v2/qwen")) as accepted:
            make(page)
        await_tile(page)
        address = f"{service.url}/v2/requests/{accepted.value.json()['request_id']}"
        report: dict[str, Any] = httpx.get(address, verify=NO_TLS).json()["report"]
        return report

    return press_make


def test_a_rectangle_drawn_with_the_mouse_is_taken_exactly(
    page: Page, leaves: Path, made: Callable[[], dict[str, Any]]
) -> None:
    wish(page, leaves)
    button(page, "Rectangle").click()
    pull(page, (0.25, 0.25), (0.5, 0.6), (0.75, 0.75))
    expect(page.get_by_text("Drawn: 25 % of the photo").first).to_be_visible()
    assert serious(page) == []

    page.reload()
    expect(page.get_by_role("button", name=re.compile(r"^Corner \d"))).to_have_count(4)
    surface = made()["surface"]

    assert surface["drawn"] is True
    assert near(surface["outline"], DRAWN)


def test_the_same_is_drawn_with_the_keyboard_alone(
    page: Page, leaves: Path, made: Callable[[], dict[str, Any]]
) -> None:
    wish(page, leaves)
    button(page, "Rectangle").focus()
    press(page, "Enter")
    paper(page).focus()
    press(page, *["Shift+ArrowLeft", "Shift+ArrowUp"] * 5, "Enter")
    press(page, *["Shift+ArrowRight", "Shift+ArrowDown"] * 10, "ArrowLeft", "Enter")
    assert asked(page) == {"polygon": [[0.25, 0.25], [0.74, 0.25], [0.74, 0.75], [0.25, 0.75]]}

    corner = page.get_by_role("button", name="Corner 3: 74 % from the left, 75 % from the top")
    corner.focus()
    press(page, "ArrowRight", "ArrowDown")
    expect(page.get_by_role("button", name=re.compile("Corner 3: 75 %.*76 %"))).to_be_focused()
    press(page, "ArrowUp")
    surface = made()["surface"]

    assert near(surface["outline"], DRAWN)


def test_four_corners_are_seen_straight_on(
    page: Page, leaves: Path, made: Callable[[], dict[str, Any]]
) -> None:
    wish(page, leaves)
    button(page, "Four corners").click()
    for at in [(0.3, 0.2), (0.9, 0.9), (0.7, 0.2), (0.2, 0.8)]:
        page.mouse.click(*spot(page, at))
    pull(page, (0.9, 0.9), (0.8, 0.85), (0.8, 0.8))
    wanted = [(0.3, 0.2), (0.7, 0.2), (0.8, 0.8), (0.2, 0.8)]
    region = asked(page)
    assert region is not None
    assert near(region["corners"], wanted)

    button(page, "Undo").click()
    region = asked(page)
    assert region is not None
    assert near(region["corners"], [*wanted[:2], (0.9, 0.9), wanted[3]])
    button(page, "Clear").click()
    assert asked(page) is None
    button(page, "Undo").click()
    report = made()

    assert report["straightened"] == "straight between its four corners"


def test_corner_by_corner_it_can_be_left_off_and_a_corner_taken_out(
    page: Page, leaves: Path
) -> None:
    wish(page, leaves)
    page.mouse.click(*spot(page, (0.1, 0.1)))
    expect(page.get_by_text("2 more at least")).to_be_visible()
    paper(page).focus()
    press(page, "Escape")
    expect(page.get_by_role("button", name=re.compile(r"^Corner \d"))).to_have_count(0)

    for at in [(0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9)]:
        page.mouse.click(*spot(page, at))
    page.get_by_role("button", name=re.compile("^Corner 1")).click()
    page.get_by_role("button", name=re.compile("^Corner 4")).focus()
    press(page, "Delete")
    page.get_by_role("button", name=re.compile("^The whole surface")).focus()
    press(page, "ArrowRight")

    region = asked(page)
    assert region is not None
    assert near(region["polygon"], [(0.11, 0.1), (0.91, 0.1), (0.91, 0.9)])


def test_what_escape_puts_away_comes_back_by_undoing(page: Page, leaves: Path) -> None:
    wish(page, leaves)
    corners = page.get_by_role("button", name=re.compile(r"^Corner \d"))
    for at in [(0.1, 0.1), (0.9, 0.1), (0.9, 0.9)]:
        page.mouse.click(*spot(page, at))
    paper(page).dispatch_event("pointercancel")  # a finger that scrolls the page
    expect(corners).to_have_count(3)

    paper(page).focus()
    press(page, "Escape")
    expect(corners).to_have_count(0)
    button(page, "Rectangle").click()
    button(page, "Undo").click()
    page.mouse.click(*spot(page, (0.1, 0.9)))
    page.get_by_role("button", name=re.compile("^Corner 1")).click()
    expect(page.get_by_text("Drawn: 64 % of the photo").first).to_be_visible()
    press(page, "Escape", "Escape")

    expect(corners).to_have_count(4)
    page.mouse.click(*spot(page, (0.3, 0.3)))
    paper(page).focus()
    press(page, "Escape")
    expect(corners).to_have_count(4)


def test_a_surface_counts_as_drawn_once_it_is_closed(page: Page, leaves: Path) -> None:
    wish(page, leaves)
    said = page.locator("#region-said")
    for at in [(0.1, 0.1), (0.9, 0.1), (0.9, 0.9)]:
        page.mouse.click(*spot(page, at))
    expect(said).to_have_text("Being drawn")

    page.get_by_role("button", name=re.compile("^Corner 1")).click()

    expect(said).to_have_text("Drawn: 32 % of the photo")


def test_a_drawn_surface_needs_no_words_and_the_page_says_what_is_sent(
    page: Page, leaves: Path, made: Callable[[], dict[str, Any]], service: Service
) -> None:
    wish(page, leaves, prompt="   ")
    make(page)
    expect(page.locator("#prompt-fault")).to_contain_text("Say what to take")
    button(page, "Rectangle").click()
    pull(page, (0.25, 0.25), (0.75, 0.75))
    expect(page.locator("#prompt-fault")).to_have_count(0)
    expect(page.locator("#prompt-help")).to_contain_text("“Extract the texture of the surface.”")

    surface = made()["surface"]

    assert near(surface["outline"], DRAWN)
    told = page.get_by_text("Asked for").locator("xpath=following-sibling::dd")
    expect(told).to_have_text("Extract the texture of the surface.")
    expect(page.locator(".notes")).not_to_contain_text("words")
    page.get_by_role("link", name="Code").click()
    expect(page.get_by_label("In Python")).to_contain_text("Extract the texture of the surface.")


def test_of_a_lasso_that_crosses_itself_the_largest_loop_is_taken(
    page: Page, leaves: Path, made: Callable[[], dict[str, Any]]
) -> None:
    wish(page, leaves)
    button(page, "Lasso").click()
    pull(page, (0.2, 0.1), (0.2, 0.8), (0.8, 0.8), (0.8, 0.2), (0.1, 0.2))
    largest = [(0.2, 0.2), (0.2, 0.8), (0.8, 0.8), (0.8, 0.2)]

    hint = page.locator("#draw-hint")
    expect(hint).to_contain_text("Drawn: 36 % of the photo")
    expect(hint).to_contain_text("The line crossed itself: this is its largest loop.")
    surface = made()["surface"]

    assert near(surface["outline"], largest)


def test_a_lasso_follows_a_finger(visit: BrowserContext, service: Service, leaves: Path) -> None:
    page = visit.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(service.url)
    wish(page, leaves, side=None)
    button(page, "Lasso").click()
    finger = visit.new_cdp_session(page)
    turns = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    way = [spot(page, (0.5 + 0.3 * np.cos(turn), 0.5 + 0.3 * np.sin(turn))) for turn in turns]

    for kind, at in [("Start", way[0]), *(("Move", at) for at in way[1:])]:
        touched = {"type": f"touch{kind}", "touchPoints": [{"x": at[0], "y": at[1]}]}
        finger.send("Input.dispatchTouchEvent", touched)
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    expect(page.get_by_text("Drawn: 28 % of the photo").first).to_be_visible()
    region = asked(page)
    assert region is not None
    assert 10 < len(region["polygon"]) < 40
    assert serious(page) == []


def test_what_cannot_be_a_region_is_said_where_it_is_drawn(page: Page, leaves: Path) -> None:
    wish(page, leaves)
    for at in [(0.1, 0.1), (0.9, 0.9), (0.9, 0.1), (0.1, 0.9)]:
        page.mouse.click(*spot(page, at))
    page.get_by_role("button", name=re.compile("^Corner 1")).click()
    expect(page.locator("#draw-hint")).to_contain_text("The line crosses itself")

    make(page)

    expect(page.locator(".draw #region-fault")).to_contain_text("must not cross itself")
    expect(paper(page)).to_be_focused()
    assert serious(page) == []
    button(page, "Undo").click()
    expect(page.locator("#region-fault")).to_have_count(0)


def test_a_photo_that_lies_on_its_side_is_drawn_on_as_it_is_seen(
    page: Page, tmp_path: Path, made: Callable[[], dict[str, Any]], service: Service
) -> None:
    """Upright its left half is red and its right half green, both with grain."""
    grain = np.random.default_rng(1).integers(90, 160, (240, 320, 1), np.uint8)
    colors = np.where(np.arange(320)[None, :, None] < 160, (1, 0.2, 0.2), (0.2, 1, 0.2))
    upright = Image.fromarray((grain * colors).astype(np.uint8))
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    path = tmp_path / "side.jpg"
    upright.transpose(Image.Transpose.ROTATE_90).save(path, exif=exif)
    wish(page, path)
    button(page, "Rectangle").click()
    pull(page, (0.6, 0.1), (0.7, 0.7), (0.95, 0.9))

    surface = made()["surface"]

    assert near(surface["outline"], [(0.6, 0.1), (0.95, 0.1), (0.95, 0.9), (0.6, 0.9)])
    with page.expect_download() as taken:
        page.get_by_role("link", name="Download webp").click()
    with Image.open(taken.value.path()) as tile:
        red, green, _ = np.asarray(tile.convert("RGB")).mean(axis=(0, 1))
    assert green > 2 * red
