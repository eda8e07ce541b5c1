"""Who installs no extra has the command, and a tile."""

import re
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.cli.command import tilewright
from tests.house.tree import HOUSE

PHOTO = str(HOUSE / "examples" / "asphalt_street.jpg")


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """An environment in which only what requirements.lock names can be imported."""
    lock = (HOUSE / "requirements.lock").read_text()
    ours = {plain(name) for name in re.findall(r"^([\w.-]+)==", lock, re.M)} | {"tilewright"}
    hidden = [
        module
        for module, owners in packages_distributions().items()
        if module.isidentifier() and not ours & {plain(owner) for owner in owners}
    ]
    assert {"torch", "sqlalchemy", "diffusers", "nats"} <= set(hidden)
    program = f"import sys\nsys.modules.update(dict.fromkeys({hidden!r}))\n"
    (tmp_path / "sitecustomize.py").write_text(program)
    return {"PYTHONPATH": str(tmp_path)}


@pytest.mark.parametrize(
    "arguments",
    [
        ("extract", PHOTO, "--prompt", "asphalt road", "--width", "128", "--height", "128"),
        ("doctor",),
        ("score", PHOTO),
    ],
)
def test_the_command_needs_nothing_of_the_extras(
    bare: dict[str, str], arguments: tuple[str, ...], tmp_path: Path
) -> None:
    done = tilewright(*arguments, cwd=tmp_path, env=bare)
    assert (done.code, done.err) == (0, "")


def test_the_extras_are_asked_for_by_name(bare: dict[str, str], tmp_path: Path) -> None:
    served = tilewright("keys", "list", cwd=tmp_path, env=bare)
    assert (served.code, "pip install 'tilewright[server]'" in served.err) == (1, True)
    pulled = tilewright("weights", "pull", "--to", "there", cwd=tmp_path, env=bare)
    assert "pip install 'tilewright[qwen]'" in pulled.err
