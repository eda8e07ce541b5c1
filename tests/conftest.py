"""Fixtures that tests of several rooms ask for, and what comes first."""

import pytest

pytest_plugins = ["tests.database.postgres", "tests.store.s3", "tests.trust"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of the diffusion engine come first, side by side.

    Each process of pytest-xdist is given a stretch of the tests, and who has none left takes from
    the ends of the others' stretches: so one process only loads diffusers and makes the model.
    """
    items.sort(key=lambda item: "qwen" not in item.nodeid.partition("::")[0])
