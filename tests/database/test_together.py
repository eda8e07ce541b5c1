"""Who writes at the same moment shares a transaction, and nobody bears another's fault."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any

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


def at_once(database: Engine, works: list[Work]) -> list[Any]:
    """What came of all of them, who came while another was at work."""
    begun, go_on = Event(), Event()

    def first(_: Connection) -> str:
        begun.set()
        assert go_on.wait(30)
        return "first"

    async def ask() -> list[Any]:
        together = Together(database, share)
        busy = asyncio.create_task(together.write("ann", first))
        await asyncio.to_thread(begun.wait, 30)
        asked = [asyncio.create_task(together.write("ann", work)) for work in works]
        await asyncio.sleep(0)  # until each of them has asked
        go_on.set()
        assert await busy == "first"
        return await asyncio.gather(*asked, return_exceptions=True)

    return asyncio.run(ask())


def test_those_who_wait_for_each_other_commit_once(database: Engine) -> None:
    names = ["a", "b", "c", "d"]

    with counted(database) as commits:
        answers = at_once(database, [note(name) for name in names])

    assert answers == names
    assert noted(database) == names
    assert len(commits) == 2  # that of the first, and one for all others


def test_who_is_refused_keeps_nobody_else_from_being_served(database: Engine) -> None:
    def refused(_: Connection) -> str:
        raise NotFound("no such thing")

    good, bad, other = at_once(database, [note("a"), refused, note("b")])

    assert (good, repr(bad), other) == ("a", "NotFound('no such thing')", "b")
    assert noted(database) == ["a", "b"]


def test_whose_statement_fails_takes_nobody_along(database: Engine) -> None:
    with writing(database) as tx:
        note("there")(tx)

    good, bad, other = at_once(database, [note("a"), note("there"), note("b")])

    assert (good, type(bad), other) == ("a", IntegrityError, "b")
    assert noted(database) == ["a", "b", "there"]


def test_a_database_that_is_away_is_told_at_once_to_all_who_wait(database: Engine) -> None:
    tries: list[str] = []

    def busy(_: Connection) -> str:
        tries.append("busy")
        raise TimeoutError("the database was busy")

    answers = at_once(database, [note("a"), busy, note("b")])

    assert [repr(answer) for answer in answers] == ["TimeoutError('the database was busy')"] * 3
    assert tries == ["busy"]
    assert noted(database) == []


def test_what_was_begun_is_written_though_who_asked_has_gone(database: Engine) -> None:
    begun, go_on = Event(), Event()

    def slow(tx: Connection) -> str:
        begun.set()
        assert go_on.wait(30)
        return note("a")(tx)

    async def ask() -> None:
        together = Together(database, share)
        gone = asyncio.create_task(together.write("ann", slow))
        await asyncio.to_thread(begun.wait, 30)
        gone.cancel()
        await asyncio.wait({gone})
        go_on.set()
        assert await together.write("ann", note("b")) == "b"

    asyncio.run(ask())
    assert noted(database) == ["a", "b"]
