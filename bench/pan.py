"""How smoothly a 4K tile moves on the page, repeated 8 by 8: `python -m bench.pan`.

The service makes the tile, Chromium shows it, and it is pulled about for some seconds at several
zooms. Chromium's own trace tells how many frames it has shown.
"""

import json
import shutil
import statistics
import tempfile
from pathlib import Path

import click
from playwright.sync_api import Browser, Page, sync_playwright

from tests.page.person import await_tile, button, make
from tests.serving import serving

SIDE = 4096
TIMES = 8
SECONDS = 4.0
PATIENCE_MS = 600_000

REACH = 200
"""Pixels of the page to each side; once around takes two seconds."""

DRAWN = "Graphics.Pipeline.DrawAndSwap"
"""What the compositor's trace calls a frame that was put together and shown."""

PULL = """([seconds, reach]) => new Promise((done) => {
    const glass = document.querySelector(".glass");
    const room = glass.getBoundingClientRect();
    const at = (part) => ({
        pointerId: 1, bubbles: true,
        clientX: room.left + room.width / 2 + reach * Math.sin(part),
        clientY: room.top + room.height / 2 + reach * Math.cos(part),
    });
    const times = [];
    glass.setPointerCapture = () => {};
    glass.dispatchEvent(new PointerEvent("pointerdown", at(0)));
    const begun = performance.now();
    const step = (now) => {
        times.push(now);
        glass.dispatchEvent(new PointerEvent("pointermove", at((now - begun) / 300)));
        if (now - begun < 1000 * seconds) return requestAnimationFrame(step);
        glass.dispatchEvent(new PointerEvent("pointerup", at(0)));
        done(times.slice(1).map((time, index) => time - times[index]));
    };
    requestAnimationFrame(step);
})"""


@click.command()
@click.option("--url", help="A service that runs already, instead of one of its own.")
@click.option("--arguments", default="--no-sandbox", show_default=True, help="Of Chromium.")
def main(url: str | None, arguments: str) -> None:
    """Print a line for each zoom."""
    with sync_playwright() as play:
        program = shutil.which("chromium")
        browser = play.chromium.launch(executable_path=program, args=arguments.split())
        if url is not None:
            return measure(browser, url)
        with tempfile.TemporaryDirectory() as data, serving(Path(data) / "data") as service:
            measure(browser, service.url)
        browser.close()


def measure(browser: Browser, url: str) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(PATIENCE_MS)
    page.goto(url)
    page.get_by_role("button", name="Asphalt").click()
    page.get_by_text("Size and arrangement").click()
    page.get_by_label("Width", exact=True).fill(str(SIDE))
    make(page)
    page.get_by_label("How good it is").wait_for(timeout=PATIENCE_MS)
    await_tile(page)
    page.get_by_label("How often it is repeated").fill(str(TIMES))
    page.wait_for_load_state("networkidle")
    for zoomed in range(0, 22, 3):
        button(page, "All").click()
        for _ in range(zoomed):
            button(page, "Zoom in").click()
        told(browser, page)


def told(browser: Browser, page: Page) -> None:
    """Pulls the sheet in circles, once to warm up; says how often a frame came late."""
    size = page.locator(".sheet").evaluate("it => parseFloat(it.style.backgroundSize)")
    page.evaluate(PULL, [1.0, REACH])
    browser.start_tracing(page=page, categories=["benchmark", "viz"])
    gaps = page.evaluate(PULL, [SECONDS, REACH])
    events = json.loads(browser.stop_tracing())["traceEvents"]
    drawn = sum(one.get("name") == DRAWN and one["ph"] == "b" for one in events)
    click.echo(
        f"{size:7.0f} px a tile: {len(gaps) / SECONDS:5.1f} steps, {drawn / SECONDS:5.1f} frames a "
        f"second; between steps {statistics.median(gaps):5.1f} ms, at most {max(gaps):6.1f} ms"
    )


if __name__ == "__main__":
    main()
