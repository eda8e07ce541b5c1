"""The words on the wire between doors and workers: subjects, the stream, and JSON bodies."""

import json
from typing import Any

from tilewright.contract.lease import LEASE_SECONDS

STREAM = "TILEWRIGHT_JOBS"
"""It has one durable consumer for each engine, which bears the engine's name: what a worker of that
engine pulls from, and what an autoscaler reads off how many workers there should be. Not delivered
are the calls that wait, not acknowledged those that run."""

JOB = "tw.job"
CLAIM = "tw.claim"
RENEW = "tw.renew"
FINISH = "tw.finish"
HAND_BACK = "tw.hand_back"
CANCEL = "tw.cancel"
PROGRESS = "tw.progress"
DONE = "tw.done"
HERE = "tw.here"

DOORS = "doors"
"""The queue group of the doors: each question of a worker is answered by one of them."""

ACK_WAIT = LEASE_SECONDS
"""Seconds after which a call that a worker holds without a word goes to another. Nobody waits for
it: of what it called for and was not claimed, doors call again within a second."""

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


def last_word(subject: str) -> str:
    """The job in `tw.cancel.<job>`, the engine in `tw.job.<engine>`."""
    return subject.rpartition(".")[2]
