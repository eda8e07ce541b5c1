"""Sends the jobs that are ready into the stream, and again those that the stream has lost."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

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
from tilewright.queue.subjects import ACK_WAIT, CONSUMER, STREAM, WORK, job_of, pack

LOG = logging.getLogger(__name__)

WINDOW = 64
"""Jobs in the stream at a time, about. Few, so that the best one goes first whenever it comes;
more than there are workers, so that none waits for a door."""

SWEEP_SECONDS = 1.0
"""Between looks for what no wake-up told: jobs that came back, or that another door accepted."""

FULL_SECONDS = 0.05
"""Between looks that wake-ups cause while the window is full: a new job could only be sent if it
were better than all in it. The next sweep finds what is passed over, if no worker makes room."""

RETRY_SECONDS = 0.1
"""Before the next look after one that failed: an embedded server is back after about as long."""

RESEND_SECONDS = 5.0
"""After which a job that is neither claimed nor in the stream any more is sent again."""

STUCK_SWEEPS = 3
"""Sweeps in a row that find work and workers waiting for each other, before the stream is made
anew: a server whose store was deleted under it may take messages and deliver none."""

DUPLICATE_SECONDS = 120.0
ANSWER_SECONDS = 2.0
"""For the server to say what the stream holds."""

MOST_UNACKED = 10_000

Ticket = tuple[str, int]
"""A job and its generation: the same job goes back to the queue as another ticket."""

FAILURES = (Error, Unanswered, OSError, TimeoutError)


@dataclass
class Sent:
    """When a ticket was last sent, on the monotonic clock, and how often before."""

    at: float
    again: int = 0


class Dispatcher:
    """Keeps the best ready jobs in the stream.

    ready: the best so many tickets, best first, those included that were sent but not claimed.
    """

    def __init__(self, line: Line, ready: Callable[[int], Awaitable[list[Ticket]]]) -> None:
        self._line = line
        self._ready = ready
        self._sent: dict[Ticket, Sent] = {}
        self._more = False  # the last look found more jobs than the window takes
        self._wake = asyncio.Event()
        self._looked_at = 0.0  # on the monotonic clock
        self._stuck = 0
        self.idle = 0  # workers that waited for work at the last sweep

    def wake(self) -> None:
        """Something is ready: look now, or soon."""
        full = self._more and len(self._sent) >= WINDOW
        if not full or time.monotonic() - self._looked_at >= FULL_SECONDS:
            self._wake.set()

    async def offer(self, ticket: Ticket) -> None:
        """One more is ready: sent without a look at the database, if the stream has all others."""
        client = self._line.client
        if client is None or self._more or len(self._sent) >= WINDOW or not self._looked_at:
            self.wake()
        elif ticket not in self._sent:
            try:
                await self._line.unless_broken(self._send(client, [ticket]))
            except FAILURES as error:
                LOG.debug("a job waits in the database for the next look: %r", error)
                self.wake()

    def claimed(self, ticket: Ticket) -> None:
        """A worker asked for this ticket, so the stream does not hold it any more."""
        self._sent.pop(ticket, None)
        if self._more and len(self._sent) < WINDOW // 2:
            self._wake.set()

    async def run(self) -> None:
        """Send until cancelled."""
        swept_at, swept_on = 0.0, None
        while True:
            try:
                client = await self._line.up()
                now = time.monotonic()
                if client is not swept_on:
                    self._doubt_all()
                if client is not swept_on or now - swept_at >= SWEEP_SECONDS:
                    await self._line.unless_broken(self._sweep(client))
                    swept_at, swept_on = now, client
                else:
                    await self._line.unless_broken(self._send_new(client))
            except FAILURES as error:
                LOG.warning("jobs wait in the database for the queue: %s", error or repr(error))
                swept_on = None
                # No wake-up may cut this short: without a pause the line never gets to mend.
                await asyncio.sleep(RETRY_SECONDS)
                continue
            await self._pause(max(0.0, swept_at + SWEEP_SECONDS - time.monotonic()))

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _send_new(self, client: Client) -> list[Ticket]:
        """Send what is ready and was not sent yet; all that is ready."""
        # Before the look, so that what becomes ready during it is looked for again.
        self._wake.clear()
        self._looked_at = time.monotonic()
        tickets = await self._ready(WINDOW)
        self._more = len(tickets) >= WINDOW
        await self._send(client, [ticket for ticket in tickets if ticket not in self._sent])
        return tickets

    def _doubt_all(self) -> None:
        """The line is a new one: whatever the stream does not hold may have been lost with the old.

        Sent again at the next sweep, without waiting for `RESEND_SECONDS`.
        """
        for sent in self._sent.values():
            sent.at = 0.0

    async def _sweep(self, client: Client) -> None:
        """Compare what was sent with what the stream holds, and send what it lost."""
        held = await self._held(client.jetstream(timeout=ANSWER_SECONDS))
        tickets = await self._send_new(client)
        ready, late = set(tickets), time.monotonic() - RESEND_SECONDS
        for ticket in [one for one in self._sent if one not in ready and one[0] not in held]:
            del self._sent[ticket]  # claimed at another door, or ended
        lost = [
            ticket
            for ticket in tickets
            if ticket[0] not in held and ticket in self._sent and self._sent[ticket].at < late
        ]
        if lost:
            LOG.warning("%d jobs were lost on their way and are sent again", len(lost))
        await self._send(client, lost)

    async def _held(self, stream: JetStreamContext) -> set[str]:
        """The jobs in the stream, which is made if it is missing or stuck."""
        try:
            if await self._is_stuck(stream):
                LOG.error("the queue delivers nothing: its stream is made anew")
                await stream.delete_stream(STREAM)
                raise NotFoundError
            found = await stream.stream_info(STREAM, subjects_filter=f"{WORK}.>")
        except NotFoundError:
            await self._make(stream)
            return set()
        return {job_of(subject) for subject in found.state.subjects or ()}

    async def _is_stuck(self, stream: JetStreamContext) -> bool:
        found = await stream.consumer_info(STREAM, CONSUMER)
        self.idle = found.num_waiting or 0
        waiting_for_each_other = bool(found.num_pending and found.num_waiting)
        self._stuck = self._stuck + 1 if waiting_for_each_other else 0
        return self._stuck >= STUCK_SWEEPS

    async def _make(self, stream: JetStreamContext) -> None:
        """A stream with its consumer, both empty; nothing counts as sent any more.

        Two doors may do so at once: both calls are idempotent.
        """
        await stream.add_stream(
            StreamConfig(
                name=STREAM,
                subjects=[f"{WORK}.>"],
                retention=RetentionPolicy.WORK_QUEUE,
                storage=StorageType.MEMORY,  # what is lost with it is in the database
                duplicate_window=DUPLICATE_SECONDS,
            )
        )
        await stream.add_consumer(
            STREAM,
            ConsumerConfig(
                durable_name=CONSUMER,
                ack_policy=AckPolicy.EXPLICIT,
                ack_wait=ACK_WAIT,
                max_ack_pending=MOST_UNACKED,
            ),
        )
        self._sent.clear()
        self._stuck = 0

    async def _send(self, client: Client, tickets: list[Ticket]) -> None:
        """Send tickets in their order.

        The stream is not asked to acknowledge them, which would cost two messages more for each
        job: what it did not take, the sweep misses.
        """
        for ticket in tickets:
            known = self._sent.get(ticket)
            again = known.again + 1 if known else 0
            self._sent[ticket] = Sent(time.monotonic(), again)
            await self._publish(client, ticket, again)

    async def _publish(self, client: Client, ticket: Ticket, again: int) -> None:
        job, generation = ticket
        # The same id within two minutes is swallowed: two doors may send the same ticket, but one
        # that was lost must come through.
        name = f"{job}.{generation}" + (f".{again}" if again else "")
        body = pack({"job": job, "generation": generation})
        await client.publish(f"{WORK}.{job}", body, headers={Header.MSG_ID: name})
