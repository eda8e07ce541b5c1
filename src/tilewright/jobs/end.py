"""Ends a job, once: state, credits and webhooks in one transaction."""

from typing import Any, Literal, NamedTuple

from sqlalchemy import ColumnElement, Connection, Double, bindparam, func, update

from tilewright.accounts import charge, release
from tilewright.database.tables import jobs
from tilewright.jobs.job import RETENTION_SECONDS, Job
from tilewright.jobs.notify import notify


class Ending(NamedTuple):
    """How a job ended: `output` for the completed, `error` and its code for the failed."""

    state: Literal["COMPLETED", "FAILED"]
    output: dict[str, Any] | None = None
    error: str | None = None
    code: str | None = None


_AT = bindparam("at", type_=Double)
_RETENTION = func.coalesce(jobs.c.options["retention_seconds"].as_float(), RETENTION_SECONDS)


def end(
    tx: Connection, job_id: str, fence: tuple[ColumnElement[bool], ...], ending: Ending, now: float
) -> Job | None:
    """The ended job; None, and nothing done, if the job is not as `fence` says.

    Whoever comes second meets a row that no longer fits the fence, so nothing is settled twice.
    """
    statement = (
        update(jobs)
        .where(jobs.c.id == bindparam("job"), *fence)
        .values(
            state=bindparam("to"),
            output=bindparam("made", type_=jobs.c.output.type),
            error=bindparam("why"),
            error_code=bindparam("code"),
            lease_until=None,
            finished_at=_AT,
            expires_at=_AT + _RETENTION,
        )
        .returning(*jobs.c)
    )
    values = {"job": job_id, "to": ending.state, "made": ending.output, "at": now}
    row = tx.execute(statement, {**values, "why": ending.error, "code": ending.code}).one_or_none()
    if row is None:
        return None
    job = Job._make(row)
    _settle(tx, job, now)
    notify(tx, job, now)
    return job


def _settle(tx: Connection, job: Job, now: float) -> None:
    if job.state == "COMPLETED":
        charge(tx, job.account_id, job.id, now)
    else:
        release(tx, job.account_id, job.id, job.cost_micros, now)
