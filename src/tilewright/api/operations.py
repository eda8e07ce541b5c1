"""For those who run the service: is it alive, is it ready, what does it do."""

import asyncio
from typing import Any

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST

from tilewright import __version__
from tilewright.api.callers import TheDoor
from tilewright.api.door import Door
from tilewright.engine.choose import ENGINES
from tilewright.jobs import Queue
from tilewright.queue.presence import State

router = APIRouter(tags=["operations"])

ALIVE: tuple[State, ...] = ("loading", "ready", "leaving")

PROBLEMS = {
    "database": "the database does not answer",
    "queue": "the queue does not answer; accepted jobs wait in the database",
    "store": "photos and tiles cannot be stored; the disk may be full, or the object store away",
}
NO_WORKER = "no worker is alive: what is accepted waits until one is started (tilewright worker)"


@router.head("/live", include_in_schema=False)
@router.head("/health", include_in_schema=False)
@router.get("/live")
@router.get("/health")
async def health() -> dict[str, str]:
    """This process answers, whatever else does not."""
    return {"status": "ok", "version": __version__}


@router.head("/ready", include_in_schema=False)
@router.get("/ready", responses={503: {"description": "Not ready."}})
async def ready(door: TheDoor, response: Response) -> dict[str, Any]:
    """The database answers, and so can every poll; `problems` tell what else does not work.

    All doors share the queue and the store: a door without them does better than none.
    """
    _, parts = await _look(door)
    workers = door.carrier.presence.living()
    problems = [PROBLEMS[name] for name, fine in parts.items() if not fine]
    if not workers:
        problems.append(NO_WORKER)
    fine = parts["database"]
    response.status_code = 200 if fine else 503
    return {"ready": fine, **parts, "workers": workers, "problems": problems}


async def _look(door: Door) -> tuple[dict[str, Queue], dict[str, bool]]:
    """What waits and runs, nothing if the database does not answer; and which parts work."""
    found, stored = await asyncio.gather(door.database_probe.answer(), door.store_probe.answer())
    parts = {
        "database": found is not None,
        "queue": door.carrier.connected,
        "store": bool(stored),
    }
    return found or {}, parts


@router.head("/metrics", include_in_schema=False)
@router.get("/metrics", response_class=Response)
async def metrics(door: TheDoor) -> Response:
    """Counters and gauges in the format of Prometheus."""
    meters, (found, parts) = door.meters, await _look(door)
    for part, fine in parts.items():
        meters.parts.labels(part).set(fine)
    for engine in ENGINES:
        queue = found.get(engine, Queue(0, 0, 0.0))
        meters.waiting.labels(engine).set(queue.waiting)
        meters.running.labels(engine).set(queue.running)
        meters.oldest.labels(engine).set(queue.oldest)
        for state in ALIVE:
            living = door.carrier.presence.living(engine, state)
            meters.workers.labels(engine, state).set(living)
    # In none of the framework's threads, which may all be waiting for a database that hangs.
    return Response(await asyncio.to_thread(meters.told), media_type=CONTENT_TYPE_LATEST)
