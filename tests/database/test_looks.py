"""Who looks at the same moment shares a connection, and nobody bears another's fault."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, Integer, bindparam, event, literal, select

from tilewright.accounts import authenticate, create_account, create_key, revoke
from tilewright.contract import NotFound, Unauthorized
from tilewright.database import Looks, Rows, seen, writing
from tilewright.database.tables import accounts

NOW = 1_800_000_000.0

Read = Callable[[Connection], Any]


def one(tx: Connection) -> int:
    return int(tx.scalars(select(literal(1))).one())


def broken(tx: Connection) -> int:
    tx.connection.info.clear()  # as whoever takes a broken connection out of the pool does
    raise TimeoutError("the connection broke")


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
    for read in (away, broken):
        assert kinds(asked(looks, read)) == [TimeoutError]
        assert asked(looks, one) == [1]


@pytest.fixture
def statements(database: Engine) -> list[str]:
    """What the database is asked from now on."""
    found: list[str] = []
    event.listen(database, "before_cursor_execute", lambda *told: found.append(told[2]))
    return found


def together(database: Engine) -> bool:
    """Whether those who look at once share anything; in SQLite a look costs less than to share."""
    return database.dialect.name == "postgresql"


def test_what_many_who_look_together_ask_for_is_asked_for_once(
    database: Engine, looks: Looks, statements: list[str]
) -> None:
    query = select(bindparam("number", type_=Integer) + 1)

    reads = [lambda tx, n=number % 2: seen(tx, query, number=n) for number in range(100)]
    found = [row[0] for row in asked(looks, *reads)]

    assert found == [1, 2] * 50
    assert len(statements) < (50 if together(database) else 101)


def test_rows_that_many_look_for_together_are_found_by_one_statement(
    database: Engine, looks: Looks, statements: list[str]
) -> None:
    by_name = Rows(accounts.c.name, accounts.c)
    names = [f"account {number}" for number in range(50)]
    with writing(database) as tx:
        for name in names[:40]:
            create_account(tx, name, NOW)
    statements.clear()

    async def find(name: str) -> Any:
        return await looks.look(lambda tx: by_name.find(tx, name), (by_name, name))

    async def find_all() -> list[Any]:
        return list(await asyncio.gather(*map(find, names)))

    found = asyncio.run(find_all())
    assert [row and row.name for row in found] == names[:40] + [None] * 10
    assert len(statements) < (25 if together(database) else 51)


def test_a_key_that_was_revoked_is_refused_by_the_next_look(database: Engine, looks: Looks) -> None:
    with writing(database) as tx:
        account = create_account(tx, "carol", NOW)
        key, secret = create_key(tx, account, "a key", NOW)
    reads = [lambda tx: authenticate(tx, secret, NOW).key_id] * 20

    assert set(asked(looks, *reads)) == {key.id}
    with writing(database) as tx:
        revoke(tx, key.id, NOW)
    assert kinds(asked(looks, *reads)) == [Unauthorized] * 20
