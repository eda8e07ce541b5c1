"""A worker takes a job, says that it is still at it, or hands it back."""

from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from tilewright.database.tables import IS_WAITING, jobs
from tilewright.jobs.job import LEASE_SECONDS, Job
from tilewright.jobs.turn import ORDER

# One guarded statement each. Of many workers that ask at once each gets a row of its own: in
# PostgreSQL they pass over what another is about to take, and SQLite lets one write at a time.
_BEST = (
    select(jobs.c.id)
    .where(IS_WAITING, jobs.c.engine == bindparam("for_engine"))
    .order_by(*ORDER)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_CLAIM = (
    update(jobs)
    .where(jobs.c.id == _BEST.correlate(None).scalar_subquery(), jobs.c.state == "QUEUED")
    .values(
        state="PROCESSING",
        attempt=jobs.c.attempt + 1,
        worker=bindparam("by"),
        lease_until=bindparam("until"),
        started_at=bindparam("at"),
    )
    .returning(*jobs.c)
)

MINE = (
    jobs.c.id == bindparam("job"),
    jobs.c.state == "PROCESSING",
    jobs.c.attempt == bindparam("of_attempt"),
)
_RENEW = update(jobs).where(*MINE).values(lease_until=bindparam("until"))
GIVEN_BACK: dict[str, Any] = {
    "state": "QUEUED",
    "generation": jobs.c.generation + 1,
    "worker": None,
    "lease_until": None,
    "started_at": None,
}
_GIVE_BACK = update(jobs).where(*MINE).values(**GIVEN_BACK)


def claim(tx: Connection, engine: str, worker: str, now: float) -> Job | None:
    """The job whose turn it is, which `worker` now has the lease of; None if none waits.

    Which one is decided now, not when it was sent: what came since may go before it. The job's
    `attempt` is the fence: only with its number may the worker renew or finish.
    """
    asked = {"for_engine": engine, "by": worker, "until": now + LEASE_SECONDS, "at": now}
    row = tx.execute(_CLAIM, asked).one_or_none()
    return None if row is None else Job._make(row)


def renew(tx: Connection, job_id: str, attempt: int, now: float) -> bool:
    """Prolong the lease; False if the job was cancelled, or given to another: then stop."""
    asked = {"job": job_id, "of_attempt": attempt, "until": now + LEASE_SECONDS}
    return tx.execute(_RENEW, asked).rowcount == 1


def give_back(tx: Connection, job_id: str, attempt: int) -> bool:
    """Put a job that this worker will not finish back into the queue; it does not count as lost."""
    return tx.execute(_GIVE_BACK, {"job": job_id, "of_attempt": attempt}).rowcount == 1
