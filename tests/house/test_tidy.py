"""Nothing of the machine it was written on is left in the house, nor any silenced check."""

import re

from tests.house.tree import HOUSE, house_files

TEXT = {
    *("", ".cfg", ".lock", ".md", ".py", ".toml", ".txt", ".yaml", ".yml"),
    *(".css", ".html", ".js", ".json", ".svg", ".ts", ".tsx"),
}

MACHINE = re.compile(r"/(?:work|tmp|root|home|opt)/")
REGISTRY = re.compile(r"(?:pypi|pythonhosted)[.]org|npmjs[.](?:org|com)")
SILENCED = re.compile(
    r"# (?:noqa|type: ignore)|@ts-(?:ignore|nocheck|expect-error)|eslint[-]disable"
    r"|mark\.(?:skip|xfail)|pytest\.(?:skip|importorskip)\("
)


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    """Each line of the house that `pattern` is found in, with its place."""
    return [
        f"{path.relative_to(HOUSE)}:{number}: {line.strip()}"
        for path in house_files()
        if path.suffix in TEXT
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_path_of_a_machine() -> None:
    assert lines_with(MACHINE) == []


def test_no_host_of_a_registry() -> None:
    assert lines_with(REGISTRY) == []


def test_no_check_is_silenced() -> None:
    assert lines_with(SILENCED) == []
