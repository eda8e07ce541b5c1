"""What became of the jobs that ended lately, and why they failed: for those who run the service."""

from typing import NamedTuple

from sqlalchemy import Connection, func, select

from tilewright.database.tables import jobs


class Reason(NamedTuple):
    """Why jobs failed: its code, how many did, and what the last of them was told."""

    code: str
    number: int
    last: str
    last_at: float


class Lately(NamedTuple):
    """Jobs that ended and are still kept. Times in seconds, None where there is nothing to tell."""

    completed: int
    failed: int
    mean_run: float | None
    mean_wait: float | None
    reasons: list[Reason]


def lately(tx: Connection, since: float) -> Lately:
    """Of all accounts, after `since`, UNIX seconds."""
    ended = jobs.c.finished_at >= since
    completed, run, wait = tx.execute(
        select(
            func.count(),
            func.avg(jobs.c.finished_at - jobs.c.started_at),
            func.avg(jobs.c.started_at - jobs.c.created_at),
        ).where(jobs.c.state == "COMPLETED", ended)
    ).one()
    reasons = _reasons(tx, since)
    failed = sum(one.number for one in reasons)
    return Lately(completed, failed, _positive(run), _positive(wait), reasons)


def _positive(span: float | None) -> float | None:
    """A clock that was set back makes no negative time."""
    return None if span is None else max(0.0, float(span))


def _reasons(tx: Connection, since: float) -> list[Reason]:
    """The most frequent first."""
    rows = tx.execute(
        select(jobs.c.error_code, jobs.c.error, jobs.c.finished_at)
        .where(jobs.c.state == "FAILED", jobs.c.finished_at >= since)
        .order_by(jobs.c.finished_at)
    )
    found: dict[str, Reason] = {}
    for code, error, at in rows:
        name = code or "unknown"
        number = found[name].number if name in found else 0
        found[name] = Reason(name, number + 1, error or "", at)
    return sorted(found.values(), key=lambda one: -one.number)
