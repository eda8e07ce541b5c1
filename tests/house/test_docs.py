"""The reference pages say what the code says, and no page is forgotten."""

import pytest

from docs.write import HERE, pages
from tests.house.tree import HOUSE

WRITTEN = pages()


@pytest.mark.parametrize("name", WRITTEN)
def test_a_reference_page_is_true(name: str) -> None:
    assert (HERE / name).read_text() == WRITTEN[name], "run: python -m docs.write"


def test_every_page_can_be_found_from_the_readme() -> None:
    linked = (HOUSE / "README.md").read_text()

    assert [page.name for page in HERE.glob("*.md") if f"docs/{page.name}" not in linked] == []
