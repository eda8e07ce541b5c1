"""Who looks at the same moment shares a connection, and nobody bears another's fault."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, literal, select

from tilewright.contract import NotFound
from tilewright.database import Looks

Read = Callable[[Connection], Any]


def one(tx: Connection) -> int:
    return int(tx.scalars(select(literal(1))).one())


def refused(_: Connection) -> int:
    raise NotFound("no such thing")


def away(_: Connection) -> int:
    raise TimeoutError("the database was busy")


@pytest.fixture
def looks(database: Engine) -> Iterator[Looks]:
    found = Looks(database)
    yield found
    found.close()


def asked(looks: Looks, *reads: Read) -> list[Any]:
    """What each finds, or what was raised for it."""

    async def ask() -> list[Any]:
        return await asyncio.gather(*(looks.look(read) for read in reads), return_exceptions=True)

    return asyncio.run(ask())


def kinds(found: list[Any]) -> list[type]:
    return [type(each) for each in found]


def test_everybody_finds_what_they_looked_for(looks: Looks) -> None:
    reads = [lambda tx, n=number: n + one(tx) for number in range(50)]

    assert asked(looks, *reads) == list(range(1, 51))


def test_a_fault_is_told_to_who_made_it_alone(looks: Looks) -> None:
    assert kinds(asked(looks, one, refused, one)) == [int, NotFound, int]


def test_a_database_that_is_away_is_told(looks: Looks) -> None:
    assert kinds(asked(looks, away)) == [TimeoutError]
    assert asked(looks, one) == [1]
