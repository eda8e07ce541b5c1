"""Downloads one file from a stranger's URL, within limits and from public addresses only."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tilewright.contract import FetchFailed, FileTooLarge
from tilewright.intake.address import is_public
from tilewright.intake.limits import FETCH_LIMITS, FetchLimits
from tilewright.intake.url import read_url

if TYPE_CHECKING:
    import httpcore
    import httpx

REDIRECTS = (301, 302, 303, 307, 308)


def fetch(
    url: str,
    limits: FetchLimits = FETCH_LIMITS,
    *,
    allowed: Callable[[str], bool] = is_public,
    resolve: Callable[[str], Sequence[str]] | None = None,
) -> bytes:
    """Download `url`; at most `limits.size` bytes come back, within `limits.total` seconds.

    allowed: which addresses (as text) may be connected to.
    resolve: from a host name to its addresses, `OSError` if there are none; the system's if None.
    Raises `UrlRefused` if the URL, or one it redirects to, may not be fetched, and `FetchFailed`
    if the host does not answer with a file. Proxies, cookies and .netrc are never used;
    SSL_CERT_FILE is.
    """
    data, _ = fetch_unless("", url, limits, allowed=allowed, resolve=resolve)
    assert data is not None
    return data


def fetch_unless(
    etag: str,
    url: str,
    limits: FetchLimits,
    *,
    allowed: Callable[[str], bool] = is_public,
    resolve: Callable[[str], Sequence[str]] | None = None,
) -> tuple[bytes | None, str]:
    """The same with the file's ETag, which may be empty; None if it is still the one that is given.

    Takes and raises what `fetch` does.
    """
    from tilewright.intake.connect import CheckedBackend, Deadline, resolve_by_system

    backend = CheckedBackend(allowed, resolve or resolve_by_system, Deadline(limits.total))
    address = read_url(url)
    for _ in range(limits.redirects + 1):
        with plain_failures(address.host, limits):
            answer = _ask(address, backend, limits, etag)
        if isinstance(answer, tuple):
            return answer
        address = answer
    raise FetchFailed(
        f"{address.host} redirects more than {limits.redirects} times; use the last address"
    )


def _ask(
    address: httpx.URL, backend: httpcore.NetworkBackend, limits: FetchLimits, etag: str
) -> tuple[bytes | None, str] | httpx.URL:
    """One request: the file with its ETag, or the address that it redirects to."""
    known = [(b"If-None-Match", etag.encode("latin-1"))] if etag else []
    with one_answer("GET", address, backend, limits, known) as response:
        if response.status in REDIRECTS:
            return _next(address, response)
        if response.status == 304 and etag:
            return None, etag
        if response.status != 200:
            raise FetchFailed(f"{address.host} answered {response.status} instead of a file")
        return _body(address.host, response, limits), _header(response, b"etag")


@contextmanager
def one_answer(
    method: str,
    address: httpx.URL,
    backend: httpcore.NetworkBackend,
    limits: FetchLimits,
    headers: Sequence[tuple[bytes, bytes]] = (),
    content: bytes | None = None,
) -> Iterator[httpcore.Response]:
    """The answer to one request, its body still unread, on a connection of its own."""
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
    with (
        httpcore.ConnectionPool(ssl_context=tls, network_backend=backend) as pool,
        pool.stream(
            method,
            target,
            headers=[*_headers(address), *headers],
            content=content,
            extensions={"timeout": times},
        ) as response,
    ):
        yield response


def _headers(address: httpx.URL) -> list[tuple[bytes, bytes]]:
    """`identity`, because a compressed answer could unfold to a thousand times its size."""
    return [
        (b"Host", address.netloc),
        (b"User-Agent", b"tilewright"),
        (b"Accept", b"*/*"),
        (b"Accept-Encoding", b"identity"),
        (b"Connection", b"close"),
    ]


def _next(address: httpx.URL, response: httpcore.Response) -> httpx.URL:
    import httpx

    location = _header(response, b"location")
    if not location:
        raise FetchFailed(f"{address.host} redirects, but does not say where to")
    try:
        joined = str(address.join(location))
    except (httpx.InvalidURL, ValueError) as error:
        raise FetchFailed(f"{address.host} redirects to an address that cannot be read") from error
    return read_url(joined)


def _body(host: str, response: httpcore.Response, limits: FetchLimits) -> bytes:
    """Read the answer; what was promised is checked first, what really comes is counted."""
    encoding = _header(response, b"content-encoding") or "identity"
    if encoding.lower() != "identity":
        raise FetchFailed(f"{host} sent a compressed answer although none was asked for")
    promised = _header(response, b"content-length")
    if promised.isdecimal() and int(promised) > limits.size:
        raise FileTooLarge(_too_large(host, limits))
    body = bytearray()
    for chunk in response.iter_stream():
        body += chunk
        if len(body) > limits.size:
            raise FileTooLarge(_too_large(host, limits))
    return bytes(body)


def _header(response: httpcore.Response, name: bytes) -> str:
    for key, value in response.headers:
        if key.lower() == name:
            return value.decode("latin-1").strip()
    return ""


def _too_large(host: str, limits: FetchLimits) -> str:
    return f"the file at {host} is larger than {limits.size} bytes; use a smaller one"


@contextmanager
def plain_failures(host: str, limits: FetchLimits) -> Iterator[None]:
    """Turn whatever the network does into one sentence that names the host and nothing else."""
    import httpcore

    try:
        yield
    except httpcore.TimeoutException as error:
        raise FetchFailed(
            f"{host} is too slow: {limits.connect:g} s to connect, {limits.read:g} s for each "
            f"answer and {limits.total:g} s in all are waited; use a faster host"
        ) from error
    except httpcore.ConnectError as error:
        raise FetchFailed(_unreached(host, error)) from error
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise FetchFailed(f"{host} broke off or did not speak HTTP; try again") from error


def _unreached(host: str, error: Exception) -> str:
    reason = next(iter(error.args), None)  # httpcore cuts `__cause__` off
    if isinstance(reason, ssl.SSLCertVerificationError):
        return f"the certificate of {host} is not valid for it, so its answer was not taken"
    if isinstance(reason, ssl.SSLError):
        return f"no secure connection to {host} was possible; is it an http address?"
    return f"{host} does not take connections; check the address"
