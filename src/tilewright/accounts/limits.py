"""Requests per minute: a bucket of tokens for each key, which fills at an even rate."""

from functools import cache
from typing import NamedTuple

from sqlalchemy import Connection, Double, Text, and_, bindparam, case, select
from sqlalchemy.sql.dml import ReturningInsert

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


_KEY = bindparam("key", type_=Text)
_NOW = bindparam("now", type_=Double)
_WHOLE = bindparam("whole", type_=Double)
_ELAPSED = _NOW - buckets.c.filled_at
_GROWN = buckets.c.tokens + _ELAPSED * (_WHOLE / MINUTE)

_FILLED = case(
    (_ELAPSED < -SKEW_SECONDS, _WHOLE),
    (and_(_ELAPSED < 0, buckets.c.tokens < _WHOLE), buckets.c.tokens),
    (and_(_ELAPSED >= 0, _GROWN < _WHOLE), _GROWN),
    else_=_WHOLE,
)
"""What is in the bucket now."""

_FILLED_AT = case((and_(_ELAPSED < 0, _ELAPSED >= -SKEW_SECONDS), buckets.c.filled_at), else_=_NOW)
"""Never back by a mere skew, or doors in turn would fill the same seconds again and again."""

_LOOK = select(_FILLED).where(buckets.c.key_id == _KEY)


@cache  # to build a statement takes longer than to run it
def _take(dialect: str) -> ReturningInsert[float]:
    new = insert_for(dialect, buckets).values(key_id=_KEY, tokens=_WHOLE - 1, filled_at=_NOW)
    return new.on_conflict_do_update(
        index_elements=[buckets.c.key_id],
        set_={"tokens": _FILLED - 1, "filled_at": _FILLED_AT},
        where=_FILLED >= 1,
    ).returning(buckets.c.tokens)


def take(tx: Connection, key_id: str, per_minute: int, now: float) -> Allowance:
    """Take one request from the key's bucket; raise `RateLimited` if it holds none.

    One guarded statement: two doors never give out the same token.
    """
    asked = {"key": key_id, "whole": float(per_minute), "now": now}
    left = tx.scalar(_take(tx.dialect.name), asked)
    if left is None:
        raise _refusal(tx.scalars(_LOOK, asked).one(), per_minute, now)
    return Allowance(per_minute, int(left), now + _seconds(per_minute - left, per_minute))


def _refusal(tokens: float, per_minute: int, now: float) -> RateLimited:
    return RateLimited(
        per_minute,
        retry_after=_seconds(1 - tokens, per_minute),
        reset_at=now + _seconds(per_minute - tokens, per_minute),
    )


def _seconds(tokens: float, per_minute: int) -> float:
    return tokens * MINUTE / per_minute
