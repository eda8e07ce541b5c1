"""Finds jobs whose worker is gone, or that nobody ever took."""

from sqlalchemy import ColumnElement, Connection, or_, select, update

from tilewright.database.tables import IS_RUNNING, IS_WAITING, jobs
from tilewright.jobs.claim import GIVEN_BACK, MINE
from tilewright.jobs.end import IF_ATTEMPT, IF_WAITING, Ending, end
from tilewright.jobs.job import LEASE_SECONDS, MOST_LOSSES, Job

UNRUN_SECONDS = 24 * 3600.0
"""After which nobody waits any more for a job that no worker took."""

MOST_RECOVERED = 200
"""Jobs of one transaction, so that it stays short; the next call takes the others."""

LOST = Ending(
    "FAILED",
    error=f"its worker was lost {MOST_LOSSES} times; send it again with a smaller photo",
    code="worker_lost",
)
UNRUN = Ending("FAILED", error="no worker took it within a day; send it again", code="unrun")

_SEND_BACK = (
    update(jobs).where(*MINE).values(**GIVEN_BACK, losses=jobs.c.losses + 1).returning(*jobs.c)
)


def recover(tx: Connection, now: float) -> list[Job]:
    """The jobs that went back to the queue, or failed and were refunded: their state says which.

    Any number of doors may call it at once: each takes the rows that no other has.
    """
    stuck = _stuck(tx, IS_RUNNING, _lease_is_over(now))
    stuck += _stuck(tx, IS_WAITING, jobs.c.created_at < now - UNRUN_SECONDS)
    stuck.sort(key=_in_order)
    return [job for job in (_recover(tx, job, now) for job in stuck) if job is not None]


def extend_leases(tx: Connection, now: float) -> int:
    """Renew every lease, since no worker could while the doors were closed; how many."""
    running = update(jobs).where(jobs.c.state == "PROCESSING")
    return tx.execute(running.values(lease_until=now + LEASE_SECONDS)).rowcount


def _lease_is_over(now: float) -> ColumnElement[bool]:
    """Past; or so far ahead that the clock was set back since, and it would last for hours."""
    return or_(jobs.c.lease_until < now, jobs.c.lease_until > now + 2 * LEASE_SECONDS)


def _stuck(tx: Connection, *conditions: ColumnElement[bool]) -> list[Job]:
    """Locked, so that no other door takes the same.

    Not in any order: SQLite would read all that is kept, for the sake of it.
    """
    query = select(jobs).where(*conditions)
    some = query.limit(MOST_RECOVERED).with_for_update(skip_locked=True)
    return [Job._make(row) for row in tx.execute(some)]


def _in_order(job: Job) -> tuple[str, str]:
    """Of accounts, whose rows are locked one after the other when jobs end: two doors that do the
    same in another order would wait for each other.
    """
    return job.account_id, job.id


def _recover(tx: Connection, job: Job, now: float) -> Job | None:
    if job.state == "QUEUED":
        return end(tx, job.id, IF_WAITING, UNRUN, now)
    if job.losses + 1 >= MOST_LOSSES:
        return end(tx, job.id, IF_ATTEMPT, LOST, now, of_attempt=job.attempt)
    row = tx.execute(_SEND_BACK, {"job": job.id, "of_attempt": job.attempt}).one_or_none()
    return None if row is None else Job._make(row)
