"""Looks at a job: what became of it, how many are before it, when it will be done."""

from typing import NamedTuple, TypeVar

from sqlalchemy import Connection, bindparam, func, select, tuple_

from tilewright.contract import NotFound
from tilewright.database.looks import Rows, seen
from tilewright.database.tables import IS_RUNNING, IS_WAITING, jobs
from tilewright.jobs.job import Job, Standing
from tilewright.jobs.turn import ORDER

LAST = 20
"""Completed jobs by whose durations the next one's is told."""

FIXED = 1024 * 1024
"""Texels that take as long as all of a job that does not grow with its tile. By the synthesis
engine 1024² took 3.2 s, 2048² 7.0 and 8.5, and 4096² 24.3 and 22.6 (`bench.speed`)."""

TELLING = 0.05
"""Done of a job, from where on its own pace is known: before, it may still load what it needs."""

FARTHEST = 10_000
"""A place in the queue is counted so far, lest a poll cost what a long queue holds."""

BY_ID = Rows(jobs.c.id, jobs.c)
STANDING = Rows(jobs.c.id, (jobs.c[name] for name in Standing._fields))
"""For who will `find` a job, or ask where it `stands`, together with others: see `Looks.look`."""

Either = TypeVar("Either", Job, Standing)

_OF_ENGINE = jobs.c.engine == bindparam("engine")
_BEFORE = tuple_(*ORDER) < tuple_(*(bindparam(column.name, type_=column.type) for column in ORDER))
_SOME_AHEAD = select(jobs.c.id).where(IS_WAITING, _OF_ENGINE, _BEFORE).limit(FARTHEST)
_AHEAD = select(func.count()).select_from(_SOME_AHEAD.subquery())
_SOME_WAITING = select(jobs.c.id).where(IS_WAITING, _OF_ENGINE).limit(FARTHEST)
_WAITING = select(func.count()).select_from(_SOME_WAITING.subquery())
_RUNNING = select(func.count()).where(IS_RUNNING, _OF_ENGINE)

_LAST = (
    select((jobs.c.finished_at - jobs.c.started_at).label("seconds"), jobs.c.texels)
    .where(
        jobs.c.slug == bindparam("slug"),
        _OF_ENGINE,
        jobs.c.state == "COMPLETED",
        jobs.c.finished_at.is_not(None),
    )
    .order_by(jobs.c.finished_at.desc())
    .limit(LAST)
    .subquery()
)
# A clock that was set back while a job ran makes its duration negative: such tell nothing.
_USUAL = select(
    func.avg(_LAST.c.seconds).label("mean"),
    (func.sum(_LAST.c.seconds) / func.sum(FIXED + _LAST.c.texels)).label("pace"),
).where(_LAST.c.seconds >= 0)


class _Usual(NamedTuple):
    """Seconds of a job of the usual size, and for each texel of another."""

    mean: float
    pace: float

    def of(self, texels: int) -> float:
        """Seconds that a tile of so many takes."""
        return self.pace * (FIXED + texels)


def find(tx: Connection, account_id: str | None, job_id: str, now: float) -> Job:
    """The account's job, or anybody's; raise `NotFound` if there is none, or it has expired."""
    row = BY_ID.find(tx, job_id)
    return _shown(row and Job._make(row), account_id, job_id, now)


def stands(tx: Connection, account_id: str, job_id: str, now: float) -> Standing:
    """The same of the account's job, without what is long in it."""
    row = STANDING.find(tx, job_id)
    return _shown(row and Standing._make(row), account_id, job_id, now)


def _shown(job: Either | None, account_id: str | None, job_id: str, now: float) -> Either:
    if job is not None:
        mine = account_id is None or job.account_id == account_id
        if mine and (job.expires_at is None or job.expires_at > now):
            return job
    raise NotFound(f"Request {job_id} not found")


def newest(tx: Connection, limit: int) -> list[Job]:
    """The newest jobs of all accounts: for the operator."""
    query = select(jobs).order_by(jobs.c.created_at.desc(), jobs.c.id).limit(limit)
    return [Job._make(row) for row in tx.execute(query)]


def position(tx: Connection, job: Job | Standing) -> int | None:
    """Its place in the queue of its engine, from 1; 0 while it runs; None when it has ended.

    One that comes later may still go before it: `turn` says who.
    """
    if job.state == "QUEUED":
        asked = {column.name: getattr(job, column.name) for column in (jobs.c.engine, *ORDER)}
        return tx.scalars(_AHEAD, asked).one() + 1
    return None if job.ended else 0


def eta(
    tx: Connection, job: Job | Standing, workers: int, now: float, fraction: float = 0.0
) -> float | None:
    """Seconds until it is probably done; None when it has ended or nothing is known to go by.

    workers: those of its engine; while there is none, nothing is said.
    fraction: how much of it is done, if it runs. Its own pace counts more than that of others.
    """
    if job.started_at is not None and fraction >= TELLING and not job.ended:
        return max(0.0, now - job.started_at) * (1 - fraction) / fraction
    usual = _usual(tx, job.slug, job.engine)
    if usual is None or workers < 1 or job.ended:
        return None
    if job.started_at is not None:
        return max(0.0, usual.of(job.texels) - max(0.0, now - job.started_at))
    ahead = (position(tx, job) or 1) - 1
    return usual.of(job.texels) + usual.mean * _turns(tx, job.engine, ahead, workers)


def eta_of_next(
    tx: Connection, slug: str, engine: str, workers: int, texels: int
) -> tuple[float, float] | None:
    """The same for a job, of a tile of so many texels, that would be accepted now: seconds until
    its turn, and those that it takes itself.
    """
    usual = _usual(tx, slug, engine)
    if usual is None or workers < 1:
        return None
    ahead = tx.scalars(_WAITING, {"engine": engine}).one()
    return usual.mean * _turns(tx, engine, ahead, workers), usual.of(texels)


def _usual(tx: Connection, slug: str, engine: str) -> _Usual | None:
    """By the last jobs of that kind."""
    row = seen(tx, _USUAL, slug=slug, engine=engine)
    return None if row is None or row.mean is None else _Usual(row.mean, float(row.pace))


def _turns(tx: Connection, engine: str, ahead: int, workers: int) -> float:
    """Mean durations until a worker is free for a job with so many before it; those that run are
    half done on average.
    """
    row = seen(tx, _RUNNING, engine=engine)
    running = row[0] if row else 0
    return 0.0 if ahead + running < workers else (ahead + running / 2) / workers
