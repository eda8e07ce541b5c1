"""Calls workers: as many calls in the stream as jobs wait, and again those that it has lost.

A call says that a job waits for an engine, not which: a worker that follows it is given the best
that waits then. So what comes last may still go first, and no call can be the wrong one. One too
many costs a worker a question in vain; one that is missing is missed by the next sweep.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress

from nats.aio.client import Client
from nats.errors import Error
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    Header,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import NotFoundError

from tilewright.queue.line import Line, Unanswered
from tilewright.queue.subjects import ACK_WAIT, JOB, STREAM

LOG = logging.getLogger(__name__)

WINDOW = 4096
"""Calls for one engine in the stream, at most: more than there are workers, so that none waits for
a door, and enough for an autoscaler to see how many are wanted. About 100 bytes each."""

SWEEP_SECONDS = 1.0
"""Between looks for what nobody told: jobs that came back, or that another door accepted."""

EARLY_SECONDS = 0.05
"""Between looks that are made sooner: somebody told, or half of a full window was taken."""

RETRY_SECONDS = 0.1
"""Before the next look after one that failed: an embedded server is back after about as long."""

STUCK_SWEEPS = 3
"""Sweeps in a row that find work and workers waiting for each other, before the stream is made
anew: a server whose store was deleted under it may take messages and deliver none."""

DUPLICATE_SECONDS = 10.0
ANSWER_SECONDS = 2.0
"""For the server to say what the stream holds."""

MOST_UNACKED = 10_000

FAILURES = (Error, Unanswered, OSError, TimeoutError)

Waiting = Callable[[str, int], Awaitable[int]]


class Dispatcher:
    """Keeps the calls of each engine in the stream.

    engines: their names.
    waiting: how many jobs wait for an engine, counted up to the given number.
    replicas: servers of a cluster that each hold the stream.
    """

    def __init__(
        self, line: Line, engines: Iterable[str], waiting: Waiting, replicas: int = 1
    ) -> None:
        self._line = line
        self._engines = tuple(engines)
        self._waiting = waiting
        self._replicas = replicas
        self._held: Counter[str] = Counter()  # calls that no worker has, about
        self._full: set[str] = set()  # engines for which more wait than the window takes
        self._wake = asyncio.Event()
        self._swept = False
        self._stuck: Counter[str] = Counter()

    def wake(self) -> None:
        """Something is ready: look soon."""
        self._wake.set()

    async def offer(self, engine: str) -> None:
        """One more job waits for that engine: called at once, unless the stream is full."""
        client = self._line.client
        if client is None or not self._swept:
            self.wake()
            return
        if self._held[engine] >= WINDOW:
            return  # the next sweep calls
        self._held[engine] += 1
        try:
            await self._line.unless_broken(client.publish(f"{JOB}.{engine}", b""))
        except FAILURES as error:
            LOG.debug("a job waits in the database for the next look: %r", error)

    def followed(self, engine: str) -> None:
        """A worker of that engine followed a call."""
        self._held[engine] -= 1
        if engine in self._full and self._held[engine] < WINDOW // 2:
            self._wake.set()

    async def run(self) -> None:
        """Call until cancelled. Of failures in a row the first is told to everybody."""
        level = logging.WARNING
        while True:
            try:
                client = await self._line.up()
                await self._line.unless_broken(self._sweep(client))
                level = logging.WARNING
            except FAILURES as error:
                LOG.log(level, "jobs wait in the database for the queue: %r", error)
                level = logging.DEBUG
                # No wake-up may cut this short: without a pause the line never gets to mend.
                await asyncio.sleep(RETRY_SECONDS)
                continue
            await asyncio.sleep(EARLY_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout(SWEEP_SECONDS - EARLY_SECONDS):
                    await self._wake.wait()

    async def _sweep(self, client: Client) -> None:
        """Compare what waits with what the stream holds, and call for what it lacks."""
        # Before the look, so that what becomes ready during it is looked for again.
        self._wake.clear()
        held = await self._calls(client.jetstream(timeout=ANSWER_SECONDS))
        for engine in self._engines:
            waiting = await self._waiting(engine, WINDOW)
            missing = max(0, waiting - held[engine])
            await self._call(client, engine, missing)
            self._held[engine] = held[engine] + missing
            (self._full.add if waiting >= WINDOW else self._full.discard)(engine)
        self._swept = True

    async def _calls(self, stream: JetStreamContext) -> dict[str, int]:
        """How many calls for each engine no worker has; the stream is made if missing or stuck."""
        try:
            calls = {engine: await self._look(stream, engine) for engine in self._engines}
            if max(self._stuck.values(), default=0) < STUCK_SWEEPS:
                return calls
            LOG.error("the queue delivers nothing: its stream is made anew")
            await stream.delete_stream(STREAM)
        except NotFoundError:
            pass
        await self._make(stream)
        return dict.fromkeys(self._engines, 0)

    async def _look(self, stream: JetStreamContext, engine: str) -> int:
        found = await stream.consumer_info(STREAM, engine)
        waiting_for_each_other = bool(found.num_pending and found.num_waiting)
        self._stuck[engine] = self._stuck[engine] + 1 if waiting_for_each_other else 0
        return found.num_pending or 0

    async def _make(self, stream: JetStreamContext) -> None:
        """A stream with its consumers. Two doors may do so at once: the calls are idempotent."""
        await stream.add_stream(
            StreamConfig(
                name=STREAM,
                subjects=[f"{JOB}.>"],
                retention=RetentionPolicy.WORK_QUEUE,
                storage=StorageType.MEMORY,  # what is lost with it is in the database
                duplicate_window=DUPLICATE_SECONDS,
                num_replicas=self._replicas,
            )
        )
        for engine in self._engines:
            await stream.add_consumer(STREAM, self._consumer(engine))
        self._stuck.clear()

    def _consumer(self, engine: str) -> ConsumerConfig:
        return ConsumerConfig(
            durable_name=engine,
            filter_subject=f"{JOB}.{engine}",
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=ACK_WAIT,
            max_ack_pending=MOST_UNACKED,
        )

    async def _call(self, client: Client, engine: str, number: int) -> None:
        """Call so often.

        Doors that miss the same calls in the same moment name them alike, and the stream takes
        each name once. It is not asked to acknowledge them: what it did not take, it lacks again.
        """
        moment = int(time.time() / SWEEP_SECONDS)
        for count in range(number):
            name = {Header.MSG_ID.value: f"{engine}.{moment}.{count}"}
            await client.publish(f"{JOB}.{engine}", b"", headers=name)
