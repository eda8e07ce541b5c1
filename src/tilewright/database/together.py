"""Commits what several threads write at the same moment once, as one transaction.

A commit waits for the disk, and those who change the same row wait for each other's: one after the
other they would get 1000 / 8 commits a second from a disk that takes 8 ms. Whoever comes while one
is at work waits, and the next takes all that wait along.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from threading import Lock
from typing import Generic, NamedTuple, TypeVar, cast
from weakref import WeakValueDictionary

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import InterfaceError, OperationalError

from tilewright.contract import TilewrightError
from tilewright.database.connect import writing

Shared = TypeVar("Shared")
Result = TypeVar("Result")

AWAY = (OperationalError, InterfaceError, TimeoutError)
"""The database itself does not do it: nobody's fault, and in vain for each by itself too."""


class _Wish(NamedTuple, Generic[Shared]):
    work: Callable[[Shared], object]
    done: Future[object]


class _Line(Generic[Shared]):
    """Those who wait for the same row."""

    def __init__(self) -> None:
        self.waiting: deque[_Wish[Shared]] = deque()
        self.turn = Lock()


class Together(Generic[Shared]):
    """Shared transactions, one line of them for each name. Called from threads.

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
        self._lines: WeakValueDictionary[str, _Line[Shared]] = WeakValueDictionary()
        self._lock = Lock()

    def write(self, name: str, work: Callable[[Shared], Result]) -> Result:
        """What `work` gives, committed; it raises what `work` or the commit raises.

        `work` may run in another's thread, and twice. When it raises a `TilewrightError` it must
        not have written anything yet: the others' work is committed all the same. Any other
        exception takes back the whole transaction, and each is done in one of its own.
        """
        with self._lock:
            line = self._lines.setdefault(name, _Line[Shared]())
        wish = _Wish(work, Future())
        line.waiting.append(wish)
        with line.turn:
            if not wish.done.done():  # else whoever was before us did it with theirs
                wishes = [line.waiting.popleft() for _ in range(len(line.waiting))]
                self._serve(name, wishes)
        return cast(Result, wish.done.result())

    def _serve(self, name: str, wishes: list[_Wish[Shared]]) -> None:
        """Do all, which leaves nobody of them waiting."""
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
        given: list[tuple[_Wish[Shared], object]] = []
        refused: list[tuple[_Wish[Shared], TilewrightError]] = []
        with writing(self._engine) as tx, self._share(tx, name) as shared:
            for wish in wishes:
                try:
                    given.append((wish, wish.work(shared)))
                except TilewrightError as error:
                    refused.append((wish, error))
        for wish, result in given:
            wish.done.set_result(result)
        for wish, why in refused:
            wish.done.set_exception(why)


def _refuse(wishes: list[_Wish[Shared]], error: Exception) -> None:
    for wish in wishes:
        wish.done.set_exception(error)
