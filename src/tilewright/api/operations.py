"""For those who run the service: is it alive, is it ready, what does it do."""

import logging
import re
import time
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tilewright import __version__
from tilewright.api.callers import TheDoor
from tilewright.api.door import Door
from tilewright.contract import StoreUnusable
from tilewright.jobs import counts, queues
from tilewright.telemetry.about import about, trace_id

LOG = logging.getLogger(__name__)

router = APIRouter(tags=["operations"])

PROBE = bytes(4096)

PROBLEMS = {
    "database": "the database does not answer",
    "queue": "the queue does not answer; accepted jobs wait in the database",
    "store": "photos and tiles cannot be stored; the disk may be full, or the object store away",
}
NO_WORKER = "no worker is alive: what is accepted waits until one is started (tilewright worker)"


class Meters:
    """What is counted, in a registry of this app alone."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "tilewright_requests",
            "HTTP requests.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "tilewright_request_seconds",
            "Time until the answer began.",
            ["route"],
            registry=self.registry,
        )
        self.jobs = Gauge(
            "tilewright_jobs", "Jobs that are kept, by state.", ["state"], registry=self.registry
        )
        self.oldest = Gauge(
            "tilewright_oldest_queued_seconds",
            "Age of the oldest job that waits: alarm on it.",
            registry=self.registry,
        )


METHODS = frozenset(("GET", "POST", "DELETE", "HEAD", "OPTIONS", "PUT", "PATCH"))
"""Other words are counted as one: whoever invents them must not fill the memory."""


NUMBER = "tilewright.request_id"
"""Where the request bears its id, for whoever answers it further out."""

REQUEST_ID = re.compile(r"[\w.:-]{8,64}", re.ASCII)
"""What a proxy may have named the request; another word is not taken into the log."""


class Metering:
    """Counts every answer by the route that gave it, never by the address that was asked.

    What is logged meanwhile bears the request's id, which is the proxy's `x-request-id` or a new
    one, and its trace.
    """

    def __init__(self, app: ASGIApp, meters: Meters) -> None:
        self._app = app
        self._meters = meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and look at the first message of the answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()

        async def watch(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._count(scope, message["status"], time.perf_counter() - began)
            await send(message)

        headers = Headers(scope=scope)
        number = scope[NUMBER] = _request_id(headers)
        with about(request_id=number, trace_id=trace_id(headers.get("traceparent"))):
            try:
                await self._app(scope, receive, watch)
            except Exception:
                # which is answered further out
                self._count(scope, 500, time.perf_counter() - began)
                raise

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "none")
        method = scope["method"] if scope["method"] in METHODS else "other"
        self._meters.requests.labels(method, route, status).inc()
        self._meters.seconds.labels(route).observe(seconds)
        LOG.debug("%s %s: %d after %.3f s", method, route, status, seconds)


def _request_id(headers: Headers) -> str:
    given = headers.get("x-request-id", "")
    return given if REQUEST_ID.fullmatch(given) else str(uuid4())


@router.get("/live")
@router.get("/health")
def health() -> dict[str, str]:
    """This process answers."""
    return {"status": "ok", "version": __version__}


@router.get("/ready", responses={503: {"description": "Not ready."}})
def ready(door: TheDoor, response: Response) -> dict[str, Any]:
    """Requests can be accepted and carried; also without a worker, which may come any time."""
    parts = {
        "database": _can_read(door),
        "queue": door.carrier.connected,
        "store": _takes_photos(door),
    }
    workers = door.carrier.presence.living()
    problems = [PROBLEMS[name] for name, fine in parts.items() if not fine]
    if not workers:
        problems.append(NO_WORKER)
    fine = all(parts.values())
    response.status_code = 200 if fine else 503
    return {"ready": fine, **parts, "workers": workers, "problems": problems}


def _can_read(door: Door) -> bool:
    try:
        with door.reading() as (tx, now):
            queues(tx, now)
    except SQLAlchemyError:
        return False
    return True


def _takes_photos(door: Door) -> bool:
    """Whether the store takes a blob now, as long as the disk's smallest piece."""
    try:
        door.blobs.delete(door.blobs.put(PROBE))
    except StoreUnusable:
        return False
    return True


@router.get("/metrics", response_class=Response)
def metrics(request: Request, door: TheDoor) -> Response:
    """Counters and gauges in the format of Prometheus."""
    meters: Meters = request.app.state.meters
    with door.reading() as (tx, now):
        found = counts(tx, now)
    for state, number in found.by_state.items():
        meters.jobs.labels(state).set(number)
    meters.oldest.set(found.oldest_queued)
    return Response(generate_latest(meters.registry), media_type=CONTENT_TYPE_LATEST)
