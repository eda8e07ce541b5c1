"""An account's requests, with the hosted service's routes and words."""

from math import ceil
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import ValidationError

from tilewright.api.callers import TheCaller, TheDoor
from tilewright.api.door import Door
from tilewright.api.queued import RequestId
from tilewright.api.shapes import fault_answers, moment
from tilewright.api.words import base_url, tile_url
from tilewright.contract import FieldFault, Forbidden, InvalidRequest
from tilewright.contract.faults import explain
from tilewright.jobs import HistoryPage, HistoryQuery, Job, find, history

router = APIRouter(prefix="/inference-request", tags=["history"])

Text = Annotated[str | None, Query(include_in_schema=False)]
"""As it came; `HistoryQuery` reads all of them at once, and names every fault."""

FAULTS = fault_answers(400, 401, 403)

CALLED = {"from_date": "start_date", "to_date": "end_date"}
"""The window's days, as `/generations` has them."""


def _takes(*names: str, **others: str) -> dict[str, Any]:
    """These fields of `HistoryQuery` for the published description; `others` have another name."""
    properties = HistoryQuery.model_json_schema()["properties"]
    own = {"user_id": {"type": "string"}, "user_email": {"type": "string"}}
    fields = {**{name: name for name in names}, **others}
    return {
        "parameters": [
            {"name": name, "in": "query", "schema": own.get(field) or _given(properties[field])}
            for name, field in fields.items()
        ]
    }


def _given(schema: dict[str, Any]) -> dict[str, Any]:
    """What may stand in an address, which knows no null."""
    kinds: list[dict[str, Any]] = schema.get("anyOf", [schema])
    return next(kind for kind in kinds if kind.get("type") != "null")


@router.get(
    "/request-history",
    responses=FAULTS,
    openapi_extra=_takes(*HistoryQuery.model_fields, "user_id", "user_email"),
)
def request_history(
    request: Request,
    door: TheDoor,
    caller: TheCaller,
    page: Text = None,
    per_page: Text = None,
    from_date: Text = None,
    to_date: Text = None,
    model_name: Text = None,
    search: Text = None,
    status: Text = None,
    user_id: Text = None,
    user_email: Text = None,
    sort_by: Text = None,
    sort_order: Text = None,
) -> dict[str, Any]:
    """Every request of a window of days, failed and running ones too."""
    _only_own(caller.account_id, user_id, user_email)
    query = _query(
        page=page,
        per_page=per_page,
        from_date=from_date,
        to_date=to_date,
        model_name=model_name,
        search=search,
        status=status,
        sort_by=sort_by,
        sort_order=sort_order,
    )
    return _page(base_url(request, door), door, caller.account_id, query)


@router.get("/request-history/{request_id}", responses=fault_answers(401, 403, 404))
def one_request(
    request_id: RequestId, request: Request, door: TheDoor, caller: TheCaller
) -> dict[str, Any]:
    """One request, with the fields of a row of the history."""
    with door.reading() as (tx, now):
        return _row(base_url(request, door), door, find(tx, caller.account_id, request_id, now))


@router.get(
    "/generations",
    responses=FAULTS,
    openapi_extra=_takes(
        "page", "model_name", "user_id", start_date="from_date", end_date="to_date"
    ),
)
def generations(
    request: Request,
    door: TheDoor,
    caller: TheCaller,
    page: Text = None,
    model_name: Text = None,
    start_date: Text = None,
    end_date: Text = None,
    user_id: Text = None,
) -> dict[str, Any]:
    """The requests that a tile came of."""
    _only_own(caller.account_id, user_id, None)
    window = {"from_date": start_date, "to_date": end_date}
    try:
        query = _query(page=page, model_name=model_name, status="COMPLETED", **window)
        return _page(base_url(request, door), door, caller.account_id, query)
    except InvalidRequest as error:
        called = [FieldFault(CALLED.get(name, name), why) for name, why in error.fields]
        raise InvalidRequest(called) from None


@router.get("/recent-generations", responses=FAULTS, openapi_extra=_takes("model_name"))
def recent_generations(
    request: Request, door: TheDoor, caller: TheCaller, model_name: Text = None
) -> dict[str, Any]:
    """The newest of them, of one model."""
    query = _query(model_name=model_name, status="COMPLETED")
    return _page(base_url(request, door), door, caller.account_id, query)


def _only_own(account_id: str, user_id: str | None, user_email: str | None) -> None:
    if user_id not in (None, "", account_id) or user_email:
        raise Forbidden("only your own requests can be listed; leave user_id and user_email out")


def _query(**given: str | None) -> HistoryQuery:
    try:
        return HistoryQuery.model_validate(
            {name: text for name, text in given.items() if text is not None}
        )
    except ValidationError as error:
        raise InvalidRequest(explain(error, HistoryQuery)) from None
    except OverflowError:
        raise InvalidRequest([FieldFault("from_date", "is too far away")]) from None


def _page(base: str, door: Door, account_id: str, query: HistoryQuery) -> dict[str, Any]:
    with door.reading() as (tx, now):
        found = history(tx, account_id, query, now)
    rows = [_row(base, door, job) for job in found.jobs]
    pagination = _pagination(found, query)
    return {"data": rows, "generations": rows, "pagination": pagination, **pagination}


def _pagination(found: HistoryPage, query: HistoryQuery) -> dict[str, Any]:
    pages = ceil(found.total / query.per_page)
    return {
        "page": query.page,
        "per_page": query.per_page,
        "total": found.total,
        "total_pages": pages,
        "has_next": query.page < pages,
        "has_prev": query.page > 1,
    }


def _row(base: str, door: Door, job: Job) -> dict[str, Any]:
    status = job.state if job.ended else "PENDING"
    finished = job.finished_at
    waited = None if finished is None else max(0, round(1000 * (finished - job.created_at)))
    charged = float(job.cost) if job.state == "COMPLETED" else 0.0
    asked = {**job.request, **job.options.get("sent", {})}
    return {
        "request_id": job.id,
        "model_name": job.slug,
        "model_status": status,
        "status": status,
        "credits_deduction": charged,
        "request_body": asked,
        "parameters": asked,
        "prompt": job.request["prompt"],
        "generation_url": tile_url(base, door, job) if job.state == "COMPLETED" else None,
        "latency_ms": waited,
        "model_created": moment(job.created_at),
        "created_at": moment(job.created_at),
        "model_updated": moment(finished or job.started_at or job.created_at),
        "error": job.error,
        "code": job.error_code,
    }
