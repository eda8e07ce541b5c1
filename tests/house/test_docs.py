"""The reference pages say what the code says, and no page is forgotten."""

import ast
from collections.abc import Iterator

import pytest

from docs.write import HERE, pages
from tests.house.tree import HOUSE
from tilewright.api.meters import ALARMING
from tilewright.contract.errors import JOB_CODES
from tilewright.jobs.refuse import CODE

WRITTEN = pages()


@pytest.mark.parametrize("name", WRITTEN)
def test_a_reference_page_is_true(name: str) -> None:
    assert (HERE / name).read_text() == WRITTEN[name], "run: python -m docs.write"


def test_every_page_can_be_found_from_the_readme() -> None:
    linked = (HOUSE / "README.md").read_text()

    assert [page.name for page in HERE.glob("*.md") if f"docs/{page.name}" not in linked] == []


def said_of_jobs() -> Iterator[str]:
    """The codes that the source gives jobs that failed, other than by an error's name."""
    yield CODE
    for path in sorted((HOUSE / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                named = {one.arg: one.value for one in node.keywords}
                given = {
                    "Ending": named.get("code"),
                    "failed": node.args[-1] if node.args else None,
                }
                code = given.get(node.func.id)
                if isinstance(code, ast.Constant) and isinstance(code.value, str):
                    yield code.value


def test_every_code_of_a_failed_job_is_explained() -> None:
    assert set(said_of_jobs()) == set(JOB_CODES)
    page = WRITTEN["errors.md"]
    assert [code for code in ALARMING if f"`{code}`" not in page] == []
