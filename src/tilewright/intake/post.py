"""Sends one message to a stranger's address, within limits, and tells how it was answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from tilewright.intake.address import is_public
from tilewright.intake.fetch import plain_failures, plain_headers
from tilewright.intake.limits import FetchLimits
from tilewright.intake.url import read_url

if TYPE_CHECKING:
    import httpcore
    import httpx

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
    with plain_failures(address.host, limits):
        return _send(address, backend, body, headers, limits)


def _send(
    address: httpx.URL,
    backend: httpcore.NetworkBackend,
    body: bytes,
    headers: Mapping[str, str],
    limits: FetchLimits,
) -> int:
    import httpcore
    import httpx

    tls = httpx.create_ssl_context() if address.scheme == "https" else None
    times = {"connect": limits.connect, "read": limits.read, "write": limits.read}
    target = httpcore.URL(
        scheme=address.raw_scheme,
        host=address.raw_host,
        port=address.port,
        target=address.raw_path,
    )
    own = [(name.encode(), value.encode()) for name, value in headers.items()]
    length = [(b"Content-Length", str(len(body)).encode())]
    with (
        httpcore.ConnectionPool(ssl_context=tls, network_backend=backend) as pool,
        pool.stream(
            "POST",
            target,
            headers=[*plain_headers(address), *own, *length],
            content=body,
            extensions={"timeout": times},
        ) as response,
    ):
        return response.status
