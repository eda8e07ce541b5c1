"""ARCHITECTURE.md draws the house as it stands, and the house has no drawers."""

import re
from collections import Counter

from tests.house.tree import HOUSE, PACKAGE, modules

DRAWERS = {
    "base",
    "common",
    "core",
    "helpers",
    "lib",
    "manager",
    "misc",
    "shared",
    "tools",
    "utils",
}

FENCED = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINE = re.compile(r"^[\s│├└─]*(?P<name>\w+(?:\.py|/))(?P<sentence>.*)$", re.MULTILINE)
SENTENCE = re.compile(r'"""[A-Z`].+\.(?:""")?')


def drawn() -> list[tuple[str, str]]:
    """Name and sentence of each line of the tree; folders end in a slash."""
    blocks = FENCED.findall((HOUSE / "ARCHITECTURE.md").read_text())
    tree = next(block for block in blocks if "contract/" in block and "intake/" in block)
    return [(line["name"], line["sentence"].strip()) for line in LINE.finditer(tree)]


def test_the_tree_names_every_module_and_no_other() -> None:
    files = [path.name for path in modules() if path.name != "__init__.py"]
    folders = [f"{path.parent.name}/" for path in modules() if path.name == "__init__.py"]
    there = Counter(files + folders)
    told = Counter(name for name, _ in drawn() if name != "__init__.py")
    del there[f"{PACKAGE.name}/"], told[f"{PACKAGE.name}/"], told["src/"]

    assert (there - told, told - there) == (Counter(), Counter())


def test_every_line_of_the_tree_says_something() -> None:
    assert [name for name, sentence in drawn() if not sentence and name != "tilewright/"] == []


def test_there_are_no_drawers() -> None:
    names = {part for path in modules() for part in path.relative_to(PACKAGE).with_suffix("").parts}

    assert names & DRAWERS == set()


def test_every_module_opens_with_one_sentence() -> None:
    openings = {path: path.read_text().partition("\n")[0] for path in modules()}

    assert [path for path, line in openings.items() if not SENTENCE.fullmatch(line)] == []


def test_only_the_settings_and_the_clients_address_read_the_environment() -> None:
    reads = re.compile(r"environ\b|getenv")
    readers = {
        path.relative_to(PACKAGE).as_posix() for path in modules() if reads.search(path.read_text())
    }

    # The settings are the server's; a client runs in other people's programs, whose key and
    # address are in their variables, and must not load the server's room to learn them.
    assert readers <= {"settings.py", "client/address.py"}
