"""One connection to one server: asks again through a restart, and says why where it gives up."""

from collections.abc import Callable

import httpx

from tilewright import __version__
from tilewright.client.errors import Unreachable, body_of, retry_after
from tilewright.client.patience import Deadline, pauses

CONNECT_SECONDS = 5.0
FIRST_PATIENCE = 2.0
"""Seconds for a server that has never answered: it is more likely not there than restarting."""
PATIENCE = 30.0
"""Seconds for a server that has answered before: a restart takes less."""
SHORTEST_TRY = 1.0
"""Seconds that one try gets at least, however near the deadline is."""

_HOPELESS = (httpx.UnsupportedProtocol, httpx.LocalProtocolError)
"""What no second try can mend."""

_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout)
"""After which nothing was sent."""


class Connection:
    """Sends requests to the server at `url`, with the key in each that goes to a path of it."""

    def __init__(self, url: str, key: str | None, timeout: float) -> None:
        self.url = url
        self._key = {"x-api-key": key} if key else {}
        self._timeout = timeout
        self._answered = False
        self._http = httpx.Client(headers={"User-Agent": f"tilewright/{__version__}"})

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    def patience(self) -> Deadline:
        """Until when a request may be tried that has no deadline of its own."""
        return Deadline(PATIENCE if self._answered else FIRST_PATIENCE)

    def send(
        self,
        method: str,
        target: str,
        *,
        json: object = None,
        headers: dict[str, str] | None = None,
        deadline: Deadline | None = None,
        timeout: float | None = None,
        stream: bool = False,
        once: bool = False,
        unanswered: Callable[[], None] = lambda: None,
    ) -> httpx.Response:
        """The server's answer, good or bad; `Unreachable` if none came before the deadline.

        target: a path of the server, or a whole address, which never gets to see the key.
        deadline: else patience begins with the first try that fails. timeout: seconds without a
        byte. unanswered: called before each pause after a try in vain. Whatever is sent here is
        sent again when the connection breaks, so it must be something that does no harm twice;
        once: it may, and is sent again only where it cannot have come to the server.
        """
        outside = target.startswith(("http://", "https://"))
        url = target if outside else self.url + target
        extra = {**({} if outside else self._key), **(headers or {})}
        until = deadline
        for pause in pauses():
            limits = self._limits(timeout or self._timeout, deadline)
            request = self._http.build_request(
                method, url, json=json, headers=extra, timeout=limits
            )
            try:
                response = self._http.send(request, stream=stream)
                passing = _will_pass(response)
            except httpx.TransportError as error:
                until = until or self.patience()
                unanswered()
                lost = once and not isinstance(error, _UNSENT)
                if lost or isinstance(error, _HOPELESS) or not until.pause(pause):
                    raise _unreachable(request, error) from error
                continue
            self._answered = True
            if once or not passing:
                return response
            until = until or self.patience()
            if not until.left:
                return response
            response.close()
            unanswered()
            until.pause(retry_after(response) or pause)
        raise AssertionError("pauses never end")

    def _limits(self, seconds: float, deadline: Deadline | None) -> httpx.Timeout:
        """How long one try may take: not much longer than until the deadline."""
        if deadline:
            seconds = min(seconds, max(SHORTEST_TRY, deadline.left))
        return httpx.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds))


def _will_pass(response: httpx.Response) -> bool:
    """Whether it says that a restart is going on: 502 and 504 only where a proxy says it."""
    if response.status_code not in (502, 503, 504):
        return False
    response.read()
    return response.status_code == 503 or not isinstance(body_of(response).get("code"), str)


def _unreachable(request: httpx.Request, error: httpx.TransportError) -> Unreachable:
    place = f"{request.url.scheme}://{request.url.netloc.decode()}"
    reason = str(error) or type(error).__name__
    return Unreachable(f"no answer from {place}: {reason}; is the server running there?")
