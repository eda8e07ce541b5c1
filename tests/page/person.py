"""What a person does on the page."""

import base64
from pathlib import Path

from playwright.sync_api import Locator, Page, Route, expect

from tests.house.tree import HOUSE

AXE = HOUSE / "page" / "node_modules" / "axe-core" / "axe.min.js"
LOOK = """axe.run({
    resultTypes: ["violations"],
    rules: { "label-content-name-mismatch": { enabled: true } },
}).then((found) => found.violations)"""
"""What axe finds in order stays there: to fetch it takes four times as long as to look."""

PROMPT = "Extract fallen leaves texture from the forest floor."

DROP = """(place, [kind, files]) => {
    const held = new DataTransfer();
    for (const [name, text] of files) {
        const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
        held.items.add(new File([bytes], name, { type: kind }));
    }
    const drop = new DragEvent("drop", { dataTransfer: held, bubbles: true, cancelable: true });
    place.dispatchEvent(drop);
}"""


def drop(page: Page, *photos: Path, kind: str = "image/jpeg", place: str = ".stage") -> None:
    """Let files fall onto the page, as soon as there is such a place."""
    files = [[one.name, base64.b64encode(one.read_bytes()).decode()] for one in photos]
    page.locator(place).evaluate(DROP, [kind, files])


def wish(page: Page, photo: Path, prompt: str = PROMPT, side: int | None = 128) -> None:
    """Say what to make. side: a small tile is quickly made."""
    drop(page, photo)
    page.get_by_label("What to take from it").fill(prompt)
    if side is not None:
        page.get_by_text("Size and arrangement").click()
        page.get_by_label("Width", exact=True).fill(str(side))


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def make(page: Page) -> None:
    button(page, "Make the tile").click()


def lose_answers(page: Page, address: str) -> None:
    """What is sent there arrives and is done, and the answer never comes."""

    def lose(route: Route) -> None:
        if route.request.method == "POST":
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route(address, lose)


def look_beside(page: Page) -> None:
    """At the photo that the tile is of; where the surface is in doubt it is there already."""
    beside = button(page, "Beside the photo")
    if beside.get_attribute("aria-pressed") == "false":
        beside.click()


def enter_key(page: Page, key: str) -> None:
    """Into the dialog that asks for it."""
    page.get_by_label("Key", exact=True).fill(key)
    button(page, "Use it").click()


def overhang(page: Page) -> int:
    """Pixels by which the page is wider than the screen."""
    width: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return width


def await_tile(page: Page) -> None:
    """Until the tile is there to be looked at."""
    expect(page.get_by_label("How good it is")).to_be_visible(timeout=60_000)


def serious(page: Page) -> list[str]:
    """What axe finds that matters: its name, and where."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    found = page.evaluate(LOOK)
    return [
        f"{one['id']}: {[node['html'][:120] for node in one['nodes']]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
