"""A real server on this machine, which says whatever a test wants a stranger's host to say."""

import re
import ssl
from collections.abc import Callable, Iterable
from contextlib import suppress
from socket import socket
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Event, Thread
from typing import Self

Answer = Callable[[str], Iterable[bytes]]
"""From the path that is asked for to the pieces of the whole answer, head included."""


class Site:
    """Listens on a free port of 127.0.0.1 while it is entered, and remembers what was asked."""

    def __init__(self, answer: Answer, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[str] = []
        self.closing = Event()
        site = self

        class Handler(BaseRequestHandler):
            def handle(self) -> None:
                with suppress(OSError):  # the client has gone: the end of most tests
                    site._talk(self.request, answer, tls)

        self._server = ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))
        self.port = int(self._server.server_address[1])
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _talk(self, connection: socket, answer: Answer, tls: ssl.SSLContext | None) -> None:
        if tls:
            connection = tls.wrap_socket(connection, server_side=True)
        with connection:
            request = _whole(connection)
            self.requests.append(request)
            for piece in answer(request.partition(" ")[2].partition(" ")[0]):
                connection.sendall(piece)


def _whole(connection: socket) -> str:
    """What the client says: the head, and the body that the head promises."""
    said = connection.recv(65536)
    head, _, body = said.partition(b"\r\n\r\n")
    promised = re.search(rb"(?i)content-length: (\d+)", head)
    missing = int(promised[1]) - len(body) if promised else 0
    while missing > 0 and (more := connection.recv(missing)):
        said, missing = said + more, missing - len(more)
    return said.decode("latin-1")


def answer(
    body: bytes = b"", status: str = "200 OK", length: int | None = None, **headers: str
) -> bytes:
    """A whole HTTP answer; underscores in the names of `headers` stand for hyphens."""
    size = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {size}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def redirect(location: str, status: str = "302 Found", **headers: str) -> bytes:
    """An answer that sends the client elsewhere."""
    return answer(b"", status, None, Location=location, **headers)
