"""Ends a job that was accepted but must not be run, for what it asks for."""

from sqlalchemy import Connection

from tilewright.jobs.end import IF_WAITING, Ending, end
from tilewright.jobs.job import Job
from tilewright.jobs.look import find

CODE = "content_blocked"


def refuse(tx: Connection, job_id: str, why: str, now: float) -> Job:
    """Fail a job that waits, and give its cost back; the job as it is then."""
    ended = end(tx, job_id, IF_WAITING, Ending("FAILED", error=why, code=CODE), now)
    return ended or find(tx, None, job_id, now)
