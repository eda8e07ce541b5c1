"""Lists an account's jobs, as the hosted service's request history does."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from sqlalchemy import ColumnElement, Connection, func, select

from tilewright.contract import FieldFault, InvalidRequest
from tilewright.contract.faults import show
from tilewright.database.tables import jobs
from tilewright.jobs.job import ACTIVE, Job

MOST_PER_PAGE = 100
USUAL_DAYS = 7
MOST_DAYS = 31
"""The hosted service's limits, as its client's docstrings tell them."""

DAY = 24 * 3600.0

ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

STATES = {"COMPLETED": ("COMPLETED",), "FAILED": ("FAILED",), "PENDING": ACTIVE}
COLUMNS = {
    "model_created": jobs.c.created_at,
    "model_name": jobs.c.slug,
    "credits_deduction": jobs.c.cost_micros,
}


def _iso_day(value: object) -> object:
    """Nothing but 2026-01-31: a bare number would be taken for seconds."""
    if isinstance(value, str) and not ISO_DAY.fullmatch(value):
        raise ValueError(f"must be a day like 2026-01-31, not {show(value)}")
    return value


Day = Annotated[date, BeforeValidator(_iso_day)]


class HistoryQuery(BaseModel):
    """Which jobs, in which order. Days are UTC; both ends belong to the window.

    search: words of the prompt, in any case. The hosted service has no such thing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    page: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    per_page: Annotated[int, Field(ge=1, le=MOST_PER_PAGE)] = 20
    from_date: Day | None = None
    to_date: Day | None = None
    model_name: Annotated[str, Field(max_length=200)] | None = None
    search: Annotated[str, Field(max_length=200)] | None = None
    status: Literal["COMPLETED", "FAILED", "PENDING"] | None = None
    sort_by: Literal["model_created", "model_name", "credits_deduction"] = "model_created"
    sort_order: Literal["asc", "desc"] = "desc"


class HistoryPage(NamedTuple):
    """The jobs of one page, and how many there are on all pages."""

    jobs: list[Job]
    total: int


def history(tx: Connection, account_id: str, query: HistoryQuery, now: float) -> HistoryPage:
    """A page of the account's jobs; raise `InvalidRequest` if the window is wrong."""
    wanted = _wanted(account_id, query, now)
    total = tx.scalars(select(func.count()).select_from(jobs).where(*wanted)).one()
    rows = tx.execute(
        select(jobs)
        .where(*wanted)
        .order_by(*_order(query))
        .limit(query.per_page)
        .offset((query.page - 1) * query.per_page)
    )
    return HistoryPage([Job._make(row) for row in rows], total)


def _wanted(account_id: str, query: HistoryQuery, now: float) -> list[ColumnElement[bool]]:
    start, end = _window(query, now)
    wanted = [
        jobs.c.account_id == account_id,
        jobs.c.created_at >= start,
        jobs.c.created_at < end,
        jobs.c.expires_at.is_(None) | (jobs.c.expires_at > now),
    ]
    if query.model_name is not None:
        wanted.append(jobs.c.slug.icontains(query.model_name, autoescape=True))
    if query.search:
        said = jobs.c.request["prompt"].as_string()
        wanted.append(said.icontains(query.search, autoescape=True))
    if query.status is not None:
        wanted.append(jobs.c.state.in_(STATES[query.status]))
    return wanted


def _window(query: HistoryQuery, now: float) -> tuple[float, float]:
    """From the first second of the first day to the last of the last."""
    last = query.to_date or datetime.fromtimestamp(now, UTC).date()
    first = query.from_date or max(date.min + timedelta(USUAL_DAYS), last) - timedelta(USUAL_DAYS)
    if first > last:
        raise _wrong(f"is {first}, after the last day, {last}; give an earlier one")
    if (last - first).days > MOST_DAYS:
        raise _wrong(f"is {first}, more than {MOST_DAYS} days before {last}; give a later one")
    return _midnight(first), _midnight(last) + DAY


def _midnight(day: date) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()


def _wrong(message: str) -> InvalidRequest:
    return InvalidRequest([FieldFault("from_date", message)])


def _order(query: HistoryQuery) -> list[ColumnElement[object]]:
    """The id comes last, so that jobs of the same second do not change pages."""
    columns = [COLUMNS[query.sort_by], jobs.c.created_at, jobs.c.id]
    return [column.asc() if query.sort_order == "asc" else column.desc() for column in columns]
