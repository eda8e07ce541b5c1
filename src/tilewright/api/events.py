"""What happens to a job, told as it happens: server-sent events."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from tilewright.api.callers import TheCaller, TheDoor
from tilewright.api.door import Door
from tilewright.api.queued import RequestId
from tilewright.api.shapes import fault_answers
from tilewright.api.words import base_url, status_body
from tilewright.contract import NotFound
from tilewright.jobs import stands

router = APIRouter(tags=["jobs"])

ALIVE_SECONDS = 10.0
"""Silence after which a comment shows that the line stands; the state is looked up again too."""

EVENT_ID = re.compile(r"\d{1,9}", re.ASCII)

HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@router.get(
    "/v2/requests/{request_id}/events",
    response_class=StreamingResponse,
    responses=fault_answers(401, 403, 404)
    | {200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def job_events(
    request_id: RequestId, request: Request, door: TheDoor, caller: TheCaller
) -> StreamingResponse:
    """Progress events, and a last one named done; each holds the body of the status."""
    base = base_url(request, door)
    await to_thread.run_sync(_look, door, base, caller.account_id, request_id)
    told = _tell(door, base, caller.account_id, request_id, _heard(request))
    return StreamingResponse(told, media_type="text/event-stream", headers=HEADERS)


def _heard(request: Request) -> int:
    """The number of the last event that a caller who comes back has had."""
    told = request.headers.get("last-event-id", "")
    return int(told) if EVENT_ID.fullmatch(told) else 0


async def _tell(
    door: Door, base: str, account_id: str, job_id: str, number: int
) -> AsyncIterator[str]:
    """From after the event of that `number` on; each says all, so that none is missed."""
    last = ""
    with door.carrier.watch(job_id) as events:
        while True:
            try:
                body = await to_thread.run_sync(_look, door, base, account_id, job_id)
            except NotFound:  # deleted meanwhile
                return
            ended = body["status"] in ("COMPLETED", "FAILED")
            text = json.dumps(body)
            if text != last:
                number, last = number + 1, text
                kind = "done" if ended else "progress"
                yield f"event: {kind}\nid: {number}\ndata: {text}\n\n"
            if ended:
                return
            try:
                event = await asyncio.wait_for(events.get(), ALIVE_SECONDS)
            except TimeoutError:
                yield ": still there\n\n"
            else:
                if event.kind == "leave":
                    return


def _look(door: Door, base: str, account_id: str, job_id: str) -> dict[str, Any]:
    with door.reading() as (tx, now):
        job = stands(tx, account_id, job_id, now)
        return status_body(base, door, tx, job, now)
