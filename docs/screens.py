"""Takes pictures of the page's states, to be looked at: `python -m docs.screens FOLDER`."""

import re
import shutil
import sys
import tempfile
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.serving import serving

SIZES = {"phone": (390, 844), "desktop": (1440, 900)}
SCHEMES = ("light", "dark")
PATIENCE_MS = 120_000

DECK = ((0.05, 0.6), (0.5, 0.65), (0.6, 0.95), (0.05, 0.9))
"""Corners on the deck of the example, in fractions of the photo."""


def main(folder: Path) -> None:
    """Every state in every size, light and dark."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as data,
        serving(Path(data) / "data") as service,
        sync_playwright() as play,
    ):
        program = shutil.which("chromium")
        browser = play.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for size, scheme in product(SIZES, SCHEMES):
            journey(browser, service.url, folder, size, scheme)
        browser.close()


def journey(browser: Browser, url: str, folder: Path, size: str, scheme: str) -> None:
    """From the empty page to a tile."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(url)

    def shoot(state: str) -> None:
        page.screenshot(path=folder / f"{state}-{size}-{scheme}.png", full_page=True)

    shoot("arrival")
    page.get_by_role("button", name="Wooden deck").click()
    expect(page.get_by_alt_text("deck_water.jpg")).to_be_visible()
    shoot("photo")
    draw(page)
    shoot("drawn")
    page.get_by_role("button", name="Make the tile").click()
    expect(page.get_by_role("progressbar")).to_have_attribute("value", re.compile("."))
    shoot("watch")
    expect(page.get_by_label("How good it is")).to_be_visible(timeout=PATIENCE_MS)
    settle(page)
    shoot("tile")
    page.get_by_role("button", name="Beside the photo").click()
    page.get_by_role("button", name="Borders in the middle").click()
    page.get_by_role("button", name="Show borders").click()
    settle(page)
    shoot("beside")
    page.get_by_role("button", name="In 3D").click()
    expect(page.locator("canvas")).to_have_attribute("aria-busy", "false", timeout=PATIENCE_MS)
    settle(page)
    shoot("lit")
    page.get_by_role("button", name="Another arrangement").click()
    page.get_by_role("button", name="Compared").click()
    settle(page)
    shoot("compared")
    context.close()


def draw(page: Page) -> None:
    """Four corners on the deck."""
    page.get_by_role("button", name="Four corners").click()
    box = page.get_by_role("application").bounding_box()
    assert box is not None
    for across, down in DECK:
        page.mouse.click(box["x"] + across * box["width"], box["y"] + down * box["height"])


def settle(page: Page) -> None:
    """Until every picture is there."""
    page.evaluate("Promise.all([...document.images].map((one) => one.decode().catch(() => 0)))")
    page.wait_for_load_state("networkidle")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
