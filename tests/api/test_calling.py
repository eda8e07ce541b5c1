"""What docs/calling.md tells people to type works, and the answers that it shows are given."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.house.tree import HOUSE
from tests.serving import PATIENCE, serving
from tilewright.api.shapes import JobStatus
from tilewright.jobs import HistoryQuery

PAGE = (HOUSE / "docs" / "calling.md").read_text()
FENCED = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
TYPED, SHOWN = ("sh", "python"), ("json", "text")
MARK = "--- that was a block ---"


class Block(NamedTuple):
    """Something to type, and what the page shows as its answer, in which language."""

    language: str
    code: str
    shown: tuple[str, str] | None


def blocks() -> list[Block]:
    """All of the page but the first, which says where the reader's own server is."""
    found: list[Block] = []
    for language, text in FENCED.findall(PAGE):
        assert language in TYPED + SHOWN
        if language in TYPED:
            found.append(Block(language, text, None))
        else:
            found[-1] = found[-1]._replace(shown=(language, text))
    return found[1:]


def script(folder: Path) -> str:
    """All blocks one after the other, in one shell."""
    lines = ["set -e"]
    for number, block in enumerate(blocks()):
        code = block.code
        if block.language == "python":
            (folder / f"block{number}.py").write_text(code)
            code = f"python3 block{number}.py\n"
        lines += [code, f"echo; echo '{MARK}'"]
    return "\n".join(lines)


def alike(shown: Any, told: Any) -> bool:
    """Whether both have the same fields, of the same kinds; what is shown empty is left out."""
    if isinstance(shown, dict) and isinstance(told, dict):
        fields = shown.keys() == told.keys() and all(alike(shown[one], told[one]) for one in shown)
        return fields or not shown
    if isinstance(shown, list) and isinstance(told, list):
        return not shown or alike(shown[0], told[0])
    return type(shown) is type(told)


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What each block says when the page is typed from top to bottom."""
    home = tmp_path_factory.mktemp("calling")
    (home / "examples").symlink_to(HOUSE / "examples")
    with serving(home / "data") as service:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        own = {"URL": service.url, "KEY": service.account("ann").key, "PATH": path}
        ran = subprocess.run(
            ["bash", "-c", script(home)],
            cwd=home,
            env={**os.environ, **own},
            capture_output=True,
            text=True,
            timeout=4 * PATIENCE,
        )
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-2000:]
    return ran.stdout.split(MARK)[:-1]


def test_every_answer_is_as_the_page_shows_it(outputs: list[str]) -> None:
    for block, output in zip(blocks(), outputs, strict=True):
        match block.shown:
            case ("json", shown):
                assert alike(json.loads(shown), json.loads(output)), f"{block.code}\n{output}"
            case ("text", shown):
                lines = [line.partition("...")[0] for line in shown.splitlines()]
                told = output.splitlines()
                lost = [line for line in lines if not any(one.startswith(line) for one in told)]
                assert lost == [], f"{block.code}\n{output}"


def test_no_field_of_a_job_or_of_the_history_is_left_out() -> None:
    named = set(re.findall(r"`(\w+)`", PAGE))

    assert {*HistoryQuery.model_fields, *JobStatus.model_fields} - named == set()
