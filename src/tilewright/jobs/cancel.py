"""Cancels a job that waits or runs."""

from sqlalchemy import Connection

from tilewright.jobs.end import IF_ACTIVE, Ending, end
from tilewright.jobs.job import Job
from tilewright.jobs.look import find

CANCELLED = Ending("FAILED", error="cancelled by its owner", code="cancelled")

UNAWAITED = Ending(
    "FAILED",
    error="cancelled, since the sync call that waited for it ended first; submit to /v2 and poll",
    code=CANCELLED.code,
)


def cancel(
    tx: Connection, account_id: str | None, job_id: str, now: float, ending: Ending = CANCELLED
) -> Job:
    """End the account's job (or anybody's) at once and give its cost back; the job as it is then.

    One that has ended already stays as it was. Raise `NotFound` if there is none.
    """
    job = find(tx, account_id, job_id, now)
    return end(tx, job.id, IF_ACTIVE, ending, now) or find(tx, account_id, job_id, now)
