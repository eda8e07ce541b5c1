"""Spans of a job's way, from the request to the webhook, for OpenTelemetry: W3C Trace Context.

Off, which is the default, no OpenTelemetry is loaded for it, and a caller's `traceparent` is
handed on as it came. A span holds ids and names of ours, never a prompt, a picture or a key; of an
exception it holds the kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tilewright.contract import FieldFault, InvalidRequest
from tilewright.contract.extras import to_install
from tilewright.telemetry.about import TRACEPARENT

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span, Tracer

EXPORT_SECONDS = 3.0
"""For the collector to take a batch, tries included: what it does not take is lost, and holds up
neither a job nor the end of the process."""

NANO = 1_000_000_000

_tracer: Tracer | None = None


def start_tracing(url: str, role: str, version: str) -> Callable[[], None]:
    """Send spans to a collector from now on, by OTLP over HTTP; what ends it sends the last ones.

    role: `door` or `worker`. Raises `InvalidRequest` where the libraries are not installed.
    """
    global _tracer
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        sentence = f"needs OpenTelemetry, which is not installed: {to_install('otel')}"
        raise InvalidRequest([FieldFault("TILEWRIGHT_TRACES_URL", sentence)]) from None
    names = {"service.name": f"tilewright-{role}", "service.version": version}
    provider = TracerProvider(resource=Resource.create(names), shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=url, timeout=EXPORT_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    _tracer = provider.get_tracer("tilewright", version)
    return provider.shutdown


@contextmanager
def span(name: str, parent: str | None = None, **facts: str | int) -> Iterator[str | None]:
    """What is done in the block, as one span; gives the `traceparent` for what it causes.

    parent: a `traceparent`; without one the span around this one, in the same context.
    """
    if _tracer is None:
        yield parent
        return
    with _tracer.start_as_current_span(
        name,
        _context(parent),
        attributes=facts,
        record_exception=False,
        set_status_on_exception=False,  # which would quote the exception
    ) as begun:
        try:
            yield _traceparent(begun)
        except Exception as error:
            _fail(begun, error)
            raise


def past_span(name: str, parent: str | None, began: float, **facts: str | int) -> None:
    """What began at that time, in UNIX seconds, and ends now."""
    if _tracer is not None:
        begun = _tracer.start_span(
            name, _context(parent), attributes=facts, start_time=int(began * NANO)
        )
        begun.end()


class StageSpans:
    """The stages of one run, one span after the other, below the span around the first."""

    def __init__(self) -> None:
        self._name = ""
        self._span: Span | None = None

    def enter(self, stage: str) -> None:
        """The engine is in this stage, as its `tick` says it: `name`, or `name: what of it`."""
        name = stage.partition(":")[0]
        if _tracer is None or name == self._name:
            return
        self.end()
        self._name, self._span = name, _tracer.start_span(name)

    def end(self) -> None:
        """The last one is over."""
        if self._span is not None:
            self._span.end()
            self._span = None


def _context(parent: str | None) -> Context | None:
    """Below `parent`; None, below what is current, where that is no traceparent."""
    if parent is None or not TRACEPARENT.fullmatch(parent):
        return None
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return TraceContextTextMapPropagator().extract({"traceparent": parent})


def _fail(begun: Span, error: Exception) -> None:
    from opentelemetry.trace import StatusCode

    begun.set_status(StatusCode.ERROR, type(error).__name__)


def _traceparent(begun: Span) -> str:
    found = begun.get_span_context()
    return f"00-{found.trace_id:032x}-{found.span_id:016x}-{found.trace_flags:02x}"
