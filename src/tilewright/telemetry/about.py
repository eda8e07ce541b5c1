"""What the work at hand is about: its request, its job, its trace; lines of the log bear it."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

TRACEPARENT = re.compile(r"[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})[\da-f]{16}-[\da-f]{2}")
"""As W3C Trace Context has it: version, trace, span, flags."""

_about: ContextVar[Mapping[str, str]] = ContextVar("about", default=MappingProxyType({}))


@contextmanager
def about(**names: str | None) -> Iterator[None]:
    """What is done in the block is about these too: `request_id`, `job_id`, `trace_id`.

    It follows into tasks and into `asyncio.to_thread`; a thread of one's own needs a copy of the
    context.
    """
    known = {name: value for name, value in names.items() if value}
    token = _about.set({**_about.get(), **known})
    try:
        yield
    finally:
        _about.reset(token)


def what_about() -> Mapping[str, str]:
    """What the work at hand is about, as far as is known."""
    return _about.get()


def trace_id(traceparent: str | None) -> str | None:
    """The trace in a `traceparent` header; None where it is not one."""
    found = TRACEPARENT.fullmatch(traceparent or "")
    return found and found[1]
