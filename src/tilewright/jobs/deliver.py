"""Which deliveries are due, and what became of each try."""

from collections.abc import Collection
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, Select, or_, select, update

from tilewright.contract import NotFound
from tilewright.database.tables import deliveries, webhooks
from tilewright.jobs.look import find

MOST_TRIES = 8

FIRST_WAIT = 5.0
GROWTH = 4.0
"""Seconds after the first failure, and by what each wait is longer than the last: the eighth and
last try comes seven and a half hours after the first."""

LONGEST_WAIT = 8 * 3600.0
"""Longer than any wait with its jitter. A delivery that is due later than that was put off before
the clock was set back."""

SENDING_SECONDS = 60.0
"""How long a delivery that was handed out is not handed out again; its sender may have died."""


class Delivery(NamedTuple):
    """One row of the table, column by column."""

    id: str
    job_id: str
    webhook_id: str | None
    account_id: str
    url: str
    secret: str
    event: str
    body: dict[str, Any]
    state: Literal["WAITING", "DELIVERED", "GIVEN_UP"]
    tries: int
    next_at: float
    last_status: int | None
    last_error: str | None
    created_at: float
    delivered_at: float | None


def any_due(tx: Connection, now: float, busy: Collection[str] = ()) -> bool:
    """Whether `due` would give anything, without taking it: a look costs no write."""
    return tx.execute(_waiting(now, busy).limit(1)).first() is not None


def _waiting(now: float, busy: Collection[str]) -> Select[str]:
    over = or_(deliveries.c.next_at <= now, deliveries.c.next_at > now + LONGEST_WAIT)
    free = deliveries.c.account_id.not_in(busy)
    return select(deliveries.c.id).where(deliveries.c.state == "WAITING", over, free)


def due(tx: Connection, now: float, limit: int, busy: Collection[str] = ()) -> list[Delivery]:
    """Deliveries to send now, each to one caller only, who has `SENDING_SECONDS` for it.

    At least once, then, not at most: a sender that dies after sending sends again. Receivers tell
    by the id, which stays the same. busy: accounts that are passed over.
    """
    first = (
        _waiting(now, busy)
        .order_by(deliveries.c.next_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = tx.execute(
        update(deliveries)
        .where(deliveries.c.id.in_(tx.scalars(first).all()))
        .values(next_at=now + SENDING_SECONDS)
        .returning(*deliveries.c)
    )
    return [Delivery._make(row) for row in rows]


def delivered(tx: Connection, delivery_id: str, status: int, now: float) -> None:
    """Note that the receiver took it."""
    tx.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery_id, deliveries.c.state == "WAITING")
        .values(
            state="DELIVERED",
            tries=deliveries.c.tries + 1,
            last_status=status,
            last_error=None,
            delivered_at=now,
        )
    )


def failed(
    tx: Connection,
    delivery: Delivery,
    status: int | None,
    error: str,
    now: float,
    jitter: float,
) -> None:
    """Note that it was not taken: try again later, or give up. `jitter` is a random 0..1.

    Twice for the same try, as after a lost answer, counts once: the number of tries is the fence.
    """
    tries = delivery.tries + 1
    tx.execute(
        update(deliveries)
        .where(
            deliveries.c.id == delivery.id,
            deliveries.c.state == "WAITING",
            deliveries.c.tries == delivery.tries,
        )
        .values(
            state="WAITING" if tries < MOST_TRIES else "GIVEN_UP",
            tries=tries,
            next_at=now + wait(tries, jitter),
            last_status=status,
            last_error=error,
        )
    )


def wait(tries: int, jitter: float) -> float:
    """Seconds until the next try: longer each time, a quarter more or less by chance (0..1)."""
    steady: float = FIRST_WAIT * GROWTH ** (tries - 1)
    return steady * (0.75 + jitter / 2)


def delivery_log(
    tx: Connection, account_id: str, webhook_id: str, limit: int = 100
) -> list[Delivery]:
    """A webhook's last deliveries, newest first; raise `NotFound` if the account has no such."""
    owner = tx.scalar(select(webhooks.c.account_id).where(webhooks.c.id == webhook_id))
    if owner != account_id:
        raise NotFound(f"webhook {webhook_id} not found")
    query = select(deliveries).where(deliveries.c.webhook_id == webhook_id)
    newest = query.order_by(deliveries.c.created_at.desc(), deliveries.c.id).limit(limit)
    return [Delivery._make(row) for row in tx.execute(newest)]


def job_log(tx: Connection, account_id: str, job_id: str, now: float) -> list[Delivery]:
    """What was told of the end of the account's job, to whom; raise `NotFound` if there is none."""
    job = find(tx, account_id, job_id, now)
    told = deliveries.c.created_at == job.finished_at, deliveries.c.job_id == job_id
    query = select(deliveries).where(*told).order_by(deliveries.c.id)
    return [Delivery._make(row) for row in tx.execute(query)]
