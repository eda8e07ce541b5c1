"""Ends a job, once: state, credits and webhooks in one transaction."""

from typing import Any, Literal, NamedTuple

from sqlalchemy import ColumnElement, Connection, Double, bindparam, func, update
from sqlalchemy.sql.dml import ReturningUpdate

from tilewright.accounts import charge, release
from tilewright.database.tables import jobs
from tilewright.jobs.job import ACTIVE, RETENTION_SECONDS, Job
from tilewright.jobs.notify import HEARD, notify


class Ending(NamedTuple):
    """How a job ended: `output` for the completed, `error` and its code for the failed."""

    state: Literal["COMPLETED", "FAILED"]
    output: dict[str, Any] | None = None
    error: str | None = None
    code: str | None = None


Fenced = ReturningUpdate[*tuple[Any, ...]]

_AT = bindparam("at", type_=Double)
_RETENTION = func.coalesce(jobs.c.options["retention_seconds"].as_float(), RETENTION_SECONDS)


def fenced(*conditions: ColumnElement[bool]) -> Fenced:
    """The statement that ends a job if it is as `conditions` say. Build it once, for speed.

    Whoever comes second meets a row that no longer fits, so nothing is settled twice.
    """
    return (
        update(jobs)
        .where(jobs.c.id == bindparam("job"), *conditions)
        .values(
            state=bindparam("to"),
            output=bindparam("made", type_=jobs.c.output.type),
            error=bindparam("why"),
            error_code=bindparam("code"),
            lease_until=None,
            finished_at=_AT,
            expires_at=_AT + _RETENTION,
        )
        .returning(*jobs.c, HEARD)
    )


IF_WAITING = fenced(jobs.c.state == "QUEUED")
IF_ACTIVE = fenced(jobs.c.state.in_(ACTIVE))
IF_ATTEMPT = fenced(jobs.c.state == "PROCESSING", jobs.c.attempt == bindparam("of_attempt"))


def end(
    tx: Connection, job_id: str, fence: Fenced, ending: Ending, now: float, **bound: int
) -> Job | None:
    """The ended job; None, and nothing done, if the job is not as `fence` wants it.

    `IF_ATTEMPT` wants `of_attempt` bound.
    """
    values = {"job": job_id, "to": ending.state, "made": ending.output, "at": now, **bound}
    row = tx.execute(fence, {**values, "why": ending.error, "code": ending.code}).one_or_none()
    if row is None:
        return None
    *columns, heard = row
    job = Job._make(columns)
    _settle(tx, job, now)
    if heard or job.options.get("webhook_url"):
        notify(tx, job, now)
    return job


def _settle(tx: Connection, job: Job, now: float) -> None:
    if job.state == "COMPLETED":
        charge(tx, job.account_id, job.id, now)
    else:
        release(tx, job.account_id, job.id, job.cost_micros, now)
