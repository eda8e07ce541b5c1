"""How many jobs wait for each engine and for how long, and those that wait in vain."""

from typing import NamedTuple

from sqlalchemy import Connection, Select, bindparam, func, select

from tilewright.database.tables import IS_RUNNING, IS_WAITING, jobs
from tilewright.jobs.end import IF_WAITING, Ending, end
from tilewright.jobs.job import Job
from tilewright.jobs.turn import ORDER

MOST_FAILED = 200
"""Jobs of one transaction, so that it stays short; the next call takes the others."""


class Queue(NamedTuple):
    """The jobs of one engine: how many wait and run, and how old the oldest is that waits."""

    waiting: int
    running: int
    oldest: float


_NUMBERS = [
    select(jobs.c.engine, func.count(), func.min(jobs.c.created_at))
    .where(rows)
    .group_by(jobs.c.engine)
    for rows in (IS_WAITING, IS_RUNNING)
]
# In order, which lets the database look for them in that index alone.
_SOME = select(jobs.c.id).where(IS_WAITING, jobs.c.engine == bindparam("engine")).order_by(*ORDER)
_AT_MOST = select(func.count()).select_from(_SOME.limit(bindparam("most")).subquery())


def queues(tx: Connection, now: float) -> dict[str, Queue]:
    """Every engine that has jobs; costs what waits and runs, not what is kept."""
    waiting, running = ({row[0]: row for row in tx.execute(query)} for query in _NUMBERS)
    return {
        engine: Queue(
            waiting[engine][1] if engine in waiting else 0,
            running[engine][1] if engine in running else 0,
            max(0.0, now - waiting[engine][2]) if engine in waiting else 0.0,
        )
        for engine in sorted({*waiting, *running})
    }


def how_many_wait(tx: Connection, engine: str, most: int) -> int:
    """How many jobs wait for an engine, counted up to `most`."""
    return tx.scalars(_AT_MOST, {"engine": engine, "most": most}).one()


def fail_unserved(tx: Connection, engine: str, seconds: float, now: float) -> list[Job]:
    """End and refund those that have waited so long for an engine that no worker offers.

    Whether none does is for the caller to know. Any number of doors may call it at once.
    """
    ending = Ending(
        "FAILED",
        error=f"no worker of the {engine} engine was there for {seconds:g} s; send it again later"
        ", or with another engine",
        code="no_worker",
    )
    late = sorted(tx.execute(_late(engine, now - seconds)).all())  # by account: see `recover`
    ended = (end(tx, job_id, IF_WAITING, ending, now) for _, job_id in late)
    return [job for job in ended if job is not None]


def _late(engine: str, before: float) -> Select[str, str]:
    return (
        select(jobs.c.account_id, jobs.c.id)
        .where(IS_WAITING, jobs.c.engine == engine, jobs.c.created_at < before)
        .limit(MOST_FAILED)
        .with_for_update(skip_locked=True)
    )
