"""Writes down who is to be told that a job has ended, in the transaction that ends it."""

import re
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import Connection, bindparam, exists, insert, select

from tilewright.accounts import webhook_secret
from tilewright.database.tables import deliveries, jobs, webhooks
from tilewright.jobs.job import Job

EVENTS = {"COMPLETED": "request.completed", "FAILED": "request.failed"}
"""What a webhook may subscribe to, by the state of the job."""

OWN_EVENTS = frozenset(EVENTS.values())

EVERY_EVENT = "*"
HOSTED_WORD = re.compile(r"[A-Z]+(_[A-Z]+)*")
"""PIXELFLOW, GENERATION, NODE_RUN: the hosted service's. It has no list of them that is whole, so
any is taken; here each means every ending."""


class _Receiver(NamedTuple):
    webhook_id: str | None
    url: str
    secret: str


HEARD = exists().where(webhooks.c.account_id == jobs.c.account_id, webhooks.c.active)
"""Whether the account of a job has webhooks: asked in the statement that ends the job, since most
have none."""

_ACTIVE = select(webhooks.c.id, webhooks.c.url, webhooks.c.secret, webhooks.c.events).where(
    webhooks.c.account_id == bindparam("account"), webhooks.c.active
)


def notify(tx: Connection, job: Job, now: float) -> None:
    """One delivery for the request's own address, and one for each webhook that wants it."""
    event = EVENTS[job.state]
    rows = [_row(job, receiver, event, now) for receiver in _receivers(tx, job, event)]
    if rows:
        tx.execute(insert(deliveries), rows)


def _receivers(tx: Connection, job: Job, event: str) -> list[_Receiver]:
    found = [
        _Receiver(row.id, row.url, row.secret)
        for row in tx.execute(_ACTIVE, {"account": job.account_id})
        if event in row.events or not OWN_EVENTS.issuperset(row.events)
    ]
    url = job.options.get("webhook_url")
    if url:
        found.append(_Receiver(None, url, webhook_secret(tx, job.account_id)))
    return found


def _row(job: Job, receiver: _Receiver, event: str, now: float) -> dict[str, Any]:
    return {
        **receiver._asdict(),
        "id": str(uuid4()),
        "job_id": job.id,
        "account_id": job.account_id,
        "event": event,
        "body": _body(job, event, now),
        "state": "WAITING",
        "tries": 0,
        "next_at": now,
        "created_at": now,
    }


def _body(job: Job, event: str, now: float) -> dict[str, Any]:
    """What is true for good. Links to the result run out: the receiver asks for one by the id."""
    trace = job.options.get("traceparent")
    return {
        **({"traceparent": trace} if trace else {}),
        "type": event,
        "timestamp": datetime.fromtimestamp(now, UTC).isoformat(),
        "data": {
            "request_id": job.id,
            "model": job.slug,
            "status": job.state,
            "error": job.error,
            "seed": job.seed,
        },
    }
