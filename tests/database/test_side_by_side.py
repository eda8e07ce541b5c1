"""During a roll-out old and new programs share one database: what is new breaks nothing old."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from alembic import command
from sqlalchemy import Engine, create_engine, event, text

from tests.api.people import ASYNC, wish
from tests.serving import NO_TLS, Service, serving, until
from tilewright.database import migrate_database
from tilewright.database.migrate import alembic_config

ADDS = re.compile(
    r"CREATE TABLE|CREATE INDEX|DROP INDEX"
    r"|ALTER TABLE \w+ ADD COLUMN (?:(?!NOT NULL).)*$"
    r"|ALTER TABLE \w+ ADD COLUMN .*DEFAULT .*NOT NULL"
    r"|SELECT|PRAGMA|INSERT|UPDATE",
    re.DOTALL,
)
"""What a program that knows nothing of it can live with: tables and indexes that it does not look
at, columns that fill themselves. Indexes may go: they are about speed, and are put back by none."""


@pytest.fixture
def first(address: str) -> Iterator[Engine]:
    """A database as the first step left it."""
    engine = create_engine(address.replace("postgresql:", "postgresql+psycopg:"))
    config = alembic_config()
    with engine.begin() as tx:
        config.attributes["connection"] = tx
        command.upgrade(config, "0001")
    yield engine
    engine.dispose()


def test_every_migration_only_adds(first: Engine, address: str) -> None:
    said: list[str] = []

    def hear(*asked: object) -> None:
        said.append(" ".join(str(asked[2]).split()))

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        step = migrate_database(address)
    finally:
        event.remove(Engine, "before_cursor_execute", hear)

    assert step.found == "0001"
    assert [statement for statement in said if not ADDS.match(statement)] == []


def test_a_door_goes_on_while_a_newer_one_changes_the_database(tmp_path: Path) -> None:
    with serving(tmp_path / "data", "--workers", "0") as door:
        engine = create_engine(f"sqlite:///{door.folder / 'tilewright.db'}")
        with engine.begin() as tx:
            tx.execute(text("ALTER TABLE jobs ADD COLUMN mood TEXT DEFAULT 'good' NOT NULL"))
            tx.execute(text("CREATE TABLE moods (name TEXT)"))
            tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        engine.dispose()

        job = httpx.post(f"{door.url}{ASYNC}", json=wish(), verify=NO_TLS).json()["request_id"]
        assert (
            httpx.get(f"{door.url}/v2/requests/{job}/status", verify=NO_TLS).json()["status"]
            == "QUEUED"
        )
        assert door.is_ready()

    again = Service.at(door.folder, "--workers", "0")
    with again.start() as process:
        until(lambda: process.poll() is not None)
    assert process.returncode == 2
    assert "another version of Tilewright" in again.log.read_text()
