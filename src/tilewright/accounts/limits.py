"""Requests per minute: a bucket of tokens for each key, which fills at an even rate."""

from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, case, literal, select

from tilewright.contract import RateLimited
from tilewright.database.once import insert_for
from tilewright.database.tables import buckets

MINUTE = 60.0

SKEW_SECONDS = 5.0
"""Doors' clocks may differ by so much. A bucket filled later than that was filled before the clock
was set back: it counts as full, rather than as closed until the old time comes again."""


class Allowance(NamedTuple):
    """What is left of a key's requests."""

    limit: int
    remaining: int
    reset_at: float


def take(tx: Connection, key_id: str, per_minute: int, now: float) -> Allowance:
    """Take one request from the key's bucket; raise `RateLimited` if it holds none.

    One guarded statement: two doors never give out the same token.
    """
    full = _filled(per_minute, now)
    new = insert_for(tx, buckets).values(key_id=key_id, tokens=per_minute - 1, filled_at=now)
    left = tx.scalar(
        new.on_conflict_do_update(
            index_elements=[buckets.c.key_id],
            set_={"tokens": full - 1, "filled_at": _filled_at(now)},
            where=full >= 1,
        ).returning(buckets.c.tokens)
    )
    if left is None:
        raise _refusal(tx, key_id, per_minute, now)
    return Allowance(per_minute, int(left), now + _seconds(per_minute - left, per_minute))


def _filled(per_minute: int, now: float) -> ColumnElement[float]:
    """What is in the bucket now."""
    whole, elapsed = literal(float(per_minute)), now - buckets.c.filled_at
    grown = buckets.c.tokens + elapsed * (per_minute / MINUTE)
    return case(
        (elapsed < -SKEW_SECONDS, whole),
        (elapsed < 0, case((buckets.c.tokens < whole, buckets.c.tokens), else_=whole)),
        (grown < whole, grown),
        else_=whole,
    )


def _filled_at(now: float) -> ColumnElement[float]:
    """Never back by a mere skew, or doors in turn would fill the same seconds again and again."""
    elapsed = now - buckets.c.filled_at
    skewed = (elapsed < 0) & (elapsed >= -SKEW_SECONDS)
    return case((skewed, buckets.c.filled_at), else_=literal(now))


def _refusal(tx: Connection, key_id: str, per_minute: int, now: float) -> RateLimited:
    tokens = tx.scalars(select(_filled(per_minute, now)).where(buckets.c.key_id == key_id)).one()
    return RateLimited(
        per_minute,
        retry_after=_seconds(1 - tokens, per_minute),
        reset_at=now + _seconds(per_minute - tokens, per_minute),
    )


def _seconds(tokens: float, per_minute: int) -> float:
    return tokens * MINUTE / per_minute
