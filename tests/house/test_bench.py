"""Benches are run now and then only, and must find what they measure when they are."""

import ast
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.house.tree import HOUSE, house_files

BENCHES = [path for path in house_files() if path.match("*.py") and HOUSE / "bench" in path.parents]


def named(path: Path) -> list[tuple[str, str]]:
    """What a bench takes from the product: module and name."""
    return [
        (node.module, alias.name)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("tilewright")
        for alias in node.names
    ]


@pytest.mark.parametrize("path", BENCHES, ids=lambda path: path.stem)
def test_what_a_bench_takes_is_there(path: Path) -> None:
    for module, name in named(path):
        there = hasattr(import_module(module), name) or find_spec(f"{module}.{name}")
        assert there, f"{module} has no {name}"
