"""The words on the wire between doors and workers: subjects, the stream, and JSON bodies."""

import json
from typing import Any

STREAM = "TILEWRIGHT_WORK"
CONSUMER = "workers"

WORK = "tw.work"
CLAIM = "tw.claim"
RENEW = "tw.renew"
FINISH = "tw.finish"
HAND_BACK = "tw.hand_back"
CANCEL = "tw.cancel"
PROGRESS = "tw.progress"
DONE = "tw.done"

DOORS = "doors"
"""The queue group of the doors: each question of a worker is answered by one of them."""

ACK_WAIT = 5.0
"""Seconds after which work that a worker took but did not claim is given to another.
Claiming takes milliseconds, and a job that is offered twice is granted once."""

Body = dict[str, Any]


def pack(body: Body) -> bytes:
    """A body as it travels."""
    return json.dumps(body, separators=(",", ":")).encode()


def unpack(data: bytes) -> Body:
    """A body that came. Raises `ValueError` for anything else than a JSON object."""
    body = json.loads(data)
    if not isinstance(body, dict):
        raise ValueError("not a JSON object")
    return body


def job_of(subject: str) -> str:
    """The job in `tw.cancel.<job>` and its like."""
    return subject.rpartition(".")[2]
