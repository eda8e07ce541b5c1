"""Which jobs wait, best first."""

from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select

from tilewright.database.tables import jobs


class Ready(NamedTuple):
    """A job that waits, and how often it has come back to the queue."""

    job_id: str
    generation: int


_READY = (
    select(jobs.c.id, jobs.c.generation)
    .where(jobs.c.state == "QUEUED")
    .order_by(jobs.c.priority, jobs.c.created_at, jobs.c.id)
    .limit(bindparam("most"))
)


def ready(tx: Connection, limit: int) -> list[Ready]:
    """The jobs to be sent to workers next: smallest priority first, then the oldest."""
    return [Ready._make(row) for row in tx.execute(_READY, {"most": limit})]
