"""Blobs at addresses that a door signed, over HTTP."""

import logging
import ssl
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from tilewright.store.blobs import BlobGone, unusable

LOG = logging.getLogger(__name__)

PATIENCE = 60.0
"""Seconds with a store that does not answer, or answers that it cannot now: longer than it takes
to restart one. The job stays ours meanwhile."""

SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
"""Seconds between tries."""

TIMEOUT = httpx.Timeout(10.0, connect=2.0)
"""Seconds between two bytes, and for the connection."""

TOO_MANY = 429


class SignedBlobs:
    """A place is an address that opens one blob in one way, for a while.

    authority: a file with certificates (PEM) that are believed besides the usual ones.
    check: called while we wait for the store; what it raises ends the waiting.
    """

    def __init__(self, authority: Path | None) -> None:
        logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs addresses, which are keys
        trusted = ssl.create_default_context()
        if authority is not None:
            trusted.load_verify_locations(authority)
        self._http = httpx.Client(verify=trusted, timeout=TIMEOUT, trust_env=False)

    def read(self, place: str, check: Callable[[], None]) -> bytes:
        """The whole blob. Raises `BlobGone` and `StoreUnusable`."""
        return _patiently(lambda: self._ask("GET", place), check).content

    def write(self, place: str, data: bytes, check: Callable[[], None]) -> None:
        """Put the blob there. Raises `StoreUnusable`."""
        _patiently(lambda: self._ask("PUT", place, data), check)

    def _ask(self, method: str, address: str, data: bytes | None = None) -> httpx.Response:
        answer = self._http.request(method, address, content=data)
        if answer.status_code == httpx.codes.NOT_FOUND and method == "GET":
            raise BlobGone(httpx.URL(address).path)
        return answer.raise_for_status()


def _patiently(ask: Callable[[], httpx.Response], check: Callable[[], None]) -> httpx.Response:
    """What `ask` gives, asked again while the store cannot now."""
    end, pause = time.monotonic() + PATIENCE, SHORTEST_PAUSE
    while True:
        check()
        try:
            return ask()
        except httpx.HTTPError as error:
            if not _passes(error) or time.monotonic() > end:
                raise unusable(_nameless(error)) from None
            LOG.warning("the store is asked again: %s", _nameless(error))
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


def _passes(error: httpx.HTTPError) -> bool:
    """Whether it may be another answer a moment later."""
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.is_server_error or error.response.status_code == TOO_MANY
    return isinstance(error, httpx.TransportError)


def _nameless(error: httpx.HTTPError) -> OSError:
    """The same without the signed address, which is a key: it must not come into a log."""
    if isinstance(error, httpx.HTTPStatusError):
        return OSError(f"{error.request.method} was answered {error.response.status_code}")
    return OSError(f"{error.request.method}: {error or type(error).__name__}")
