"""The tile in three dimensions, under a lamp."""

import io
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Locator,
    Page,
    Request,
    ViewportSize,
    expect,
)

from tests.page.conftest import PATIENCE_MS, QUIET, watched
from tests.page.person import await_tile, button, make, serious, wish
from tests.serving import Service, until

Picture = npt.NDArray[np.float64]

SMALL: ViewportSize = {"width": 600, "height": 500}
"""Without a graphics card each pixel takes its time."""

LOST = "canvas => canvas.getContext('webgl2').isContextLost()"


@pytest.fixture(scope="module")
def maker(browser: Browser, service: Service, leaves: Path) -> Iterator[BrowserContext]:
    """A browser in which a tile was made: whoever opens the page in it sees that tile."""
    with browser.new_context(viewport=SMALL, reduced_motion="reduce") as context:
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.goto(service.url)
        wish(page, leaves)
        make(page)
        await_tile(page)
        page.close()
        yield context


@pytest.fixture
def made(maker: BrowserContext, service: Service) -> Iterator[Page]:
    """Its page, on which nothing may go wrong that nobody expects."""
    with watched(maker, service) as page:
        await_tile(page)
        yield page
        page.close()


def canvas(page: Page) -> Locator:
    """As soon as something is drawn."""
    found = page.locator("canvas")
    expect(found).to_have_attribute("aria-busy", "false", timeout=PATIENCE_MS)
    return found


def seen(page: Page) -> Picture:
    """The canvas as it is on the screen: (H, W, 3), 0..255."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    with Image.open(io.BytesIO(canvas(page).screenshot())) as picture:
        return np.asarray(picture.convert("RGB"), np.float64)


def middle(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    return picture[3 * height // 8 : 5 * height // 8, 3 * width // 8 : 5 * width // 8]


def test_it_is_loaded_only_when_asked_for_and_gives_everything_back(made: Page) -> None:
    asked: list[Request] = []
    made.on("request", lambda one: asked.append(one) if one.url.endswith(".js") else None)
    loaded = "performance.getEntriesByType('resource').filter((one) => /scene/.test(one.name))"
    assert made.evaluate(f"{loaded}.length") == 0

    button(made, "In 3D").click()
    drawn = seen(made)

    assert len(asked) == 1
    assert middle(drawn).std() > 5
    assert np.ptp(drawn[20:40, 20:40], axis=(0, 1)).max() == 0
    assert serious(made) == []
    held = canvas(made).element_handle()
    assert held.evaluate(LOST) is False
    button(made, "Repeated").click()
    expect(made.locator("canvas")).to_have_count(0)
    until(lambda: held.evaluate(LOST))


def test_light_that_shines_straight_shows_the_tile_in_its_own_colors(
    made: Page, tmp_path: Path
) -> None:
    with made.expect_download() as taken:
        made.get_by_role("link", name="Download webp").click()
    with Image.open(taken.value.path()) as tile:
        colors = np.asarray(tile.convert("RGB"), np.float64).mean(axis=(0, 1))
    button(made, "In 3D").click()
    button(made, "Plane").click()
    made.get_by_label("Light from").fill("0")
    made.get_by_label("Light at height").fill("0")
    straight = seen(made)

    assert middle(straight).mean(axis=(0, 1)) == pytest.approx(colors, abs=15)
    made.get_by_label("Light", exact=True).fill("0")
    assert middle(seen(made)).mean() < 0.8 * middle(straight).mean()


def test_it_is_turned_with_the_keyboard_and_with_the_mouse(made: Page) -> None:
    button(made, "In 3D").click()
    button(made, "Cube").click()
    at_first = seen(made)
    canvas(made).focus()
    made.keyboard.press("ArrowLeft")
    turned = seen(made)
    assert np.abs(turned - at_first).mean() > 1
    made.keyboard.press("0")
    assert np.abs(seen(made) - at_first).mean() < 0.1

    box = canvas(made).bounding_box()
    assert box is not None
    made.mouse.move(box["x"] + 100, box["y"] + 100)
    made.mouse.down()
    made.mouse.move(box["x"] + 200, box["y"] + 100)
    made.mouse.up()
    pictures = [at_first, seen(made)]
    for solid in ("Sphere", "Plane", "Cloth"):
        button(made, solid).click()
        pictures.append(seen(made))
    assert all(np.abs(one - other).mean() > 1 for one, other in pairwise(pictures))


@pytest.fixture
def flat(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that has no WebGL."""
    arguments = [*QUIET, "--disable-3d-apis"]
    other = browser.browser_type.launch(executable_path=shutil.which("chromium"), args=arguments)
    context = other.new_context()
    context.set_default_timeout(PATIENCE_MS)
    yield context
    other.close()


def test_a_browser_without_webgl_says_so(
    flat: BrowserContext, service: Service, leaves: Path
) -> None:
    page = flat.new_page()
    page.goto(service.url)
    wish(page, leaves)
    make(page)
    await_tile(page)

    button(page, "In 3D").click()

    expect(page.get_by_role("alert")).to_contain_text("offers no WebGL")
    assert serious(page) == []
    button(page, "Repeated").click()
    expect(page.locator(".sheet")).to_be_visible()
