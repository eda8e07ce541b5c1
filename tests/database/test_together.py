"""Threads that write at the same moment share a transaction, and nobody bears another's fault."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

import pytest
from sqlalchemy import Connection, Engine, event, insert, select
from sqlalchemy.exc import IntegrityError

from tilewright.contract import NotFound
from tilewright.database import Together, reading, writing
from tilewright.database.tables import doomed_blobs

Work = Callable[[Connection], str]


def note(name: str) -> Work:
    def work(tx: Connection) -> str:
        tx.execute(insert(doomed_blobs).values(blob=name, doomed_at=0.0))
        return name

    return work


def noted(database: Engine) -> list[str]:
    with reading(database) as tx:
        return sorted(tx.scalars(select(doomed_blobs.c.blob)))


@contextmanager
def counted(database: Engine) -> Iterator[list[str]]:
    """One entry for each commit in the block."""
    seen: list[str] = []

    def see(_: Connection) -> None:
        seen.append("commit")

    event.listen(database, "commit", see)
    yield seen
    event.remove(database, "commit", see)


@contextmanager
def share(tx: Connection, name: str) -> Iterator[Connection]:
    assert name == "ann"
    yield tx


def at_once(database: Engine, works: list[Work]) -> list[Future[str]]:
    """All of them, which came while another was at work."""
    together, begun, go_on = Together(database, share), Event(), Event()

    def first(_: Connection) -> str:
        begun.set()
        assert go_on.wait(30)
        return "first"

    with ThreadPoolExecutor(len(works) + 1) as threads:
        threads.submit(together.write, "ann", first)
        assert begun.wait(30)
        answers = [threads.submit(together.write, "ann", work) for work in works]
        until_waiting(together, len(works))
        go_on.set()
    return answers


def until_waiting(together: Together[Connection], number: int) -> None:
    while len(together._lines["ann"].waiting) < number:
        Event().wait(0.001)


def test_those_who_wait_for_each_other_commit_once(database: Engine) -> None:
    names = ["a", "b", "c", "d"]

    with counted(database) as commits:
        answers = at_once(database, [note(name) for name in names])

    assert [answer.result() for answer in answers] == names
    assert noted(database) == names
    assert len(commits) == 2  # that of the first, and one for all others


def test_who_is_refused_keeps_nobody_else_from_being_served(database: Engine) -> None:
    def refused(_: Connection) -> str:
        raise NotFound("no such thing")

    good, bad, other = at_once(database, [note("a"), refused, note("b")])

    with pytest.raises(NotFound, match="no such thing"):
        bad.result()
    assert (good.result(), other.result()) == ("a", "b")
    assert noted(database) == ["a", "b"]


def test_whose_statement_fails_takes_nobody_along(database: Engine) -> None:
    with writing(database) as tx:
        note("there")(tx)

    good, bad, other = at_once(database, [note("a"), note("there"), note("b")])

    with pytest.raises(IntegrityError):
        bad.result()
    assert (good.result(), other.result()) == ("a", "b")
    assert noted(database) == ["a", "b", "there"]


def test_a_database_that_is_away_is_told_at_once_to_all_who_wait(database: Engine) -> None:
    tries: list[str] = []

    def busy(_: Connection) -> str:
        tries.append("busy")
        raise TimeoutError("the database was busy")

    answers = at_once(database, [note("a"), busy, note("b")])

    for answer in answers:
        with pytest.raises(TimeoutError, match="was busy"):
            answer.result()
    assert tries == ["busy"]
    assert noted(database) == []
