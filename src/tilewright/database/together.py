"""Commits what is to be written at the same moment once, as one transaction, in one thread.

A commit waits for the disk, and those who change the same row wait for each other's: one after the
other they would get 1000 / 8 commits a second from a disk that takes 8 ms. Whoever comes while one
is at work waits, and the next takes all that wait along.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Generic, TypeVar, cast

from anyio import CancelScope, CapacityLimiter, to_thread
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import InterfaceError, OperationalError

from tilewright.contract import TilewrightError
from tilewright.database.connect import writing

Shared = TypeVar("Shared")
Result = TypeVar("Result")

AWAY = (OperationalError, InterfaceError, TimeoutError)
"""The database itself does not do it: nobody's fault, and in vain for each by itself too."""

LINES = CapacityLimiter(24)
"""Names that are written for at a time."""


class _Wish(Generic[Shared]):
    def __init__(self, work: Callable[[Shared], object]) -> None:
        self.work = work
        self.promise: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.found: object = None
        self.error: Exception | None = None

    def tell(self) -> None:
        """In the event loop; who asked may have gone meanwhile."""
        if self.promise.done():
            return
        if self.error is not None:
            self.promise.set_exception(self.error)
        else:
            self.promise.set_result(self.found)


class Together(Generic[Shared]):
    """Shared transactions, one line of them for each name. Asked from one event loop.

    share: what each transaction consists of, told the name: it gives what all work with, and
    writes at its end what they left to it.
    """

    def __init__(
        self,
        engine: Engine,
        share: Callable[[Connection, str], AbstractContextManager[Shared]],
    ) -> None:
        self._engine = engine
        self._share = share
        self._waiting: dict[str, list[_Wish[Shared]]] = {}
        self._lines: dict[str, asyncio.Task[None]] = {}

    async def write(self, name: str, work: Callable[[Shared], Result]) -> Result:
        """What `work` gives, committed; it raises what `work` or the commit raises.

        `work` is called in a thread, perhaps twice. When it raises a `TilewrightError` it must
        not have written anything yet: the others' work is committed all the same. Any other
        exception takes back the whole transaction, and each is done in one of its own.
        """
        wish = _Wish(work)
        self._waiting.setdefault(name, []).append(wish)
        if name not in self._lines:
            self._lines[name] = asyncio.create_task(self._run(name))
        with CancelScope(shield=True):
            await wish.promise
        return cast(Result, wish.promise.result())

    def idle(self, name: str) -> bool:
        """Whether nothing is being written for that name."""
        return name not in self._lines

    async def _run(self, name: str) -> None:
        """Until nobody waits."""
        try:
            while wishes := self._waiting.pop(name, None):
                try:
                    await to_thread.run_sync(self._serve, name, wishes, limiter=LINES)
                except Exception as error:  # no thread to be had, most likely
                    _refuse(wishes, error)
                for wish in wishes:
                    wish.tell()
        finally:
            del self._lines[name]

    def _serve(self, name: str, wishes: list[_Wish[Shared]]) -> None:
        """Do all, or note what keeps each of them from it."""
        try:
            self._commit(name, wishes)
        except AWAY as error:
            _refuse(wishes, error)
        except Exception as error:
            if len(wishes) == 1:
                _refuse(wishes, error)
            else:
                for wish in wishes:
                    self._serve(name, [wish])

    def _commit(self, name: str, wishes: list[_Wish[Shared]]) -> None:
        with writing(self._engine) as tx, self._share(tx, name) as shared:
            for wish in wishes:
                wish.error = None
                try:
                    wish.found = wish.work(shared)
                except TilewrightError as error:
                    wish.error = error


def _refuse(wishes: list[_Wish[Shared]], error: Exception) -> None:
    for wish in wishes:
        wish.error = error
