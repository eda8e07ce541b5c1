"""License, version, locks and credits agree with each other."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.tree import HOUSE
from tilewright import __version__

PROJECT = tomllib.loads((HOUSE / "pyproject.toml").read_text())
PINNED = re.compile(r"^([\w.-]+)==(\S+)", re.MULTILINE)


def wanted(group: str) -> list[Requirement]:
    """What the project asks for itself, and with one of its dependency groups."""
    lines = [*PROJECT["project"]["dependencies"]]
    for entry in PROJECT["dependency-groups"][group]:
        lines += [entry] if isinstance(entry, str) else PROJECT["dependency-groups"]["build"]
    return [Requirement(line) for line in lines]


def locked(name: str) -> dict[str, set[str]]:
    """The versions that a lock allows of each library, by its name."""
    found: dict[str, set[str]] = {}
    for library, version in PINNED.findall((HOUSE / name).read_text()):
        found.setdefault(canonicalize_name(library), set()).add(version)
    return found


@pytest.mark.parametrize(
    ("lock", "group"), [("requirements.lock", "build"), ("requirements-dev.lock", "dev")]
)
def test_a_lock_holds_what_the_project_asks_for(lock: str, group: str) -> None:
    pins = locked(lock)

    for requirement in wanted(group):
        versions = pins[canonicalize_name(requirement.name)]
        assert all(version in requirement.specifier for version in versions)


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_everything_locked_has_a_hash_and_comes_from_nowhere_in_particular(lock: str) -> None:
    text = (HOUSE / lock).read_text()

    for block in re.split(r"\n(?=\w)", text):
        assert block.startswith("#") or "--hash=sha256:" in block
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text


def test_the_lock_leaves_torch_to_whoever_installs_it() -> None:
    builds = re.compile(r"torch|triton|nvidia-|cuda-")

    assert [name for name in locked("requirements-dev.lock") if builds.match(name)] == []


def test_tests_run_on_the_versions_that_users_get() -> None:
    ours, theirs = locked("requirements-dev.lock"), locked("requirements.lock")

    assert {name: ours[name] for name in theirs} == theirs


def test_every_dependency_has_an_upper_bound() -> None:
    extras = PROJECT["project"]["optional-dependencies"].values()
    asked = [*wanted("dev"), *(Requirement(line) for extra in extras for line in extra)]

    assert [str(one) for one in asked if "<" not in str(one.specifier)] == []


def test_the_changelog_begins_with_this_version() -> None:
    versions = re.findall(r"^## (\d+\.\d+\.\d+)", (HOUSE / "CHANGELOG.md").read_text(), re.M)

    assert versions[0] == __version__


def test_the_license_is_the_one_we_name() -> None:
    text = (HOUSE / "LICENSE").read_text()

    assert PROJECT["project"]["license"] == "Apache-2.0"
    assert "Apache License\n                           Version 2.0" in text


def test_every_example_is_credited() -> None:
    credits = (HOUSE / "examples" / "CREDITS.md").read_text()
    named = set(re.findall(r"^\| `([^`]+)`", credits, re.M))

    assert named == {path.name for path in (HOUSE / "examples").glob("*.jpg")}
