"""Looks at a few rows for those who ask at the same moment, over one connection, in one thread.

To go through a thread and back takes longer than most looks; so does to take a connection.
"""

import asyncio
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine

from tilewright.database.connect import reading
from tilewright.database.together import AWAY

THREADS = 2
"""While one waits for the database, the other can work; more would only wait for each other."""

Found = TypeVar("Found")


class _Look:
    def __init__(self, read: Callable[[Connection], object]) -> None:
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
        self._threads: list[Thread] = []

    async def look(self, read: Callable[[Connection], Found]) -> Found:
        """What `read` gives, which looks at a few rows and does nothing else."""
        if self._at_once:
            with reading(self._engine) as tx:
                return read(tx)
        if not self._threads:
            self._open()
        look = _Look(read)
        self._asked.put(look)
        return cast(Found, await look.promise)

    def close(self) -> None:
        """Let the threads end. May be called twice; who looks after it opens it again."""
        for _ in self._threads:
            self._asked.put(None)
        self._threads.clear()

    def _open(self) -> None:
        for number in range(THREADS):
            thread = Thread(target=self._work, name=f"looks {number}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def _work(self) -> None:
        while (look := self._asked.get()) is not None:
            looks = [look, *self._others()]
            _serve(self._engine, looks)
            _tell(looks)

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
        with reading(engine) as tx:
            while left:
                left[-1].take(tx)
                left.pop()
    except Exception as error:
        for look in left:
            look.fail(error)


def _tell(looks: list[_Look]) -> None:
    def tell() -> None:
        for look in looks:
            look.tell()

    loop = looks[0].loop
    if not loop.is_closed():
        loop.call_soon_threadsafe(tell)
