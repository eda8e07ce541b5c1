"""How many jobs there are in each state, and how long the oldest waits: for those who watch."""

from typing import NamedTuple, get_args

from sqlalchemy import Connection, func, select

from tilewright.database.tables import jobs
from tilewright.jobs.job import State


class Counts(NamedTuple):
    """Kept jobs by state, zeros included; the age of the oldest queued one, 0 if none waits."""

    by_state: dict[str, int]
    oldest_queued: float


_BY_STATE = select(jobs.c.state, func.count()).group_by(jobs.c.state)
_OLDEST = select(func.min(jobs.c.created_at)).where(jobs.c.state == "QUEUED")


def counts(tx: Connection, now: float) -> Counts:
    """One look at the whole table's index."""
    found = dict.fromkeys(get_args(State), 0)
    found.update((state, number) for state, number in tx.execute(_BY_STATE))
    oldest = tx.scalar(_OLDEST)
    return Counts(found, 0.0 if oldest is None else max(0.0, now - oldest))
