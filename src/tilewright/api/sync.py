"""The sync face: submit and wait, then the tile's bytes; the same road as every other job."""

import asyncio
import base64
from collections.abc import Awaitable
from functools import partial
from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from tilewright.accounts import balance
from tilewright.api.callers import TheDoor
from tilewright.api.door import Door
from tilewright.api.faults import Refused
from tilewright.api.shapes import SUBMIT_BODY, fault_answers
from tilewright.api.slugs import Slug
from tilewright.api.submit import submit
from tilewright.api.words import metrics
from tilewright.contract import NotFound
from tilewright.jobs import UNAWAITED, Job, cancel, eta, eta_of_next, find

router = APIRouter(tags=["jobs"])

LOOK_SECONDS = 2.0
"""A word from the queue may be lost: the truth is looked up this often while waiting."""

RETRY_SECONDS = 5.0

GOES_ON = (
    "the job goes on: send the same request with the same Idempotency-Key again, or poll "
    "/v2/requests/ and its request_id"
)
"""What becomes of one that is durable."""

IMAGE = {"schema": {"type": "string", "format": "binary"}}

ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The tile, or JSON with its base64.",
        "content": {
            "application/json": {"schema": {"type": "object"}},
            **{f"image/{kind}": IMAGE for kind in ("webp", "png", "jpeg")},
        },
    },
    422: {"description": "The job FAILED."},
    **fault_answers(400, 401, 403, 404, 406, 408, 409, 413, 429, 502, 504),
}


@router.post(
    "/v1/{slug}",
    response_class=Response,
    openapi_extra=SUBMIT_BODY,
    responses=ANSWERS,
)
async def run_now(slug: Slug, request: Request, door: TheDoor) -> Response:
    """Accept a request, wait for it, and answer with the tile itself."""
    durable = "idempotency-key" in request.headers
    if durable:
        job, _, headers = await submit(request, door, slug)
        await to_thread.run_sync(_refuse_if_far, door, job)
    else:
        job, _, headers = await submit(request, door, slug, partial(_refuse_if_busy, door, slug))
    ended = await _wait(request, door, job)
    if ended is None and not durable:
        ended = await to_thread.run_sync(_withdraw, door, job)
    if ended is None:
        raise _too_long(door, job, durable)
    return await to_thread.run_sync(_answer, door, ended, headers)


def _refuse_if_busy(door: Door, slug: str, engine: str, texels: int) -> None:
    """Better no now than no after the deadline: nothing is accepted, nothing is held."""
    with door.reading() as (tx, _):
        workers = door.carrier.presence.living(engine, "ready")
        until = eta_of_next(tx, slug, engine, workers, texels)
    if until is None or sum(until) <= door.rules.sync_deadline:
        return
    alone = until[1] > door.rules.sync_deadline
    other = "ask for a smaller one" if alone else "try again later"
    raise Refused(
        "busy",
        f"{_how_long(door, sum(until))}; {other}, or submit to /v2 and poll",
        sum(until) - door.rules.sync_deadline,
    )


def _refuse_if_far(door: Door, job: Job) -> None:
    """The same of a job that is accepted, and goes on."""
    if job.state != "QUEUED":
        return
    with door.reading() as (tx, now):
        workers = door.carrier.presence.living(job.engine, "ready")
        seconds = eta(tx, job, workers, now)
    if seconds is not None and seconds > door.rules.sync_deadline:
        sentence = f"{_how_long(door, seconds)}; {GOES_ON}"
        wait = seconds - door.rules.sync_deadline
        raise Refused("sync_deadline", sentence, wait, job.id)


def _how_long(door: Door, seconds: float) -> str:
    limit = f"and a sync call waits {door.rules.sync_deadline:g} s"
    return f"a tile would take about {seconds:.0f} s now, {limit}"


async def _wait(request: Request, door: Door, job: Job) -> Job | None:
    """The ended job; None if the deadline came or the caller hung up."""
    gone = asyncio.create_task(_hung_up(request))
    try:
        async with asyncio.timeout(door.rules.sync_deadline):
            with door.carrier.watch(job.id) as events:
                while not (now := await to_thread.run_sync(_look, door, job)).ended:
                    if gone.done():
                        return None
                    await _first(_end_of(events), gone)
                return now
    except TimeoutError:
        return None
    finally:
        gone.cancel()


async def _end_of(events: asyncio.Queue[Any]) -> None:
    """Until something but progress is heard."""
    while (await events.get()).kind == "progress":
        continue


async def _first(work: Awaitable[None], gone: asyncio.Task[None]) -> None:
    heard = asyncio.ensure_future(work)
    try:
        await asyncio.wait({heard, gone}, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    finally:
        heard.cancel()


async def _hung_up(request: Request) -> None:
    """Until the caller is gone; the body was read before, so nothing else can come."""
    while (await request.receive())["type"] != "http.disconnect":
        continue


def _look(door: Door, job: Job) -> Job:
    with door.reading() as (tx, now):
        return find(tx, job.account_id, job.id, now)


def _withdraw(door: Door, job: Job) -> Job | None:
    """Nobody will ever ask for it: free the worker, and give the cost back.

    Returns the job if it ended in the last moment by itself: what was made is charged, and given.
    """
    with door.writing() as (tx, now):
        try:
            before = find(tx, job.account_id, job.id, now)
            ended = cancel(tx, job.account_id, job.id, now, UNAWAITED)
        except NotFound:
            return None
    if ended.error_code != UNAWAITED.code:
        return ended
    if not before.ended:
        door.meters.end(ended)
    door.carrier.cancelled(job.id)
    return None


def _too_long(door: Door, job: Job, durable: bool) -> Refused:
    what = GOES_ON if durable else "it was cancelled and costs nothing; submit to /v2 and poll"
    sentence = f"no tile within {door.rules.sync_deadline:g} s; {what}"
    return Refused("sync_deadline", sentence, RETRY_SECONDS, job.id)


def _answer(door: Door, job: Job, headers: dict[str, str]) -> Response:
    with door.reading() as (tx, _):
        credits = balance(tx, job.account_id)
        told = metrics(tx, job, credits)
    headers = {**headers, "x-request-id": job.id, "x-remaining-credits": str(credits)}
    if job.output is None:
        body = {"request_id": job.id, "status": "FAILED", "error": job.error}
        return JSONResponse({**body, "code": job.error_code, "metrics": told}, 422, headers)
    report = job.output["report"]
    headers |= {
        "x-cost": str(job.cost),
        "x-generation-time": str(told["inference_time"]),
        "x-seed-value": str(report["seed"]),
        "x-engine": f"{report['engine']}/{report['engine_version']}",
        "x-seam-score": str(report["score"]["seam"]),
    }
    data = door.blobs.get(job.output["blob"])
    if job.options.get("base64"):
        text = base64.b64encode(data).decode()
        body = {"image": text, "status": job.state, "infer_time": told["inference_time"]}
        return JSONResponse(body, headers=headers)
    return Response(data, media_type=job.output["content_type"], headers=headers)
