"""HTTP load from a process of its own: bare sockets, so that it takes little from the server.

    python -m bench.load PORT CLIENTS < requests > seconds

Standard input has one request a line, as base64 of its whole bytes; they are dealt out to that
many clients, each with one connection. Standard output gets one line of JSON for each answer:
the moment it was sent and answered on the monotonic clock, its status, and its body.
"""

import asyncio
import base64
import json
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple, cast

HEAD_END = b"\r\n\r\n"


class Answer(NamedTuple):
    """Moments of the monotonic clock, and what came."""

    sent: float
    answered: float
    status: int
    body: dict[str, Any]


def request(method: str, path: str, key: str | None = None, body: object = None) -> bytes:
    """The bytes of one request."""
    data = b"" if body is None else json.dumps(body).encode()
    head = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(data)}"]
    head += [f"x-api-key: {key}"] if key else []
    head += ["Content-Type: application/json"] if data else []
    return "\r\n".join(head).encode() + HEAD_END + data


def length_of(head: bytes) -> int:
    """Bytes of the body behind these headers."""
    return int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])


class Client(asyncio.Protocol, ABC):
    """One connection, which asks again once it was answered, until it has nothing more to ask."""

    def __init__(self) -> None:
        self._got = b""
        self.over = asyncio.get_running_loop().create_future()

    @abstractmethod
    def ask(self) -> None:
        """Write the next request, now or later, or `end`."""

    @abstractmethod
    def answered(self, got: bytes) -> None:
        """All of an answer has come."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.ask()

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, end, body = self._got.partition(HEAD_END)
        if not end or len(body) < length_of(head):
            return
        self.answered(self._got)
        self._got = b""
        self.ask()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.over.done():
            self.over.set_exception(error or ConnectionError("the server hung up"))

    def end(self) -> None:
        self.over.set_result(None)
        self.transport.close()


async def run(port: int, clients: int, make: Callable[[], Client]) -> None:
    """So many clients, until all of them have ended."""
    loop = asyncio.get_running_loop()
    made = [await loop.create_connection(make, "127.0.0.1", port) for _ in range(clients)]
    await asyncio.gather(*(client.over for _, client in made))


class Caller(Client):
    """One that sends the next request as soon as the last one was answered."""

    def __init__(self, requests: deque[bytes], answers: list[tuple[float, float, bytes]]) -> None:
        super().__init__()
        self._requests = requests
        self._answers = answers
        self._sent = 0.0

    def ask(self) -> None:
        if not self._requests:
            self.end()
            return
        one = self._requests.popleft()
        self._sent = time.monotonic()
        self.transport.write(one)

    def answered(self, got: bytes) -> None:
        self._answers.append((self._sent, time.monotonic(), got))


async def send(port: int, clients: int, requests: deque[bytes]) -> list[Answer]:
    """All requests, over so many connections."""
    answers: list[tuple[float, float, bytes]] = []
    await run(port, clients, lambda: Caller(requests, answers))
    return [_read(*answer) for answer in answers]


def _read(sent: float, answered: float, got: bytes) -> Answer:
    head, _, body = got.partition(HEAD_END)
    return Answer(sent, answered, int(head.split()[1]), json.loads(body))


def load(port: int, clients: int, requests: list[bytes]) -> list[Answer]:
    """Send them from another process; every answer must be a success."""
    lines = b"".join(base64.b64encode(one) + b"\n" for one in requests)
    done = subprocess.run(
        [sys.executable, "-m", "bench.load", str(port), str(clients)],
        input=lines,
        stdout=subprocess.PIPE,
        check=True,
    )
    answers = [Answer(*json.loads(line)) for line in done.stdout.splitlines()]
    wrong = [answer for answer in answers if answer.status >= 400]
    assert not wrong, wrong[0]
    return answers


def main(port: str, clients: str) -> None:
    requests = deque(base64.b64decode(line) for line in sys.stdin.buffer)
    for answer in asyncio.run(send(int(port), int(clients), requests)):
        print(json.dumps(answer))


if __name__ == "__main__":
    main(*sys.argv[1:])
