"""A worker's own small port: `/live`, `/ready` and `/metrics`, for probes and Prometheus."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import ThreadingWSGIServer, generate_latest

from tilewright.telemetry.vitals import Vitals

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

HOST = "0.0.0.0"
"""Probes come from outside of a container. What is told here is nobody's secret."""

JSON = "application/json"

Memory = Callable[[], tuple[int, int] | None]
"""Bytes of the card that are used, and that it has; None where it does not answer."""


@contextmanager
def health_port(port: int, vitals: Vitals, memory: Memory | None = None) -> Iterator[None]:
    """Answer on that port until the block ends. Raises `OSError` where it cannot be had."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(_Numbers(vitals, memory))
    answers = _answers(vitals, registry)
    server = make_server(HOST, port, answers, ThreadingWSGIServer, _Silent)
    thread = Thread(target=server.serve_forever, name="health", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Numbers:
    """What of a worker is a number, looked up when it is asked for."""

    def __init__(self, vitals: Vitals, memory: Memory | None) -> None:
        self._vitals = vitals
        self._memory = memory

    def collect(self) -> Iterator[Metric]:
        vitals = self._vitals
        yield GaugeMetricFamily(
            "tilewright_worker_ready", "1 while it is well.", float(not vitals.problems())
        )
        yield GaugeMetricFamily(
            "tilewright_worker_busy", "1 while it is at a job.", float(vitals.busy)
        )
        jobs = CounterMetricFamily(
            "tilewright_worker_jobs", "Jobs that ended here.", labels=["outcome"]
        )
        for outcome, number in sorted(vitals.ended.items()):
            jobs.add_metric([outcome], number)
        yield jobs
        if self._memory and (found := self._memory()):
            card = GaugeMetricFamily(
                "tilewright_card_memory_bytes", "Memory of the graphics card.", labels=["kind"]
            )
            for kind, size in zip(("used", "total"), found, strict=True):
                card.add_metric([kind], size)
            yield card


class _Silent(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Probes come every few seconds: they are not worth a line."""


def _answers(vitals: Vitals, registry: CollectorRegistry) -> "WSGIApplication":
    def metrics() -> tuple[str, str, bytes]:
        return "200 OK", CONTENT_TYPE_LATEST, generate_latest(registry)

    def live() -> tuple[str, str, bytes]:
        return _said(vitals.lives(), {"live": vitals.lives()})

    def ready() -> tuple[str, str, bytes]:
        problems = vitals.problems()
        return _said(not problems, {"ready": not problems, "problems": problems})

    pages = {"/metrics": metrics, "/live": live, "/ready": ready}

    def answer(asked: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        page = pages.get(asked["PATH_INFO"])
        status, kind, body = page() if page else ("404 Not Found", JSON, b"{}")
        start(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
        return [body]

    return answer


def _said(fine: bool, body: dict[str, object]) -> tuple[str, str, bytes]:
    return "200 OK" if fine else "503 Service Unavailable", JSON, json.dumps(body).encode()
