"""Looks at a few rows for those who ask at the same moment, over one connection, in one thread.

To go through a thread and back takes longer than most looks; so does to take a connection. And what
they all want to know (whose key it is) need be asked only once.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeVar, cast

from sqlalchemy import ARRAY, Column, Connection, Engine, Row, Select, any_, bindparam, select

from tilewright.database.connect import reading
from tilewright.database.together import AWAY

SEEN = "tilewright_seen"
"""In the `info` of a connection: rows that those who look together have found already."""

GATHER_SECONDS = 0.005
"""After a look at which several came: so more come together next time, and each costs less."""

Found = TypeVar("Found")


def seen(tx: Connection, query: Select[*tuple[Any, ...]], **asked: object) -> Row[Any] | None:
    """The one row of a query, or None. Of those who look together only the first asks for it.

    All of them had come before it was asked for, so it is as new as each may expect. In any other
    transaction it is asked for each time.
    """
    rows: dict[object, Row[Any] | None] | None = tx.connection.info.get(SEEN)
    if rows is None:
        return tx.execute(query, asked).one_or_none()
    name = (query, *asked.items())
    if name not in rows:
        rows[name] = tx.execute(query, asked).one_or_none()
    return rows[name]


class Rows:
    """The rows of a table by a column whose values are unique: one, or many at a time.

    columns: those that are wanted of them, that one among them.
    """

    def __init__(self, column: Column[str], columns: Iterable[Column[Any]]) -> None:
        self._column = column
        several = bindparam("several", type_=ARRAY(column.type))
        rows = select(*columns)
        self._one = rows.where(column == bindparam("name"))
        self._many = rows.where(column == any_(several))

    def find(self, tx: Connection, name: str) -> Row[Any] | None:
        """The row of that name: see `seen`."""
        return seen(tx, self._one, name=name)

    def foresee(self, tx: Connection, names: list[str]) -> None:
        """Find for those who look together what each of them will look for. In PostgreSQL."""
        found = {
            getattr(row, self._column.key): row
            for row in tx.execute(self._many, {"several": names})
        }
        tx.connection.info[SEEN] |= {(self._one, ("name", name)): found.get(name) for name in names}


class _Look:
    def __init__(
        self, read: Callable[[Connection], object], ahead: tuple[Rows, str] | None
    ) -> None:
        self.ahead = ahead
        self.loop = asyncio.get_running_loop()
        self.promise: asyncio.Future[Any] = self.loop.create_future()
        self._read = read
        self._found: object = None
        self._error: Exception | None = None

    def take(self, tx: Connection) -> None:
        """In a thread. Raises if the database is away: then nobody finds anything."""
        try:
            self._found = self._read(tx)
        except AWAY:
            raise
        except Exception as error:
            self._error = error

    def fail(self, error: Exception) -> None:
        self._error = error

    def tell(self) -> None:
        """In the event loop; who asked may have gone meanwhile."""
        if self.promise.done():
            return
        if self._error is not None:
            self.promise.set_exception(self._error)
        else:
            self.promise.set_result(self._found)


class Looks:
    """Asked from one event loop, until it is closed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # In SQLite the pages are in memory, and no writer stops a reader.
        self._at_once = engine.dialect.name == "sqlite"
        self._asked: SimpleQueue[_Look | None] = SimpleQueue()
        self._thread: Thread | None = None

    async def look(
        self, read: Callable[[Connection], Found], ahead: tuple[Rows, str] | None = None
    ) -> Found:
        """What `read` gives, which looks at a few rows and does nothing else.

        ahead: the row that it will look for, and of which table; so those of all who look together
        are found by one statement.
        """
        if self._at_once:
            with reading(self._engine) as tx:
                return read(tx)
        if self._thread is None:
            self._thread = Thread(target=self._work, name="looks", daemon=True)
            self._thread.start()
        look = _Look(read, ahead)
        self._asked.put(look)
        return cast(Found, await look.promise)

    def close(self) -> None:
        """Let the thread end. May be called twice; who looks after it opens it again."""
        if self._thread is not None:
            self._asked.put(None)
            self._thread = None

    def _work(self) -> None:
        while (look := self._asked.get()) is not None:
            looks = [look, *self._others()]
            _serve(self._engine, looks)
            _tell(looks)
            if len(looks) > 1:
                time.sleep(GATHER_SECONDS)

    def _others(self) -> list[_Look]:
        """Those who wait along."""
        found: list[_Look] = []
        try:
            while (look := self._asked.get_nowait()) is not None:
                found.append(look)
            self._asked.put(None)  # the end, for when these are served
        except Empty:
            pass
        return found


def _serve(engine: Engine, looks: list[_Look]) -> None:
    left = list(reversed(looks))
    try:
        with reading(engine) as tx, _remembering(tx):
            for rows, names in _ahead(looks).items():
                rows.foresee(tx, names)
            while left:
                left[-1].take(tx)
                left.pop()
    except Exception as error:
        for look in left:
            look.fail(error)


def _ahead(looks: list[_Look]) -> dict[Rows, list[str]]:
    wanted: dict[Rows, list[str]] = {}
    for look in looks:
        if look.ahead is not None:
            rows, name = look.ahead
            wanted.setdefault(rows, []).append(name)
    return wanted


@contextmanager
def _remembering(tx: Connection) -> Iterator[None]:
    info = tx.connection.info
    info[SEEN] = {}
    try:
        yield
    finally:
        info.pop(SEEN, None)  # cleared, where the connection broke and another has it by now


def _tell(looks: list[_Look]) -> None:
    def tell() -> None:
        for look in looks:
            look.tell()

    loop = looks[0].loop
    if not loop.is_closed():
        loop.call_soon_threadsafe(tell)
