"""Spans on their way to the operator's collector."""

from collections.abc import Iterator
from contextlib import contextmanager

from tilewright.settings import Settings


@contextmanager
def traced(settings: Settings, role: str) -> Iterator[None]:
    """Spans go to the collector, if there is one."""
    if settings.traces_url is None:
        yield
        return
    from tilewright import __version__
    from tilewright.telemetry.traces import start_tracing

    end = start_tracing(settings.traces_url, role, __version__)
    try:
        yield
    finally:
        end()
