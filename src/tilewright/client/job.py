"""A job that a server has taken: ask for it, wait for it, listen to it, stop it, save its tile."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from tilewright.client.connection import Connection
from tilewright.client.errors import (
    InferenceFailed,
    InferenceTimeout,
    ServiceError,
    Unreachable,
    body_of,
    refuse,
)
from tilewright.client.events import ENDED, Event, follow
from tilewright.client.patience import Deadline
from tilewright.client.save import save_output
from tilewright.client.watch import UNANSWERED, Progress, Watch, checked, stage_of, watching

WAIT_SECONDS = 600.0
POLL_SECONDS = 1.0
"""As in the hosted service's own client."""

GONE = 404


@dataclass(frozen=True, eq=False)
class Job:
    """One job at the server; costs nothing to hold, and can be made again from its `request_id`."""

    request_id: str
    status_url: str
    response_url: str
    submit_response: dict[str, Any]
    _connection: Connection = field(repr=False)
    _watch: Watch = field(default=None, repr=False)

    def status(self) -> dict[str, Any]:
        """Where it stands now: `status` is QUEUED, PROCESSING, COMPLETED or FAILED."""
        return self._ask("/status", None)

    def result(self) -> dict[str, Any]:
        """The whole answer once it has ended; before that, what `status` says."""
        return self._ask("", None)

    def wait(
        self,
        timeout: float = WAIT_SECONDS,
        interval: float = POLL_SECONDS,
        progress: Watch = None,
    ) -> dict[str, Any]:
        """Block until it has ended, through restarts of the server, and return the result.

        timeout, interval: seconds in all, and from poll to poll. progress: called at every poll,
        one that is not answered too, with the stage and the fraction done; "bar" draws a bar on
        the terminal.
        Raises `InferenceFailed`, `InferenceTimeout`, or `ServiceError` where the server refuses.
        """
        deadline = Deadline(timeout)
        with watching(checked(progress) or self._watch) as show:
            try:
                return self._wait(deadline, interval, show)
            except Unreachable as error:
                raise InferenceTimeout(self.request_id, deadline.elapsed, error) from error

    def _wait(self, deadline: Deadline, interval: float, show: Progress) -> dict[str, Any]:
        done = 0.0

        def unanswered() -> None:
            show(UNANSWERED, done)

        while True:
            status = self._ask("/status", deadline, unanswered)
            if status.get("status") == "FAILED":
                reason = status.get("error")
                raise InferenceFailed(reason if isinstance(reason, str) else None, status)
            stage, done = stage_of(status)
            show(stage, done)
            if status.get("status") == "COMPLETED":
                return self._ask("", deadline)
            if not deadline.pause(interval):
                raise InferenceTimeout(self.request_id, deadline.elapsed)

    def events(self, timeout: float = WAIT_SECONDS) -> Iterator[Event]:
        """What happens to it, as it happens, until it has ended.

        A line that breaks is taken up again. Raises `InferenceTimeout` after `timeout` seconds.
        """
        path = f"{path_of(self.request_id)}/events"
        return follow(self._connection, path, self.request_id, Deadline(timeout))

    def cancel(self) -> dict[str, Any]:
        """Stop it, waiting or at work, and return its status; harmless if it has ended.

        Raises `ServiceError` if it was deleted.
        """
        return self._read(self._connection.send("POST", f"{path_of(self.request_id)}/cancel"))

    def delete(self) -> None:
        """Delete its record, photos and tile at the server now; harmless if they are gone."""
        response = self._connection.send("DELETE", path_of(self.request_id))
        if response.status_code != GONE:
            refuse(response)

    def save(self, path: str | os.PathLike[str], timeout: float = WAIT_SECONDS) -> Path:
        """Wait for the tile, write it to a file or into a folder, and return where it is.

        The file appears whole or not at all.
        """
        return save_output(self._connection, self.wait(timeout), Path(path))

    def _ask(
        self,
        part: str,
        deadline: Deadline | None,
        unanswered: Callable[[], None] = lambda: None,
    ) -> dict[str, Any]:
        path = f"{path_of(self.request_id)}{part}"
        send = self._connection.send
        return self._read(send("GET", path, deadline=deadline, unanswered=unanswered))

    def _read(self, response: httpx.Response) -> dict[str, Any]:
        """The body; that of a job that has ended counts under any HTTP code: FAILED has 422."""
        body = body_of(response)
        if body.get("status") not in ENDED:
            refuse(response)
        return body


def path_of(request_id: str) -> str:
    """Where a job is found, whatever host the server believes to be."""
    return f"/v2/requests/{quote(request_id, safe='')}"


def read_job(connection: Connection, response: httpx.Response, watch: Watch) -> Job:
    """The job that was taken; raises `ServiceError` if it was not."""
    refuse(response)
    body = body_of(response)
    request_id = body.get("request_id")
    if not isinstance(request_id, str) or not request_id:
        raise ServiceError(
            f"{response.request.url} took the request but gave no request_id: it is no Tilewright",
            status=response.status_code,
        )
    return job_of(connection, request_id, watch, body)


def job_of(
    connection: Connection, request_id: str, watch: Watch, body: dict[str, Any] | None = None
) -> Job:
    """The job of that id."""
    told = body or {}
    address = connection.url + path_of(request_id)
    return Job(
        request_id=request_id,
        status_url=str(told.get("status_url") or f"{address}/status"),
        response_url=str(told.get("response_url") or address),
        submit_response=told,
        _connection=connection,
        _watch=watch,
    )
