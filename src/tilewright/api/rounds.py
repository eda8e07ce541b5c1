"""What a door does by itself, again and again: recover, expire, sweep, deliver."""

import asyncio
import json
import logging
import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine
from standardwebhooks import Webhook as Signer

from tilewright.api.door import Door
from tilewright.contract import TilewrightError
from tilewright.database import reading
from tilewright.engine.choose import ENGINES
from tilewright.intake import post
from tilewright.jobs import (
    LEASE_SECONDS,
    Delivery,
    Job,
    any_due,
    delivered,
    due,
    expire,
    extend_leases,
    fail_unserved,
    failed,
    orphans,
    recover,
)
from tilewright.store import Blobs
from tilewright.telemetry.about import about, trace_id
from tilewright.telemetry.traces import span

LOG = logging.getLogger(__name__)

RECOVER_SECONDS, EXPIRE_SECONDS, SWEEP_SECONDS, DELIVER_SECONDS = 1.0, 5.0, 600.0, 0.5
"""Between two rounds of each kind."""

ROUNDS = 4
"""Kinds of rounds; none waits for another."""

LATE_SECONDS = LEASE_SECONDS / 3
"""Between two looks for lost workers, after which no worker was heard either: another program held
the database, the queue was away, or the clock was set. Then running jobs are given time."""

ORPHAN_SECONDS = 3600.0
"""A blob that no row knows after so long was left by somebody who died before writing the row."""

SENDERS, AT_ONCE, OF_ONE = 32, 8, 4
"""Webhooks that may be on their way; that are taken up at a look; and of one account, from which on
it is passed over. A receiver that hangs keeps a sender for the 15 s of `post`: so senders have
threads of their own, which no round waits for, and only its account's other messages wait."""

TAKEN = range(200, 300)


class Rounds:
    """The rounds of one door, in tasks of its event loop. Any number of doors may make theirs."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._threads = ThreadPoolExecutor(ROUNDS, "rounds")
        self._senders = ThreadPoolExecutor(SENDERS, "senders")
        self._sent: dict[Future[None], str] = {}  # and the account, of what is on its way
        self._tasks: list[asyncio.Task[None]] = []
        self._looked_at = 0.0

    def start(self) -> None:
        """Give running workers time to be heard again, then begin."""
        with self._door.writing() as (tx, now):
            extend_leases(tx, now)
        self._looked_at = now
        rounds: list[tuple[Callable[[], None], float]] = [
            (self._recover, RECOVER_SECONDS),
            (self._expire, EXPIRE_SECONDS),
            (self._sweep, SWEEP_SECONDS),
            (self._deliver, DELIVER_SECONDS),
        ]
        self._tasks = [
            asyncio.create_task(self._again(work, pause), name=work.__name__)
            for work, pause in rounds
        ]

    async def stop(self) -> None:
        """End after the work of this moment."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(self._threads.shutdown)
        await asyncio.to_thread(self._senders.shutdown)

    async def _again(self, work: Callable[[], None], pause: float) -> None:
        loop = asyncio.get_running_loop()
        level = logging.ERROR
        while True:
            try:
                await loop.run_in_executor(self._threads, work)
                level = logging.ERROR
            except Exception:
                # A locked database, most likely. What was not done is done in the next round.
                LOG.log(level, "a round failed and is made again: %s", work.__name__, exc_info=True)
                level = logging.DEBUG  # of failures in a row the first is told to everybody
            await asyncio.sleep(pause)

    def _recover(self) -> None:
        if not self._door.carrier.connected:
            return  # who hears no worker takes none for lost; another door may
        with self._door.writing() as (tx, now):
            if abs(now - self._looked_at) > LATE_SECONDS:
                extend_leases(tx, now)
            found = recover(tx, now) + self._unserved(tx, now)
        self._looked_at = now
        for job in found:
            if job.ended:
                self._door.meters.end(job)
                self._door.carrier.ended(job.id, job.state)
            else:
                self._door.meters.lost.labels(job.engine).inc()
                with about(job_id=job.id, trace_id=trace_id(job.options.get("traceparent"))):
                    LOG.warning("job %s lost its worker and goes back to the queue", job.id)
                self._door.carrier.wake()

    def _unserved(self, tx: Connection, now: float) -> list[Job]:
        """Jobs that were failed since no worker of their engine was there for so long."""
        patience = self._door.rules.patience
        absent = self._door.carrier.presence.absent
        return [
            job
            for engine in ENGINES
            if absent(engine) > patience
            for job in fail_unserved(tx, engine, patience, now)
        ]

    def _expire(self) -> None:
        with self._door.writing() as (tx, now):
            blobs = expire(tx, now)
        self._door.remove(blobs)

    def _sweep(self) -> None:
        sweep(self._door.database, self._door.blobs, self._door.clock() - ORPHAN_SECONDS)

    def _deliver(self) -> None:
        self._sent = {sent: account for sent, account in self._sent.items() if not sent.done()}
        sending = Counter(self._sent.values())
        busy = [account for account, count in sending.items() if count >= OF_ONE]
        with self._door.reading() as (tx, now):
            waiting = any_due(tx, now, busy)
        free = min(AT_ONCE, SENDERS - len(self._sent))
        if not waiting or not free:
            return
        with self._door.writing() as (tx, now):
            found = due(tx, now, free, busy)
        for delivery in found:
            sent = self._senders.submit(self._send, delivery)
            self._sent[sent] = delivery.account_id

    def _send(self, delivery: Delivery) -> None:
        with span("deliver", delivery.body.get("traceparent"), job_id=delivery.job_id) as trace:
            status, sentence = send(delivery, self._door, trace)
        self._door.meters.deliveries.labels("taken" if status in TAKEN else "failed").inc()
        with self._door.writing() as (tx, now):
            if status in TAKEN:
                delivered(tx, delivery.id, status, now)
            else:
                failed(tx, delivery, status, sentence, now, random.random())


def sweep(database: Engine, blobs: Blobs, before: float) -> int:
    """Delete what was put before that moment (UNIX seconds) and no row knows; how many blobs.

    The store is asked first: a blob that gets its row meanwhile is known when the rows are read.
    """
    old = blobs.put_before(before)
    with reading(database) as tx:
        lost = orphans(tx, old)
    blobs.delete(*lost)
    return len(lost)


def send(delivery: Delivery, door: Door, trace: str | None) -> tuple[int, str]:
    """Post one message, signed as Standard Webhooks says: the answer's status, and what was wrong.

    trace: the `traceparent` to tell the receiver. 0 where there was no answer.
    """
    text = json.dumps(delivery.body)
    at = datetime.fromtimestamp(int(door.clock()), UTC)
    headers = {
        "Content-Type": "application/json",
        "webhook-id": delivery.id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Signer(delivery.secret).sign(delivery.id, at, text),
    }
    if trace:
        headers["traceparent"] = trace
    try:
        status = post(delivery.url, text.encode(), headers, allowed=door.rules.allowed)
    except TilewrightError as error:
        return 0, str(error)
    return status, "" if status in TAKEN else f"the receiver answered {status}"
