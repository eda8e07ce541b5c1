"""What a door counts, and what it looks up when Prometheus asks.

Counters are of this door and of those that share its port, to be added up over all others; gauges
are of the whole service, the same at each. Labels are routes, engines, stages and codes of ours:
nothing that a caller can invent.
"""

import logging
import re
import time
from collections.abc import Callable
from pathlib import Path
from random import getrandbits
from uuid import UUID

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tilewright.engine.choose import ENGINES
from tilewright.jobs import Job
from tilewright.telemetry.about import about, trace_id

LOG = logging.getLogger(__name__)

LONG = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)
"""Seconds, for what takes between a fraction of one and an hour."""


ALARMING = (
    *("engine_broke", "engine_failed", "engine_unavailable", "judge_broke", "photo_gone"),
    *("store_unusable", "worker_lost", "no_worker", "unrun"),
)
"""Why jobs fail though nothing is wrong with what was asked: what the alert rules look at."""


class Meters:
    """In a registry of this app alone, or in files of a folder that several processes share.

    together: that folder; prometheus_client must have been imported with it in the environment.
    """

    def __init__(self, together: Path | None = None) -> None:
        self.registry = CollectorRegistry()
        self._together = together
        self.requests = self._counter("requests", "HTTP requests.", "method", "route", "status")
        self.seconds = Histogram(
            "tilewright_request_seconds",
            "Time until the answer began.",
            ["route"],
            registry=self.registry,
        )
        self._gauges()
        self.ended = self._counter(
            "ended_jobs", "Jobs that ended: completed, or why not.", "engine", "outcome"
        )
        self.lost = self._counter("lost_jobs", "Jobs that lost their worker.", "engine")
        self.deliveries = self._counter("deliveries", "Webhooks sent, each try.", "outcome")
        self.dollars = self._counter("dollars", "Dollars charged or given back.", "kind")
        self.waited = self._histogram("wait_seconds", "From accepted to claimed.", "engine")
        self.stages = self._histogram("stage_seconds", "Stages of tiles.", "engine", "stage")
        self.worked = self._counter("engine_seconds", "Seconds that engines worked.", "engine")
        self._begin_at_zero()

    def _begin_at_zero(self) -> None:
        """Else the first of its kind is no growth to Prometheus."""
        for kind in ("charged", "given_back"):
            self.dollars.labels(kind)
        for outcome in ("taken", "failed"):
            self.deliveries.labels(outcome)
        for engine in ENGINES:
            self.lost.labels(engine)
            self.worked.labels(engine)
            for outcome in ALARMING:
                self.ended.labels(engine, outcome)

    def _gauges(self) -> None:
        self.waiting = self._gauge("queued_jobs", "Jobs that wait.", "engine")
        self.running = self._gauge("running_jobs", "Jobs that run.", "engine")
        self.oldest = self._gauge("oldest_queued_seconds", "Age of the oldest.", "engine")
        self.workers = self._gauge("workers", "Workers that live.", "engine", "state")
        self.parts = self._gauge("part_ready", "1 while it works, as /ready says.", "part")

    def end(self, job: Job, outcome: str | None = None) -> None:
        """A job has ended, as it says itself or as `outcome` does."""
        made = job.state == "COMPLETED"
        self.ended.labels(job.engine, outcome or job.error_code or "completed").inc()
        self.dollars.labels("charged" if made else "given_back").inc(float(job.cost))
        if job.started_at is not None:
            self.waited.labels(job.engine).observe(max(0.0, job.started_at - job.created_at))
        for stage in (job.output or {}).get("report", {}).get("stages", ()):
            self.stages.labels(job.engine, stage["stage"]).observe(stage["seconds"])
            self.worked.labels(job.engine).inc(stage["seconds"])

    def told(self) -> bytes:
        """All of it, in the format of Prometheus."""
        registry = self.registry
        if self._together is not None:
            registry = CollectorRegistry()
            gather: Callable[[CollectorRegistry, str], object] = MultiProcessCollector
            gather(registry, str(self._together))
        return generate_latest(registry)

    def _counter(self, name: str, help: str, *labels: str) -> Counter:
        return Counter(f"tilewright_{name}", help, labels, registry=self.registry)

    def _gauge(self, name: str, help: str, *labels: str) -> Gauge:
        return Gauge(
            f"tilewright_{name}",
            help,
            labels,
            registry=self.registry,
            multiprocess_mode="mostrecent",
        )

    def _histogram(self, name: str, help: str, *labels: str) -> Histogram:
        return Histogram(f"tilewright_{name}", help, labels, buckets=LONG, registry=self.registry)


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
            await self._app(scope, receive, watch)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "none")
        method = scope["method"] if scope["method"] in METHODS else "other"
        self._meters.requests.labels(method, route, status).inc()
        self._meters.seconds.labels(route).observe(seconds)
        LOG.debug("%s %s: %d after %.3f s", method, route, status, seconds)


def _request_id(headers: Headers) -> str:
    given = headers.get("x-request-id", "")
    return given if REQUEST_ID.fullmatch(given) else str(UUID(int=getrandbits(128), version=4))
