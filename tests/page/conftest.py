"""A real service and a real browser."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.api.diarist import diarist
from tests.house.tree import HOUSE
from tests.page.built import built_page
from tests.page.person import enter_key
from tests.serving import Account, Service, serving

PATIENCE_MS = 60_000
"""A tile takes five seconds of an idle core, and the cores are shared."""

OFF = (
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup"),
    *("AimEnabled", "AvoidCorsURLLoaderRestartOnRedirect", "AvoidUnnecessaryBeforeUnloadCheckSync"),
    *("DestroyProfileOnBrowserClose", "HttpsFirstBalancedModeAutoEnable", "HttpsUpgrades"),
    *("LensOverlay", "MediaRouter", "NetworkTimeServiceQuerying", "OptimizationHints"),
    *(
        "PaintHolding",
        "PreconnectToSearch",
        "SpareRendererForSitePerProcess",
        "ThirdPartyStoragePartitioning",
    ),
)
"""What Chromium does without: the two lists under the address bar, each a process for each page
and half a second of a core; and what Playwright turns off, whose own list this one replaces."""

QUIET = (
    f"--disable-features={','.join(OFF)}",
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

SIDE = 240
"""Of the photos, in pixels: small ones are quick."""


@pytest.fixture(scope="session", autouse=True)
def _page() -> None:
    built_page()


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The whole service, standing open, its engine too."""
    with serving(tmp_path_factory.mktemp("page") / "data") as found:
        yield found


class Guarded(NamedTuple):
    """A service with keys: one of somebody who may ask, one of who runs it."""

    service: Service
    ann: Account
    boss: Account

    def open(self, visit: BrowserContext, who: Account, place: str = "") -> Page:
        """The page as it is for whoever holds that key."""
        page = visit.new_page()
        page.goto(f"{self.service.url}/#{place}")
        enter_key(page, who.key)
        return page


@pytest.fixture(scope="session")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """A service whose engine makes no tiles, which costs nothing, and which is closed."""
    with diarist(tmp_path_factory.mktemp("guarded") / "data") as found:
        yield Guarded(found, found.account("ann"), found.account("boss", "1", admin=True))


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The system's Chromium, without a window.

    Not for the whole session: while it is there an event loop runs, and tests of other rooms that
    this process is given start their own.
    """
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as play:
        chromium = play.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(QUIET), headless=True
        )
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that was never here."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@contextmanager
def watched(visit: BrowserContext, service: Service) -> Iterator[Page]:
    """The page, just opened. Nothing may go wrong on it that nobody expects."""
    page = visit.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "console", lambda message: wrong.append(message.text) if "Policy" in message.text else None
    )
    page.goto(service.url)
    yield page
    assert wrong == []


@pytest.fixture
def page(visit: BrowserContext, service: Service) -> Iterator[Page]:
    """The page in a browser that was never here."""
    with watched(visit, service) as page:
        yield page


@pytest.fixture(scope="session")
def leaves(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small photo of leaves."""
    from PIL import Image

    path: Path = tmp_path_factory.mktemp("leaves") / "leaves.jpg"
    with Image.open(HOUSE / "examples" / "oak_leaves.jpg") as photo:
        photo.thumbnail((SIDE, SIDE))
        photo.save(path)
    return path
