"""The async face: a job is accepted, and asked for until it has ended."""

import base64
import re
from functools import partial
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy import Connection

from tilewright.api.callers import TheCaller, TheDoor, who_asks
from tilewright.api.door import Door
from tilewright.api.shapes import SUBMIT_BODY, JobStatus, Submission, fault_answers
from tilewright.api.slugs import Slug
from tilewright.api.straight import Straight
from tilewright.api.submit import submit
from tilewright.api.words import Body, base_url, result_body, status_body, submitted_body
from tilewright.contract import NotFound
from tilewright.jobs import BY_ID, STANDING, cancel, delete, find, stands

router = APIRouter(tags=["jobs"])
often = APIRouter(tags=["jobs"], route_class=Straight)
"""Of the same room; its routes are in `router` too."""

ID_FORM = re.compile(r"[\w-]{1,64}", re.ASCII)


def _check_id(request_id: str) -> None:
    """What is no id at all is not found either, and no database needs to read it."""
    if not ID_FORM.fullmatch(request_id):
        raise NotFound(f"Request {request_id[:80]} not found")


async def _request_id(request_id: Annotated[str, Path()]) -> str:
    _check_id(request_id)
    return request_id


RequestId = Annotated[str, Depends(_request_id)]

FAILED_STATUS = 422
"""The hosted service's code for a job that failed; its client reads the body whatever the code."""


@often.post(
    "/v2/{slug}",
    response_model=Submission,
    openapi_extra=SUBMIT_BODY,
    responses=fault_answers(400, 401, 403, 404, 406, 408, 409, 413, 429, 502),
)
async def submit_job(slug: Slug, request: Request, door: TheDoor) -> JSONResponse:
    """Accept a request; the answer says where to ask for it."""
    job, new, headers = await submit(request, door, slug)
    headers = {**headers, "x-request-id": job.id, "x-cost": str(job.cost)}
    return JSONResponse(submitted_body(base_url(request, door), job, new), headers=headers)


@often.get(
    "/v2/requests/{request_id}/status",
    response_model=JobStatus,
    responses=fault_answers(401, 403, 404) | {422: {"description": "The job FAILED."}},
)
async def job_status(request_id: RequestId, request: Request, door: TheDoor) -> JSONResponse:
    """Where a job stands."""
    _check_id(request_id)
    return await door.look(partial(_status, request_id, request, door), (STANDING, request_id))


def _status(
    request_id: str, request: Request, door: Door, tx: Connection, now: float
) -> JSONResponse:
    caller = who_asks(request, door, tx, now)
    job = stands(tx, caller.account_id, request_id, now)
    body = status_body(base_url(request, door), door, tx, job, now, caller.credits)
    return JSONResponse(body, FAILED_STATUS if job.state == "FAILED" else 200)


@often.get(
    "/v2/requests/{request_id}",
    response_model=JobStatus,
    responses=fault_answers(401, 403, 404) | {422: {"description": "The job FAILED."}},
)
async def job_result(request_id: RequestId, request: Request, door: TheDoor) -> JSONResponse:
    """The result of a job that is done; else where it stands."""
    _check_id(request_id)
    status, body, blob = await door.look(
        partial(_result, request_id, request, door), (BY_ID, request_id)
    )
    if blob is not None:
        data = await to_thread.run_sync(door.blobs.get, blob)
        body["output"] = base64.b64encode(data).decode()
    return JSONResponse(body, status)


def _result(
    request_id: str, request: Request, door: Door, tx: Connection, now: float
) -> tuple[int, Body, str | None]:
    """Code and body, and the blob that is wanted in it as base64."""
    base = base_url(request, door)
    caller = who_asks(request, door, tx, now)
    job = find(tx, caller.account_id, request_id, now)
    if job.state != "COMPLETED" or job.output is None:
        body = status_body(base, door, tx, job, now, caller.credits)
        return FAILED_STATUS if job.state == "FAILED" else 200, body, None
    body = result_body(base, door, tx, job, caller.credits)
    return 200, body, job.output["blob"] if job.options.get("base64") else None


@router.post(
    "/v2/requests/{request_id}/cancel",
    response_model=JobStatus,
    responses=fault_answers(401, 403, 404),
)
def cancel_job(
    request_id: RequestId, request: Request, door: TheDoor, caller: TheCaller
) -> JSONResponse:
    """End a job that waits or runs, and give its cost back; one that has ended stays as it is."""
    with door.writing() as (tx, now):
        before = find(tx, caller.account_id, request_id, now)
        job = cancel(tx, caller.account_id, request_id, now)
        body = status_body(base_url(request, door), door, tx, job, now)
    if not before.ended:
        door.meters.end(job)
        door.carrier.cancelled(job.id)
    return JSONResponse(body)


@router.delete(
    "/v2/requests/{request_id}",
    status_code=204,
    responses=fault_answers(401, 403, 404),
)
def delete_job(request_id: RequestId, door: TheDoor, caller: TheCaller) -> Response:
    """Remove a job, its photos and its tile now; one that still runs is cancelled first.

    Photos that were uploaded ahead belong to no one request and stay until their own time is over.
    """
    with door.writing() as (tx, now):
        before = find(tx, caller.account_id, request_id, now)
        blobs = delete(tx, caller.account_id, request_id, now)
    if not before.ended:
        door.meters.end(before, "cancelled")
        door.carrier.cancelled(request_id)
    door.remove(blobs)
    return Response(status_code=204)


router.routes[:0] = often.routes
