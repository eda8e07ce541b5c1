"""A collector of spans on this machine, which takes OTLP over HTTP."""

from collections.abc import Iterable
from threading import Thread
from typing import TYPE_CHECKING, NamedTuple, Self
from wsgiref.simple_server import WSGIRequestHandler, make_server

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment


class Told(NamedTuple):
    """One span as it came."""

    service: str
    name: str
    trace: str
    id: str
    parent: str
    seconds: float
    facts: dict[str, str]
    failed: str


class Collector:
    """Listens while it is entered."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self._server = make_server("127.0.0.1", 0, self._take, handler_class=_Silent)
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1/traces"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def spans(self) -> list[Told]:
        """All that came until now."""
        return [span for body in list(self.bodies) for span in _read(body)]

    def _take(self, asked: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        assert asked["PATH_INFO"] == "/v1/traces"
        assert asked["CONTENT_TYPE"] == "application/x-protobuf"
        self.bodies.append(asked["wsgi.input"].read(int(asked["CONTENT_LENGTH"])))
        start("200 OK", [("Content-Type", "application/x-protobuf")])
        return [b""]


class _Silent(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def _read(body: bytes) -> list[Told]:
    request = ExportTraceServiceRequest()
    request.ParseFromString(body)
    return [
        Told(
            {one.key: one.value.string_value for one in group.resource.attributes}["service.name"],
            span.name,
            span.trace_id.hex(),
            span.span_id.hex(),
            span.parent_span_id.hex(),
            (span.end_time_unix_nano - span.start_time_unix_nano) / 1e9,
            {
                one.key: one.value.string_value or str(one.value.int_value)
                for one in span.attributes
            },
            span.status.message,
        )
        for group in request.resource_spans
        for scope in group.scope_spans
        for span in scope.spans
    ]
