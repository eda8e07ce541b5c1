"""A link opens the blob that it was signed for, until its moment, and nothing else."""

import multiprocessing
from pathlib import Path

import pytest

from tilewright.store import Links, load_secret

NOW = 1_800_000_000.0
NAME, OTHER = "a" * 32, "b" * 32


@pytest.fixture
def links() -> Links:
    return Links(b"secret")


def test_a_link_works_until_its_moment(links: Links) -> None:
    query = links.sign(NAME, NOW + 60)

    assert links.check(NAME, **query, now=NOW)
    assert links.check(NAME, **query, now=NOW + 60)
    assert not links.check(NAME, **query, now=NOW + 60.5)


def test_a_changed_link_is_refused(links: Links) -> None:
    query = links.sign(NAME, NOW + 60)

    assert not links.check(OTHER, **query, now=NOW)
    assert not links.check(NAME, str(int(query["expires"]) + 1), query["signature"], NOW)
    assert not links.check(NAME, query["expires"], query["signature"][:-1] + "x", NOW)
    assert not links.check(f"{NAME}\n1", query["expires"], query["signature"], NOW)
    assert not Links(b"another").check(NAME, **query, now=NOW)


@pytest.mark.parametrize("text", ["", "nan", "-1", "1e9", "\ud800", "ü", "9" * 5000])
def test_nonsense_is_refused_without_a_fuss(links: Links, text: str) -> None:
    query = links.sign(NAME, NOW + 60)

    assert not links.check(NAME, text, query["signature"], NOW)
    assert not links.check(NAME, query["expires"], text, NOW)
    assert not links.check(text, query["expires"], query["signature"], NOW)


def test_the_secret_is_not_shown(links: Links) -> None:
    assert "secret=" not in repr(links)


def test_the_secret_stays_the_same_and_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "links.key"

    assert load_secret(path) == load_secret(path)
    assert len(load_secret(path)) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_processes_that_start_at_once_agree(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        secrets = pool.map(load_secret, [tmp_path / "links.key"] * 16, chunksize=1)

    assert len(set(secrets)) == 1
