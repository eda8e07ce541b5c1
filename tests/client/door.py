"""A real HTTP server on this machine that answers as a test has written down."""

import json
import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR, socket
from threading import Lock, Thread
from typing import Any, Self


@dataclass(frozen=True)
class Asked:
    """One request as it came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    """What to say: a JSON value or bytes; or nothing, and then the line goes dead.

    claimed: the length that the head names, where the body is to fall short of it. before: called
    when the request is there and nothing has been answered yet.
    """

    body: object = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    claimed: int | None = None
    before: Callable[[], object] | None = None


HANG_UP = Answer(status=0)
"""The request is read, and then the connection ends without an answer."""


class Door:
    """Listens while it is entered; may be closed and opened again on the same port."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._script: dict[tuple[str, str], deque[Answer]] = {}
        self._lines: set[socket] = set()
        self._lock = Lock()
        self._port = 0
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def says(self, method: str, path: str, *answers: Answer) -> None:
        """From now on `path` is answered so, in this order; the last answer stays."""
        self._script[method, path] = deque(answers)

    def requests(self, method: str, path: str) -> list[Asked]:
        """Those that came in for it, in order."""
        with self._lock:
            return [one for one in self.asked if (one.method, one.path) == (method, path)]

    def open(self) -> None:
        """Listen."""
        door = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                with door._lock:
                    door._lines.add(self.connection)

            def finish(self) -> None:
                with door._lock:
                    door._lines.discard(self.connection)
                with suppress(OSError):
                    super().finish()

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except OSError:  # the door was closed, or the client has gone
                    self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:
                pass

            def _answer(self) -> None:
                door._answer(self)

        for method in ("GET", "POST", "DELETE"):
            setattr(Handler, f"do_{method}", Handler._answer)
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._port = int(self._server.server_address[1])
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        """Stop listening and hang up on everybody, as a server does that is killed."""
        server, self._server = self._server, None
        if server is None:
            return
        server.shutdown()
        with self._lock:
            for line in self._lines:
                with suppress(OSError):
                    line.shutdown(SHUT_RDWR)
        server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("content-length", 0))
        path = handler.path
        headers = {name.lower(): value for name, value in handler.headers.items()}
        asked = Asked(handler.command, path, headers, handler.rfile.read(length))
        with self._lock:
            self.asked.append(asked)
            answers = self._script.get((asked.method, path), deque([_unknown(path)]))
            answer = answers.popleft() if len(answers) > 1 else answers[0]
        if answer.before:
            answer.before()
        if answer is HANG_UP:
            handler.close_connection = True
            return
        body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        handler.send_header("content-length", str(answer.claimed or len(body)))
        handler.end_headers()
        handler.wfile.write(body)
        if answer.claimed:
            handler.close_connection = True


def _unknown(path: str) -> Answer:
    return Answer({"error": f"nothing is at {path}", "code": "not_found"}, 404)


@contextmanager
def when_refused(react: Callable[[], None]) -> Iterator[None]:
    """Call `react` once, when a client has found the door closed: the HTTP library logs it."""
    logger = logging.getLogger("httpcore.connection")
    level = logger.level

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "connect_tcp.failed" in record.getMessage():
                logger.removeHandler(self)
                react()

    listener = Listener()
    logger.addHandler(listener)
    logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        logger.removeHandler(listener)
        logger.setLevel(level)


JOB = "5f0c8a52-6c6e-4f57-a3a1-2f8d9c1b7e40"
STATUS = f"/v2/requests/{JOB}/status"
RESULT = f"/v2/requests/{JOB}"
SUBMIT = "/v2/qwen-image-edit-plus-texture-extract"


def state(name: str, **more: object) -> Answer:
    """A status or result body; FAILED comes under 422 as the contract has it."""
    body = {"request_id": JOB, "status": name, "metrics": {}, **more}
    return Answer(body, 422 if name == "FAILED" else 200)


def accepted(url: str) -> Answer:
    """What a submit is answered."""
    where = f"{url}{RESULT}"
    return Answer(
        {
            "request_id": JOB,
            "status": "QUEUED",
            "poll_url": f"{where}/status",
            "status_url": f"{where}/status",
            "response_url": where,
        }
    )


def stream(*events: Sequence[tuple[str, object]], **more: Any) -> Answer:
    """A row of server-sent events, each of its fields."""
    text = "".join(
        "".join(f"{name}: {value}\n" for name, value in fields) + "\n" for fields in events
    )
    return Answer(text.encode(), headers={"content-type": "text/event-stream"}, **more)
