"""Accepts jobs: the row, the hold on the credits and the claim on the blobs, or nothing at all."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import Connection, bindparam, func, insert, select, update

from tilewright.accounts import Caller, hold, line_up, to_dollars, to_micros
from tilewright.contract import IdempotencyConflict, NotEnoughCredits, TooManyAtOnce
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
    texels: int
    """Of the tile."""
    cost: Decimal
    """In dollars."""
    body_hash: str
    options: Mapping[str, Any] = field(default_factory=dict)
    """`base64`, `webhook_url`, `retention_seconds`, `sent`, `traceparent`."""
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


@contextmanager
def accepting(tx: Connection, account_id: str) -> Iterator["Acceptance"]:
    """Accept jobs of an account in the block; they are written at its end.

    The submits of an account come one after the other, so that what was looked at is still so when
    it is written, and no two wait for each other.
    """
    acceptance = Acceptance(tx, account_id)
    yield acceptance
    acceptance.write()


class Acceptance:
    """Jobs of one account in one transaction: each looked at by itself, all written at once."""

    def __init__(self, tx: Connection, account_id: str) -> None:
        self.tx = tx
        self._account = account_id
        self._known = False

    def accept(self, caller: Caller, submission: Submission, now: float) -> Accepted:
        """Make `submission` a job that will end, and hold what it costs.

        Raise `IdempotencyConflict`, `TooManyAtOnce`, `NotEnoughCredits`, or `NotFound` for an
        upload that has expired; nothing is written for it then.
        """
        if not self._known:
            self._look()
        earlier = self._earlier(caller, submission, now)
        if earlier is not None:
            return Accepted(earlier, new=False)
        self._check_at_once(caller)
        hold_uploads(self.tx, self._account, submission.uploads, now)
        cost = to_micros(submission.cost)
        if cost > self._left:
            raise NotEnoughCredits(to_dollars(cost), to_dollars(self._left))
        job = _job(caller, submission, self._turn(caller.key_id, submission), now)
        self._left -= cost
        self._jobs.append(job)
        return Accepted(job, new=True)

    def write(self) -> None:
        """Write what was accepted until now: whatever is done with such a job comes after this."""
        if not self._known or not self._jobs:
            return
        jobs, tx = self._jobs, self.tx
        hold(tx, self._account, {job.id: job.cost_micros for job in jobs}, jobs[-1].created_at)
        for job in jobs:
            _free_key(tx, job)
        tx.execute(_INSERT, [job._asdict() for job in jobs])
        own(tx, {job.id: [blob for blob in job.inputs.values() if blob] for job in jobs})
        self._known = False  # with what is written, more may be done than to wait

    def _look(self) -> None:
        self._known = True
        self._left = line_up(self.tx, self._account)
        self._jobs: list[Job] = []
        self._active: dict[str, int] = {}
        self._turns: dict[tuple[str | None, str, int], int] = {}

    def _earlier(self, caller: Caller, submission: Submission, now: float) -> Job | None:
        word = submission.idempotency_key
        if word is None:
            return None
        for job in self._jobs:
            if job.idempotency_key == word:
                return _if_same(job, submission.body_hash)
        return find_idempotent(self.tx, caller, word, submission.body_hash, now)

    def _check_at_once(self, caller: Caller) -> None:
        key, most = caller.key_id, caller.at_once
        if key is None or most is None:
            return
        if key not in self._active:
            self._active[key] = self.tx.scalars(_AT_ONCE, {"key": key}).one()
        if self._active[key] + sum(job.key_id == key for job in self._jobs) >= most:
            raise TooManyAtOnce(most, BUSY_SECONDS)

    def _turn(self, key_id: str | None, submission: Submission) -> int:
        """The one after that of the key's last."""
        same = (key_id, submission.engine, submission.priority)
        known = self._turns.get(same)
        self._turns[same] = next_turn(self.tx, *same) if known is None else known + 1
        return self._turns[same]


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
    return _if_same(job, body_hash)


def _if_same(job: Job, body_hash: str) -> Job:
    if job.body_hash != body_hash:
        raise IdempotencyConflict(job.id)
    return job


def _free_key(tx: Connection, job: Job) -> None:
    """A key that only an expired job has is free again."""
    if job.idempotency_key is not None:
        asked = {"account": job.account_id, "word": job.idempotency_key, "at": job.created_at}
        tx.execute(_FREE_KEY, asked)


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
        texels=submission.texels,
    )
