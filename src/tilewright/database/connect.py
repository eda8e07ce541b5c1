"""Opens the database, and gives transactions that read or write."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.dialects import registry
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError

from tilewright.contract import DatabaseUnusable
from tilewright.database import sqlite
from tilewright.database.migrate import Step, migrate, standing
from tilewright.database.tables import SCHEMA

registry.register("postgresql.tame", "tilewright.database.postgres", "Tame")

MOST_CONNECTIONS = 40
"""As many as the threads that FastAPI serves with; more would only wait for each other."""

REMOTE = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",
}
"""Seconds (the last: milliseconds) after which libpq takes a server that answers nothing, not even
on the wire, for gone. Its own defaults are minutes to hours. The address may say otherwise."""

IDLE_SECONDS = 30
"""In the midst of a transaction of ours nobody ever waits for so long."""

LOCK_SECONDS = 10
"""For what another holds; ours are held for milliseconds, and callers give up after 30 s without a
byte. Who brings the schema up to date waits as long as it takes."""


def open_database(url: str) -> Engine:
    """The database at `url`, made or brought up to date; any number of processes may do so at once.

    `sqlite:///FILE` or `postgresql://USER@HOST/NAME`. Raise `DatabaseUnusable` for any other, and
    for one that is not there, not ours, or of a newer version.
    """
    engine = _engine(_known(url))
    with _usable(engine):
        _bring_up(engine)
        _impatient(engine)
    return engine


def open_migrated(url: str) -> Engine:
    """The same, for who leaves it to others to bring it up to date: until then it is refused."""
    engine = _engine(_known(url))
    with _usable(engine):
        with reading(engine) as tx:
            step = standing(tx)
        if not step.done:
            raise DatabaseUnusable(
                f"the database has {step.before}, and this version needs schema {step.wanted}; "
                "run `tilewright migrate` once, or set TILEWRIGHT_MIGRATE to true"
            )
        _impatient(engine)
    return engine


def migrate_database(url: str) -> Step:
    """Bring the database at `url` up to date, and tell from where to where. Raises likewise."""
    engine = _engine(_known(url))
    with _usable(engine):
        step = _bring_up(engine)
    engine.dispose()
    return step


def look_at_database(url: str) -> Step:
    """What `migrate_database` would do; nothing is made or changed. Raises likewise."""
    parts = _known(url)
    if parts.get_backend_name() == "sqlite" and not Path(str(parts.database)).exists():
        return Step(None, SCHEMA)  # a look would make the file
    engine = _engine(parts)
    with _usable(engine), reading(engine) as tx:
        step = standing(tx)
    engine.dispose()
    return step


def _bring_up(engine: Engine) -> Step:
    if engine.dialect.name == "sqlite":
        sqlite.into_wal(engine)
    return migrate(engine)


@contextmanager
def _usable(engine: Engine) -> Iterator[None]:
    """What the block meets is told as `DatabaseUnusable`; who raises leaves no connection open."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        engine.dispose()
        why = error.orig if isinstance(error, DBAPIError) else error
        raise DatabaseUnusable(f"the database cannot be opened: {why}") from error
    except BaseException:
        engine.dispose()
        raise


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that may write. It commits at the end, or takes all back when one raises.

    SQLite lets one write at a time. Threads of this process wait in line here, which is fair and
    quick; other processes are waited for inside SQLite. One inside another would wait for itself:
    that, or `sqlite.PATIENCE_SECONDS` behind others, raises `TimeoutError`.
    """
    with sqlite.turn(engine), engine.begin() as tx:
        yield tx


@contextmanager
def stating(engine: Engine) -> Iterator[Connection]:
    """A single statement that may write, which is a transaction by itself."""
    with sqlite.turn(engine), _at_ease(engine) as tx:
        yield tx


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads: it waits for nobody, and nobody waits for it."""
    with _at_ease(engine) as tx:
        yield tx


@contextmanager
def _at_ease(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as tx:
        tx.connection.info[sqlite.EASY] = True
        with tx.begin():
            yield tx


def _known(url: str) -> URL:
    parts = _read(url)
    if parts is None:
        fault = "this is not a database address (in a password @ is %40, : is %3A, / is %2F)"
        raise DatabaseUnusable(_HOW.format(fault))
    kind = parts.get_backend_name()
    if kind == "postgresql":
        return parts.set(drivername="postgresql+tame")
    if kind != "sqlite":
        raise DatabaseUnusable(_HOW.format(f"{kind} is not supported"))
    if parts.database in (None, "", ":memory:"):
        raise DatabaseUnusable(_HOW.format("a database in memory would forget what was accepted"))
    return parts.set(drivername=sqlite.DRIVER)


def _read(url: str) -> URL | None:
    """None if it is no address, or if its host begins with the end of a password."""
    try:
        parts = make_url(url)
    except (ArgumentError, ValueError):  # the latter of a port that is no number
        return None
    return None if "@" in (parts.host or "") else parts


_HOW = "{}; give sqlite:///FILE or postgresql://USER@HOST/NAME"


def _engine(url: URL) -> Engine:
    remote = url.get_backend_name() == "postgresql"
    engine = create_engine(
        url,
        pool_size=MOST_CONNECTIONS,
        max_overflow=0,
        json_serializer=_readable,
        hide_parameters=True,  # parameters are other people's prompts and secrets; keep logs free
        pool_pre_ping=remote,
        connect_args=_remotely(url) if remote else {},
    )
    if remote:
        event.listen(engine, "connect", _let_go_of_us)
        return engine
    return sqlite.tame(engine)


def _remotely(url: URL) -> dict[str, Any]:
    said = {name: word for name, word in REMOTE.items() if name not in url.query}
    return {**said, "autocommit": True}  # see `postgres.Tame`


def _let_go_of_us(connection: DBAPIConnection, _: object) -> None:
    """Let the server end a transaction whose door it hears no more, and free what it locked."""
    connection.cursor().execute(f"SET idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'")


def _impatient(engine: Engine) -> None:
    """From now on no statement waits long for a lock: that a table is held is told at once."""
    if engine.dialect.name == "postgresql":
        event.listen(engine, "connect", _wait_for_no_lock)
        engine.dispose()  # its connections so far wait as long as it takes


def _wait_for_no_lock(connection: DBAPIConnection, _: object) -> None:
    connection.cursor().execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")


def _readable(value: object) -> str:
    """JSON with letters as they are; a lone half of a pair, which no encoding has, is escaped."""
    text = json.dumps(value, ensure_ascii=False)
    return text if _encodes(text) else json.dumps(value)


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
