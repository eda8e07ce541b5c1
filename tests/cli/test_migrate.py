"""`tilewright migrate` brings the database up to date, once for a fleet, or tells what it would."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

from tests.cli.command import Finished, asked
from tests.house.tree import HOUSE
from tilewright.database import SCHEMA, open_database, writing
from tilewright.database.connect import look_at_database


def run(address: str, *words: str, **settings: str) -> Finished:
    return asked(*words, cwd=HOUSE, env={"TILEWRIGHT_DATABASE_URL": address, **settings})


def set_version(address: str, version: str) -> None:
    engine = open_database(address)
    with writing(engine) as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version})
    engine.dispose()


def test_it_says_from_which_to_which_and_check_does_nothing(address: str) -> None:
    before = run(address, "migrate", "--check")
    assert (before.code, before.err) == (1, "")
    assert f"has no tables, and this version needs schema {SCHEMA}" in before.out
    assert look_at_database(address).found is None

    done = run(address, "migrate")
    assert (done.code, done.err) == (0, "")
    assert done.out == f"The database had no tables; it has schema {SCHEMA} now.\n"

    after = run(address, "migrate", "--check")
    assert (after.code, after.err) == (0, "")
    assert f"has schema {SCHEMA}, as this version needs" in after.out


def test_a_look_makes_no_file(tmp_path: Path) -> None:
    assert run(f"sqlite:///{tmp_path}/jobs.db", "migrate", "--check").code == 1
    assert list(tmp_path.iterdir()) == []


def test_who_leaves_it_to_others_refuses_what_is_not_up_to_date(address: str) -> None:
    refused = run(address, "jobs", "list", TILEWRIGHT_MIGRATE="false")
    assert refused.code == 2
    assert "the database has no tables" in refused.err
    assert "run `tilewright migrate` once" in refused.err
    engine = create_engine(address.replace("postgresql:", "postgresql+psycopg:"))
    assert inspect(engine).get_table_names() == []
    engine.dispose()

    assert run(address, "migrate", TILEWRIGHT_MIGRATE="false").code == 0
    assert run(address, "jobs", "list", TILEWRIGHT_MIGRATE="false").code == 0


@pytest.mark.parametrize(
    ("words", "by_itself"),
    [("migrate", "true"), ("migrate --check", "true"), ("jobs list", "false")],
)
def test_a_newer_database_is_refused(words: str, by_itself: str, address: str) -> None:
    set_version(address, "9999")

    refused = run(address, *words.split(), TILEWRIGHT_MIGRATE=by_itself)

    assert refused.code == 2
    assert "another version of Tilewright" in refused.err
