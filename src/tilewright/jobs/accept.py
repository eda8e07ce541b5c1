"""Accepts a job: the row, the hold on the credits and the claim on its blobs, or nothing at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import Connection, bindparam, func, insert, select, update

from tilewright.accounts import Caller, hold, to_micros
from tilewright.contract import IdempotencyConflict, TooManyAtOnce
from tilewright.database.tables import IS_ACTIVE, jobs
from tilewright.jobs.blobs import own
from tilewright.jobs.job import Job
from tilewright.jobs.turn import next_turn
from tilewright.jobs.upload import hold_uploads

BUSY_SECONDS = 5.0
"""After which a caller with too many jobs may try again: about what one tile takes."""


@dataclass(frozen=True, kw_only=True)
class Submission:
    """A request that was checked, and what belongs to it."""

    slug: str
    engine: str
    """That must make it."""
    request: Mapping[str, Any]
    """The parameters as sent, without images."""
    inputs: Mapping[str, str | None]
    """The blobs of `image_1` to `image_3`."""
    cost: Decimal
    """In dollars."""
    body_hash: str
    options: Mapping[str, Any] = field(default_factory=dict)
    """`base64`, `webhook_url`, `retention_seconds`, `traceparent`."""
    uploads: tuple[str, ...] = ()
    """Uploads whose blobs are among the inputs; they must still be there."""
    seed: int | None = None
    priority: int = 0
    """Smaller is sooner."""
    idempotency_key: str | None = None


class Accepted(NamedTuple):
    """The job; `new` is False if the Idempotency-Key brought back an earlier one."""

    job: Job
    new: bool


_BY_IDEMPOTENCY_KEY = select(jobs).where(
    jobs.c.account_id == bindparam("account"), jobs.c.idempotency_key == bindparam("word")
)
_FREE_KEY = (
    update(jobs)
    .where(
        jobs.c.account_id == bindparam("account"),
        jobs.c.idempotency_key == bindparam("word"),
        jobs.c.expires_at <= bindparam("at"),
    )
    .values(idempotency_key=None)
)
_AT_ONCE = select(func.count()).where(jobs.c.key_id == bindparam("key"), IS_ACTIVE)
_INSERT = insert(jobs)


def accept(tx: Connection, caller: Caller, submission: Submission, now: float) -> Accepted:
    """Make `submission` a job that will end, and hold what it costs.

    Raise `IdempotencyConflict`, `TooManyAtOnce`, `NotEnoughCredits`, or `NotFound` for an upload
    that has expired; nothing was written then.

    `accounts.line_up` comes first: the submits of an account come one after the other, so that what
    was looked at is still so when it is written, and no two wait for each other.
    """
    earlier = _earlier(tx, caller, submission, now)
    if earlier is not None:
        return Accepted(earlier, new=False)
    _check_at_once(tx, caller)
    hold_uploads(tx, caller.account_id, submission.uploads, now)
    turn = next_turn(tx, caller.key_id, submission.engine, submission.priority)
    job = _job(caller, submission, turn, now)
    hold(tx, caller.account_id, job.id, job.cost_micros, now)
    _free_key(tx, caller, submission, now)
    tx.execute(_INSERT, job._asdict())
    own(tx, job.id, [blob for blob in job.inputs.values() if blob])
    return Accepted(job, new=True)


def find_idempotent(
    tx: Connection, caller: Caller, idempotency_key: str, body_hash: str, now: float
) -> Job | None:
    """The job that was submitted with this key; raise `IdempotencyConflict` for another body."""
    asked = {"account": caller.account_id, "word": idempotency_key}
    row = tx.execute(_BY_IDEMPOTENCY_KEY, asked).first()
    if row is None:
        return None
    job = Job._make(row)
    if job.expires_at is not None and job.expires_at <= now:
        return None
    if job.body_hash != body_hash:
        raise IdempotencyConflict(job.id)
    return job


def _earlier(tx: Connection, caller: Caller, submission: Submission, now: float) -> Job | None:
    word = submission.idempotency_key
    if word is None:
        return None
    return find_idempotent(tx, caller, word, submission.body_hash, now)


def _free_key(tx: Connection, caller: Caller, submission: Submission, now: float) -> None:
    """A key that only an expired job has is free again."""
    word = submission.idempotency_key
    if word is not None:
        tx.execute(_FREE_KEY, {"account": caller.account_id, "word": word, "at": now})


def _job(caller: Caller, submission: Submission, turn: int, now: float) -> Job:
    return Job(
        id=str(uuid4()),
        account_id=caller.account_id,
        key_id=caller.key_id,
        slug=submission.slug,
        engine=submission.engine,
        state="QUEUED",
        request=dict(submission.request),
        inputs=dict(submission.inputs),
        options=dict(submission.options),
        output=None,
        error=None,
        error_code=None,
        cost_micros=to_micros(submission.cost),
        seed=submission.seed,
        priority=submission.priority,
        turn=turn,
        generation=0,
        attempt=0,
        losses=0,
        worker=None,
        lease_until=None,
        idempotency_key=submission.idempotency_key,
        body_hash=submission.body_hash,
        created_at=now,
        started_at=None,
        finished_at=None,
        expires_at=None,
    )


def _check_at_once(tx: Connection, caller: Caller) -> None:
    if caller.key_id is None or caller.at_once is None:
        return
    if tx.scalars(_AT_ONCE, {"key": caller.key_id}).one() >= caller.at_once:
        raise TooManyAtOnce(caller.at_once, BUSY_SECONDS)
