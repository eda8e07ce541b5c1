"""Server-sent events: what happens to a job, told by the server as it happens."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import httpx

from tilewright.client.connection import Connection
from tilewright.client.errors import InferenceTimeout, Unreachable, refuse
from tilewright.client.patience import Deadline, pauses

SILENCE = 60.0
"""Seconds without a byte after which the line counts as broken; servers say something before."""

ENDED = ("COMPLETED", "FAILED")
"""The states that a job does not leave."""


class Event(NamedTuple):
    """One thing that happened: its name, what is told about it, and its place in the row."""

    name: str
    data: dict[str, Any]
    id: str | None


def follow(
    connection: Connection, path: str, request_id: str, deadline: Deadline
) -> Iterator[Event]:
    """The events of one job until it has ended; a broken line is taken up again where it broke.

    Raises `InferenceTimeout` at the deadline, `ServiceError` where the server refuses.
    """
    last: str | None = None
    tries = pauses()
    while True:
        try:
            for event in _listen(connection, path, last, deadline):
                last = event.id or last
                tries = pauses()
                yield event
                if event.data.get("status") in ENDED:
                    return
        except (httpx.TransportError, Unreachable):
            pass  # the server restarts, or a proxy hung up: the job is still there
        if not deadline.pause(next(tries)):
            raise InferenceTimeout(request_id, deadline.elapsed)


def _listen(
    connection: Connection, path: str, last: str | None, deadline: Deadline
) -> Iterator[Event]:
    headers = {"Accept": "text/event-stream", **({"Last-Event-ID": last} if last else {})}
    response = connection.send(
        "GET", path, headers=headers, deadline=deadline, timeout=SILENCE, stream=True
    )
    try:
        refuse(response)
        yield from read_events(_until(response.iter_bytes(), deadline))
    finally:
        response.close()


def _until(pieces: Iterable[bytes], deadline: Deadline) -> Iterator[bytes]:
    """The pieces that come before the deadline: signs of life must not outlast it."""
    for piece in pieces:
        yield piece
        if not deadline.left:
            return


def read_events(pieces: Iterable[bytes]) -> Iterator[Event]:
    """The events in a stream of bytes; comments, and data that is no JSON object, are passed over.

    Lines are split by hand: what Python calls a line break may stand inside JSON.
    """
    name, data, number = "", "", None
    for line in _lines(pieces):
        if not line:
            if (told := _object(data)) is not None:
                yield Event(name or "message", told, number)
            name, data = "", ""
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            name = value
        elif field == "data":
            data += f"{value}\n"
        elif field == "id" and "\0" not in value:
            number = value


def _lines(pieces: Iterable[bytes]) -> Iterator[str]:
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        yield from (line.removesuffix(b"\r").decode(errors="replace") for line in whole)


def _object(text: str) -> dict[str, Any] | None:
    try:
        told = json.loads(text)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None
