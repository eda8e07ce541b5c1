"""Whose turn it is: keys take turns, however much each of them has sent.

A job's turn is the one after the last of its key's own that wait, but never before the one that
is served now. So ten thousand jobs of one key take ten thousand turns, and the one job of another
comes into the next. Within a turn the older goes first, and a smaller priority before all turns.
"""

from sqlalchemy import Connection, bindparam, select

from tilewright.database.tables import IS_ACTIVE, IS_WAITING, jobs

ORDER = (jobs.c.priority, jobs.c.turn, jobs.c.created_at, jobs.c.id)
"""Of the jobs that wait for one engine."""

_SAME = (jobs.c.engine == bindparam("for_engine"), jobs.c.priority == bindparam("at_priority"))
# Not min and max: PostgreSQL, if it counted the rows while none waited, reads all for these.
_NOW = select(jobs.c.turn).where(IS_WAITING, *_SAME).order_by(jobs.c.turn).limit(1)
_OWN = (
    select(jobs.c.turn)
    .where(IS_ACTIVE, *_SAME, jobs.c.key_id == bindparam("key"))
    .order_by(jobs.c.turn.desc())
    .limit(1)
)
_BOTH = select(_NOW.scalar_subquery(), _OWN.scalar_subquery())


def next_turn(tx: Connection, key_id: str | None, engine: str, priority: int) -> int:
    """The turn of a job that this key sends now; two that are sent at once may get the same.

    Two looks into indexes, as long as the queue may be.
    """
    asked = {"for_engine": engine, "at_priority": priority, "key": key_id}
    now, own = tx.execute(_BOTH, asked).one()
    return max(now or 0, 0 if own is None else own + 1)
