"""Sends one message to a stranger's address, within limits, and tells how it was answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tilewright.intake.address import is_public
from tilewright.intake.fetch import one_answer, plain_failures
from tilewright.intake.limits import FetchLimits
from tilewright.intake.url import read_url

POST_LIMITS = FetchLimits(size=0, connect=5.0, read=10.0, total=15.0, redirects=0)
"""A receiver has to say that it took the message, not to work on it meanwhile."""


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    allowed: Callable[[str], bool] = is_public,
    limits: FetchLimits = POST_LIMITS,
) -> int:
    """The status code of the answer, which is not read; a redirect is an answer like any other.

    Raises `UrlRefused` if the address may not be reached, `FetchFailed` if nobody answers.
    """
    from tilewright.intake.connect import CheckedBackend, Deadline, resolve_by_system

    backend = CheckedBackend(allowed, resolve_by_system, Deadline(limits.total))
    address = read_url(url)
    own = [(name.encode(), value.encode()) for name, value in headers.items()]
    own.append((b"Content-Length", str(len(body)).encode()))
    with (
        plain_failures(address.host, limits),
        one_answer("POST", address, backend, limits, own, body) as response,
    ):
        return response.status
