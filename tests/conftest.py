"""Fixtures that tests of several rooms ask for, and what comes first."""

import gc

import pytest

pytest_plugins = ["tests.database.postgres", "tests.store.s3", "tests.trust"]

gc.disable()  # what is being collected is kept: looking through it takes a sixth of that time


FIRST, LAST = ("tests/engine/qwen", "tests/api/test_qwen.py"), ("tests/engine", "tests/score")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of the diffusion engine come first, side by side; those of pixels alone last.

    Each process of pytest-xdist is given a stretch of the tests, and who has none left takes from
    the ends of the others' stretches: so one process only loads diffusers and makes the model, and
    what is left for the end keeps every core busy and needs no server to be started once more.
    """
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    if item.nodeid.startswith(FIRST):
        return 0
    return 2 if item.nodeid.startswith(LAST) else 1


def pytest_collection_finish() -> None:
    """Python's collector looks at what tests make, and never again at the tests themselves."""
    gc.freeze()
    gc.enable()
