"""Makes SQLite keep what it is told: real transactions, foreign keys, readers beside a writer."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from sqlalchemy import Engine, event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

DRIVER = "sqlite+tame"
"""How addresses name the dialect below."""

TURN = "tilewright_turn"
"""Execution option of the engine: the lock that the writers of this process take turns by."""

EASY = "tilewright_easy"
"""In the `info` of a connection: what is begun next only reads, or is one statement."""

PATIENCE_SECONDS = 20.0
"""How long one writer waits for another. Our transactions take milliseconds."""

PRAGMAS = (
    f"PRAGMA busy_timeout={int(PATIENCE_SECONDS * 1000)}",
    "PRAGMA foreign_keys=ON",
    # A commit survives the death of the process. A power cut may take the last ones, but only
    # whole and in order; FULL would keep them for 8 ms more per accepted job.
    "PRAGMA synchronous=NORMAL",
)


class Tame(SQLiteDialect_pysqlite):
    """SQLite whose transactions begin when they are said to begin.

    Python's driver begins them late and ends them early. Why not by an event of SQLAlchemy: to have
    one at all makes each statement ask for all of them, and a submit a tenth slower.
    """

    supports_statement_cache = True

    def do_begin(self, dbapi_connection: PoolProxiedConnection) -> None:
        """Take the lock, unless the transaction only reads or is one statement.

        A plain BEGIN that reads and writes later fails at once if another wrote in between,
        whatever the time-out: so who may do both takes the lock first.
        """
        connection = dbapi_connection.driver_connection
        assert isinstance(connection, sqlite3.Connection)
        easy = dbapi_connection.info.pop(EASY, False)
        connection.execute("BEGIN" if easy else "BEGIN IMMEDIATE")


registry.register("sqlite.tame", __name__, Tame.__name__)


def tame(engine: Engine) -> Engine:
    """`engine`, with all that each connection needs."""
    event.listen(engine, "connect", _connected)
    engine.update_execution_options(**{TURN: Lock()})
    return engine


@contextmanager
def turn(engine: Engine) -> Iterator[None]:
    """Wait until no other thread of this process writes; at once where writers need no turns."""
    lock: Lock | None = engine.get_execution_options().get(TURN)
    if lock is None:
        yield
        return
    if not lock.acquire(timeout=PATIENCE_SECONDS):
        raise TimeoutError(f"the database was busy for {PATIENCE_SECONDS:.0f} s; try again")
    try:
        yield
    finally:
        lock.release()


def into_wal(engine: Engine) -> None:
    """Write-ahead logging, which the file remembers. Two at once make SQLite say busy: try on."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            _ask_for_wal(engine)
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _ask_for_wal(engine: Engine) -> None:
    # On the bare connection: inside a transaction SQLite refuses to change its journal.
    pooled = engine.raw_connection()
    try:
        pooled.cursor().execute("PRAGMA journal_mode=WAL")
    finally:
        pooled.close()


def _connected(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    # None makes Python's driver leave the transactions to us: see `Tame`.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(pragma)
    cursor.close()
