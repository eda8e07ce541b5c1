"""The ledger: each change of a balance has its row, written in the same transaction.

A job's cost is taken when it is accepted (`hold`), and either kept (`charge`, a row of nothing) or
given back (`release`) when it ends. Of each kind a job has one row at most: the database refuses a
second, so that whatever runs twice takes or gives nothing twice. A grant that may come twice has
the word of its Idempotency-Key in the job's place.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal, NamedTuple

from sqlalchemy import Connection, bindparam, insert, select, update

from tilewright.accounts.money import to_dollars, to_micros
from tilewright.contract import (
    FieldFault,
    IdempotencyConflict,
    InvalidRequest,
    NotEnoughCredits,
    NotFound,
)
from tilewright.database.once import insert_once
from tilewright.database.tables import accounts, ledger

Kind = Literal["hold", "charge", "release"]
"""Of what a job changes."""


class Entry(NamedTuple):
    """One line of an account's statement."""

    kind: str
    dollars: Decimal
    job_id: str | None
    note: str
    at: float


# The guard stands in the statement itself: no other can come between look and take.
_TAKE = (
    update(accounts)
    .where(accounts.c.id == bindparam("account"), accounts.c.balance_micros >= bindparam("least"))
    .values(balance_micros=accounts.c.balance_micros - bindparam("micros"))
)
_GIVE = (
    update(accounts)
    .where(accounts.c.id == bindparam("account"))
    .values(balance_micros=accounts.c.balance_micros + bindparam("micros"))
)
_BALANCE = select(accounts.c.balance_micros).where(accounts.c.id == bindparam("account"))
_LINE_UP = (
    select(accounts.c.balance_micros)
    .where(accounts.c.id == bindparam("account"))
    .with_for_update(key_share=True)  # rows that only refer to the account are not waited for
)
_WRITE = insert(ledger)


def balance(tx: Connection, account_id: str) -> Decimal:
    """What the account can still spend; raise `NotFound` if there is no such account."""
    micros = tx.scalar(_BALANCE, {"account": account_id})
    if micros is None:
        raise NotFound(f"account {account_id} not found")
    return to_dollars(micros)


def grant(
    tx: Connection,
    account_id: str,
    dollars: Decimal,
    note: str,
    now: float,
    once: str | None = None,
) -> None:
    """Add to the balance; less than nothing takes back, of what is not spent or held.

    once: an Idempotency-Key: what came with it before is not done again. Raises
    `IdempotencyConflict` if that was another amount, or another account's.
    """
    micros = to_micros(dollars)
    if micros == 0:
        raise InvalidRequest([FieldFault("dollars", "must be more than 0, or less to take back")])
    word = None if once is None else f"grant {once}"
    left = line_up(tx, account_id)
    row = {"account_id": account_id, "job_id": word, "kind": "grant", "micros": micros}
    if word is not None and _was_given(tx, word, row):
        return
    if left + micros < 0:
        fault = f"the account holds {to_dollars(left)}, so that {-dollars} cannot be taken back"
        raise InvalidRequest([FieldFault("dollars", fault)])
    if not insert_once(tx, ledger, **row, note=note, at=now):
        raise IdempotencyConflict(None)  # another account's, at the same moment
    tx.execute(_GIVE, {"account": account_id, "micros": micros})


def _was_given(tx: Connection, word: str, row: Mapping[str, object]) -> bool:
    """Whether that row is there; raise `IdempotencyConflict` if its word has another."""
    there = tx.execute(
        select(*(ledger.c[name] for name in row)).where(
            ledger.c.job_id == word, ledger.c.kind == "grant"
        )
    ).one_or_none()
    if there is not None and dict(there._mapping) != row:
        raise IdempotencyConflict(None)
    return there is not None


def line_up(tx: Connection, account_id: str) -> int:
    """Wait until no other transaction that lined up, or changed the balance, is under way.

    What the account can still spend, in micros: it stays so until this transaction changes it. A
    transaction that writes in SQLite is alone anyway.
    """
    micros = tx.scalar(_LINE_UP, {"account": account_id})
    if micros is None:
        raise NotFound(f"account {account_id} not found")
    return int(micros)


def hold(tx: Connection, account_id: str, costs: Mapping[str, int], now: float) -> None:
    """Take the cost of each job, by its id, all or none; raise `NotEnoughCredits` for none."""
    whole = sum(costs.values())
    taking = {"account": account_id, "micros": whole, "least": whole}
    if tx.execute(_TAKE, taking).rowcount == 0:
        raise NotEnoughCredits(to_dollars(whole), balance(tx, account_id))
    _write(tx, account_id, "hold", {job: -micros for job, micros in costs.items()}, now)


def charge(tx: Connection, account_id: str, job_id: str, now: float) -> None:
    """Keep what was held: the job was done. The balance stays as it is."""
    _write(tx, account_id, "charge", {job_id: 0}, now)


def release(tx: Connection, account_id: str, job_id: str, micros: int, now: float) -> None:
    """Give back what was held: the job was not done."""
    _write(tx, account_id, "release", {job_id: micros}, now)
    tx.execute(_GIVE, {"account": account_id, "micros": micros})


def statement(tx: Connection, account_id: str, limit: int) -> list[Entry]:
    """The last changes of a balance, newest first."""
    rows = tx.execute(
        select(ledger.c.kind, ledger.c.micros, ledger.c.job_id, ledger.c.note, ledger.c.at)
        .where(ledger.c.account_id == account_id)
        .order_by(ledger.c.id.desc())
        .limit(limit)
    )
    return [
        Entry(
            row.kind,
            to_dollars(row.micros),
            None if row.kind == "grant" else row.job_id,
            row.note,
            row.at,
        )
        for row in rows
    ]


def _write(
    tx: Connection, account_id: str, kind: Kind, changes: Mapping[str, int], now: float
) -> None:
    """Rows of one kind: what each job changes."""
    same = {"account_id": account_id, "kind": kind, "note": "", "at": now}
    rows = [{**same, "job_id": job_id, "micros": micros} for job_id, micros in changes.items()]
    tx.execute(_WRITE, rows)
