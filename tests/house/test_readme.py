"""What the README tells people to type works."""

import ast
import re
import shlex

import click
import pytest

import bootstrap
import tilewright
from tests.house.tree import HOUSE
from tilewright.cli import tilewright as group
from tilewright.contract import TileRequest

README = (HOUSE / "README.md").read_text()
FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def typed() -> list[list[str]]:
    """Every command in the README's fenced blocks, in words."""
    lines = [
        line.removeprefix("$ ")
        for language, block in FENCED.findall(README)
        if language in ("", "console", "bash", "sh", "shell")
        for line in block.replace("\\\n", " ").splitlines()
    ]
    return [shlex.split(line, comments=True) for line in lines if line.startswith(STARTS)]


STARTS = ("python3 bootstrap.py", "tilewright ")


def test_the_first_command_makes_a_tile_and_the_second_runs_the_tests() -> None:
    assert typed()[:2] == [
        ["python3", "bootstrap.py", "tile"],
        ["python3", "bootstrap.py", "test"],
    ]
    assert (HOUSE / bootstrap.PHOTO).is_file()


def test_commands_and_their_options_exist() -> None:
    for program, name, *words in typed():
        if program != "tilewright":
            continue
        command = group.commands[name]
        with click.Context(command) as context:
            known = {option for param in command.get_params(context) for option in param.opts}
        assert {word for word in words if re.match(r"--?[a-z]", word)} <= known


def test_python_blocks_use_what_there_is() -> None:
    known = {*TileRequest.model_fields, "photo", "image_2", "image_3", "engine", "tick", "settings"}
    for language, block in FENCED.findall(README):
        if language != "python":
            continue
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "tilewright":
                assert hasattr(tilewright, node.attr)
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "tilewright.extract":
                assert {str(word.arg) for word in node.keywords} <= known


@pytest.mark.parametrize("page", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_links_lead_somewhere(page: str) -> None:
    links = LINK.findall((HOUSE / page).read_text())

    assert [link for link in links if not (HOUSE / link).exists()] == []
