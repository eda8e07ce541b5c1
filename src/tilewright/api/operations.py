"""For those who run the service: is it alive, is it ready, what does it do."""

from typing import Any

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError

from tilewright import __version__
from tilewright.api.callers import TheDoor
from tilewright.api.door import Door
from tilewright.engine.choose import ENGINES
from tilewright.jobs import Queue, queues
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
def health() -> dict[str, str]:
    """This process answers."""
    return {"status": "ok", "version": __version__}


@router.head("/ready", include_in_schema=False)
@router.get("/ready", responses={503: {"description": "Not ready."}})
def ready(door: TheDoor, response: Response) -> dict[str, Any]:
    """The database answers, and so can every poll; `problems` tell what else does not work.

    All doors share the queue and the store: a door without them does better than none.
    """
    parts = _parts(door, _queues(door))
    workers = door.carrier.presence.living()
    problems = [PROBLEMS[name] for name, fine in parts.items() if not fine]
    if not workers:
        problems.append(NO_WORKER)
    fine = parts["database"]
    response.status_code = 200 if fine else 503
    return {"ready": fine, **parts, "workers": workers, "problems": problems}


def _parts(door: Door, found: dict[str, Queue] | None) -> dict[str, bool]:
    return {
        "database": found is not None,
        "queue": door.carrier.connected,
        "store": door.probe.takes_photos(),
    }


def _queues(door: Door) -> dict[str, Queue] | None:
    """What waits and runs; None if the database does not answer."""
    try:
        with door.reading() as (tx, now):
            return queues(tx, now)
    except SQLAlchemyError:
        return None


@router.head("/metrics", include_in_schema=False)
@router.get("/metrics", response_class=Response)
def metrics(door: TheDoor) -> Response:
    """Counters and gauges in the format of Prometheus."""
    meters, found = door.meters, _queues(door)
    for part, fine in _parts(door, found).items():
        meters.parts.labels(part).set(fine)
    for engine in ENGINES:
        queue = (found or {}).get(engine, Queue(0, 0, 0.0))
        meters.waiting.labels(engine).set(queue.waiting)
        meters.running.labels(engine).set(queue.running)
        meters.oldest.labels(engine).set(queue.oldest)
        for state in ALIVE:
            living = door.carrier.presence.living(engine, state)
            meters.workers.labels(engine, state).set(living)
    return Response(meters.told(), media_type=CONTENT_TYPE_LATEST)
