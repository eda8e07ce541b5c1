"""Cancels a job that waits or runs."""

from sqlalchemy import Connection, true

from tilewright.database.tables import jobs
from tilewright.jobs.end import Ending, end
from tilewright.jobs.job import ACTIVE, Job
from tilewright.jobs.look import find

CANCELLED = Ending("FAILED", error="cancelled by its owner", code="cancelled")


def cancel(tx: Connection, account_id: str | None, job_id: str, now: float) -> Job:
    """End the account's job (or anybody's) at once and give its cost back; the job as it is then.

    One that has ended already stays as it was. Raise `NotFound` if there is none.
    """
    mine = true() if account_id is None else jobs.c.account_id == account_id
    fence = jobs.c.state.in_(ACTIVE), mine
    return end(tx, job_id, fence, CANCELLED, now) or find(tx, account_id, job_id, now)
