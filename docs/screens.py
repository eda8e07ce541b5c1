"""Takes pictures of the page's states: `python -m docs.screens FOLDER`.

They are there to be looked at. Without a folder, those of the README are made anew.
"""

import re
import shutil
import sys
import tempfile
from collections.abc import Iterable
from itertools import product
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.page.person import look_beside
from tests.serving import serving

SIZES = {"phone": (390, 844), "desktop": (1440, 900)}
LOOKS = tuple(product(SIZES, ("light", "dark")))
PATIENCE_MS = 120_000

LEAVES = ((0.02, 0.03), (0.98, 0.03), (0.98, 0.97), (0.02, 0.97))
"""Corners on the forest floor of the example, in fractions of the photo."""


HERE = Path(__file__).parent

README = (
    ("tile", "desktop", "light"),
    ("code", "desktop", "dark"),
    ("operator", "desktop", "light"),
)
"""The states that the README shows."""

WIDTH, QUALITY = 1100, 78
"""Of its pictures: texels, and of WebP. About 60 kB each."""


def main(folder: Path, looks: Iterable[tuple[str, str]]) -> None:
    """Every state in each look, that is a size, light or dark."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as data,
        serving(Path(data) / "data") as service,
        sync_playwright() as play,
    ):
        program = shutil.which("chromium")
        browser = play.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for size, scheme in looks:
            journey(browser, service.url, folder, size, scheme)
        studio = service.account("studio", "25", admin=True)  # from now on it asks for keys
        for size, scheme in looks:
            run_it(browser, service.url, studio.key, folder, size, scheme)
        browser.close()


def renew_readme() -> None:
    """The README's pictures: of each state what is seen without scrolling."""
    with tempfile.TemporaryDirectory() as folder:
        main(Path(folder), sorted({(size, scheme) for _, size, scheme in README}))
        for state, size, scheme in README:
            with Image.open(Path(folder) / f"{state}-{size}-{scheme}.png") as shot:
                width, height = SIZES[size]
                seen = shot.convert("RGB").crop((0, 0, width, height))
                seen.thumbnail((WIDTH, WIDTH), Image.Resampling.LANCZOS)
                seen.save(HERE / f"page_{state}.webp", quality=QUALITY, method=6)


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
    page.get_by_role("button", name="Fallen leaves").click()
    expect(page.get_by_alt_text("oak_leaves.jpg")).to_be_visible()
    shoot("photo")
    draw(page)
    shoot("drawn")
    page.get_by_role("button", name="Make the tile").click()
    working = page.get_by_role("progressbar")
    expect(working).to_have_attribute("value", re.compile("."), timeout=PATIENCE_MS)
    shoot("watch")
    expect(page.get_by_label("How good it is")).to_be_visible(timeout=PATIENCE_MS)
    settle(page)
    shoot("tile")
    page.get_by_role("link", name="Code").click()
    expect(page.get_by_label("In Python")).to_be_visible()
    shoot("code")
    page.get_by_role("link", name="Make").click()
    settle(page)
    look_beside(page)
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


def run_it(browser: Browser, url: str, key: str, folder: Path, size: str, scheme: str) -> None:
    """What those see who run the service, and the history of an account."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    page.goto(f"{url}/#operator")
    page.get_by_label("Key", exact=True).fill(key)
    page.get_by_role("button", name="Use it").click()
    expect(page.get_by_text("engine synthesis")).to_be_visible()
    for place in ("operator", "history"):
        page.goto(f"{url}/#{place}")
        expect(page.get_by_text("25.00").first).to_be_visible()
        page.screenshot(path=folder / f"{place}-{size}-{scheme}.png", full_page=True)
    context.close()


def draw(page: Page) -> None:
    """Four corners on the forest floor."""
    page.get_by_role("button", name="Four corners").click()
    box = page.get_by_role("application").bounding_box()
    assert box is not None
    for across, down in LEAVES:
        page.mouse.click(box["x"] + across * box["width"], box["y"] + down * box["height"])


def settle(page: Page) -> None:
    """Until every picture is there, also of those that wait to be scrolled to."""
    page.evaluate(
        "Promise.all([...document.images].map("
        "(one) => { one.loading = 'eager'; return one.decode().catch(() => 0); }))"
    )
    page.wait_for_load_state("networkidle")


if __name__ == "__main__":
    if sys.argv[1:]:
        main(Path(sys.argv[1]), LOOKS)
    else:
        renew_readme()
