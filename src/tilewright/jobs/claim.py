"""A worker takes a job, says that it is still at it, or hands it back."""

from typing import Any

from sqlalchemy import Connection, bindparam, update

from tilewright.database.tables import jobs
from tilewright.jobs.job import LEASE_SECONDS, Job

# One guarded statement each. Of many workers that ask for the same job the database lets one
# through, and the others find a row that no longer fits.
_CLAIM = (
    update(jobs)
    .where(
        jobs.c.id == bindparam("job"),
        jobs.c.state == "QUEUED",
        jobs.c.generation == bindparam("at_generation"),
    )
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
    "generation": jobs.c.generation + 1,  # the queue's message for it is a new one
    "worker": None,
    "lease_until": None,
    "started_at": None,
}
_GIVE_BACK = update(jobs).where(*MINE).values(**GIVEN_BACK)


def claim(tx: Connection, job_id: str, generation: int, worker: str, now: float) -> Job | None:
    """The job, which `worker` now has the lease of; None if it is not to be had (any more).

    The job's `attempt` is the fence: only with its number may the worker renew or finish.
    """
    until = now + LEASE_SECONDS
    asked = {"job": job_id, "at_generation": generation, "by": worker, "until": until, "at": now}
    row = tx.execute(_CLAIM, asked).one_or_none()
    return None if row is None else Job._make(row)


def renew(tx: Connection, job_id: str, attempt: int, now: float) -> bool:
    """Prolong the lease; False if the job was cancelled, or given to another: then stop."""
    asked = {"job": job_id, "of_attempt": attempt, "until": now + LEASE_SECONDS}
    return tx.execute(_RENEW, asked).rowcount == 1


def give_back(tx: Connection, job_id: str, attempt: int) -> bool:
    """Put a job that this worker will not finish back into the queue; it does not count as lost."""
    return tx.execute(_GIVE_BACK, {"job": job_id, "of_attempt": attempt}).rowcount == 1
