"""Connections that go to checked addresses only and never outlive one deadline."""

import socket
import ssl
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from threading import Thread
from time import monotonic
from typing import Any

import httpcore

from tilewright.contract import FetchFailed, UrlRefused
from tilewright.intake.address import REMEDY

Resolve = Callable[[str], Sequence[str]]
"""From a host name (or an address in any spelling) to its addresses; raises `OSError`."""


def resolve_by_system(host: str) -> list[str]:
    """All addresses of `host`, in the system's order of preference; raises `OSError`."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Deadline:
    """A moment after which nothing more is waited for."""

    def __init__(self, seconds: float) -> None:
        self._end = monotonic() + seconds

    def cap(self, seconds: float | None) -> float:
        """`seconds`, or what is left if that is less; raises `httpcore.TimeoutException` at 0."""
        left = self._end - monotonic()
        if left <= 0:
            raise httpcore.TimeoutException
        return left if seconds is None else min(seconds, left)


class CheckedBackend(httpcore.NetworkBackend):
    """Resolves a name once, checks every address, and connects to one of those very addresses.

    There is no second look-up that a rebinding name server could answer differently. TLS still
    asks for the name, as httpcore gives it to `start_tls` and not to us.
    """

    def __init__(
        self, allowed: Callable[[str], bool], resolve: Resolve, deadline: Deadline
    ) -> None:
        self._allowed = allowed
        self._resolve = resolve
        self._deadline = deadline
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first checked address of `host` that answers.

        Raises `UrlRefused` if any address is not allowed, `FetchFailed` if there is none.
        """
        failure: Exception = httpcore.ConnectError()
        for address in self._checked(host):
            wait = self._deadline.cap(timeout)
            try:
                stream = self._plain.connect_tcp(address, port, wait, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _TimedStream(stream, self._deadline)
        raise failure

    def _checked(self, host: str) -> Sequence[str]:
        addresses = self._look_up(host)
        if not addresses:
            raise FetchFailed(f"no address is known for {host}; check the spelling")
        if not all(self._allowed(address) for address in addresses):
            raise UrlRefused(f"{host} leads to an address that is not public; {REMEDY}")
        return addresses

    def _look_up(self, host: str) -> Sequence[str]:
        """Resolve in a thread of its own: a look-up cannot be interrupted, only left behind."""
        found: Future[Sequence[str]] = Future()
        Thread(target=_settle, args=(found, self._resolve, host), daemon=True).start()
        wait = self._deadline.cap(None)
        try:
            return found.result(wait)
        except TimeoutError:
            raise httpcore.ConnectTimeout from None
        except (OSError, UnicodeError) as error:
            raise FetchFailed(f"the name {host} is not known; check the spelling") from error


def _settle(found: "Future[Sequence[str]]", resolve: Resolve, host: str) -> None:
    try:
        found.set_result(resolve(host))
    except Exception as error:  # handed to the thread that waits
        found.set_exception(error)


class _TimedStream(httpcore.NetworkStream):
    """A stream whose every wait is cut at the deadline, so that drops do not add up to hours."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.cap(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.cap(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        wait = self._deadline.cap(timeout)
        return _TimedStream(
            self._stream.start_tls(ssl_context, server_hostname, wait), self._deadline
        )

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
