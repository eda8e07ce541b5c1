"""Commits what several threads write at the same moment once, as one transaction.

A commit waits for the disk, and those who change the same row wait for each other's: one after the
other they would get 1000 / 8 commits a second from a disk that takes 8 ms. Whoever comes while one
is at work waits, and the next takes all that wait along.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock
from typing import NamedTuple, TypeVar, cast
from weakref import WeakValueDictionary

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import InterfaceError, OperationalError

from tilewright.contract import TilewrightError
from tilewright.database.connect import writing

Result = TypeVar("Result")

AWAY = (OperationalError, InterfaceError, TimeoutError)
"""The database itself does not do it: nobody's fault, and in vain for each by itself too."""


class _Wish(NamedTuple):
    work: Callable[[Connection], object]
    done: Future[object]


class _Line:
    """Those who wait for the same row."""

    def __init__(self) -> None:
        self.waiting: deque[_Wish] = deque()
        self.turn = Lock()


class Together:
    """Shared transactions, one line of them for each name. Called from threads.

    first: what each transaction begins with, told the name.
    """

    def __init__(self, engine: Engine, first: Callable[[Connection, str], None]) -> None:
        self._engine = engine
        self._first = first
        self._lines: WeakValueDictionary[str, _Line] = WeakValueDictionary()
        self._lock = Lock()

    def write(self, name: str, work: Callable[[Connection], Result]) -> Result:
        """What `work` gives, committed; it raises what `work` or the commit raises.

        `work` may run in another's thread, and twice. When it raises a `TilewrightError` it must
        not have written anything yet: the others' work is committed all the same. Any other
        exception takes back the whole transaction, and each is done in one of its own.
        """
        with self._lock:
            line = self._lines.setdefault(name, _Line())
        wish = _Wish(work, Future())
        line.waiting.append(wish)
        with line.turn:
            if not wish.done.done():  # else whoever was before us did it with theirs
                wishes = [line.waiting.popleft() for _ in range(len(line.waiting))]
                self._serve(name, wishes)
        return cast(Result, wish.done.result())

    def _serve(self, name: str, wishes: list[_Wish]) -> None:
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

    def _commit(self, name: str, wishes: list[_Wish]) -> None:
        given: list[tuple[_Wish, object]] = []
        refused: list[tuple[_Wish, TilewrightError]] = []
        with writing(self._engine) as tx:
            self._first(tx, name)
            for wish in wishes:
                try:
                    given.append((wish, wish.work(tx)))
                except TilewrightError as error:
                    refused.append((wish, error))
        for wish, result in given:
            wish.done.set_result(result)
        for wish, why in refused:
            wish.done.set_exception(why)


def _refuse(wishes: list[_Wish], error: Exception) -> None:
    for wish in wishes:
        wish.done.set_exception(error)
