"""The worker's side: takes one job at a time, and tells the doors how it goes."""

import asyncio
import json
import logging
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error
from nats.js import JetStreamContext

from tilewright.queue.address import Address
from tilewright.queue.line import Line, Unanswered
from tilewright.queue.presence import BEAT_SECONDS, State
from tilewright.queue.subjects import (
    CANCEL,
    CLAIM,
    FINISH,
    HAND_BACK,
    HERE,
    PROGRESS,
    RENEW,
    STREAM,
    Body,
    last_word,
    pack,
)
from tilewright.queue.tasks import end
from tilewright.store import Room

LOG = logging.getLogger(__name__)

PULL_SECONDS = 5.0
"""One pull lasts so long; then the next. Few bytes, and it mends whatever made a pull be lost."""

ANSWER_SECONDS = 10.0
"""A door answers within milliseconds; one whose database is locked may need seconds."""

CLAIM_SECONDS = 5.0
"""After which a worker that no door answers looks for another offer."""

NEXT_SECONDS = 0.5
"""For the stream to say whether a call waits. It takes a millisecond; while a cluster looks for a
leader it says nothing, and no outcome is to wait for that."""

ASK_AGAIN = 0.2
"""Seconds between questions that nobody answers: a door that restarts is back within seconds."""

ASK_BYTES = 8
"""Of the name of a question, by which a door knows it again: see `Carrier`."""

CANCELS_KEPT = 256
"""Cancelled jobs remembered: the word may come before the claim of the job is answered."""

NEXT = "$JS.API.CONSUMER.MSG.NEXT.{}.{}"
AT_ONCE = b'{"batch":1,"no_wait":true}'
STATUS = "Status"
"""How a stream is asked for the next message of a consumer if there is one, and the header of the
answer if there is none."""

Pull = JetStreamContext.PullSubscription


class Claimed(NamedTuple):
    """A job that is ours: this attempt of it, what to make, and where its photos are.

    tile: where to put what comes of it. trace: the caller's W3C traceparent, for the log.
    """

    job: str
    attempt: int
    slug: str
    request: dict[str, Any]
    inputs: list[str | None]
    tile: Room
    trace: str | None = None


class Told(NamedTuple):
    """What became of an outcome that was told, and the job that came with the answer.

    taken: True: taken. False: refused, the job is not ours any more. None: nobody knows; either no
    door answered, or a door that is no more may have taken it before this one refused.
    """

    taken: bool | None
    following: Claimed | None = None


REMEDY = (
    "unless it comes back by itself: where TILEWRIGHT_NATS_URL is set, see to that server, and "
    "that it takes the token; else start `tilewright serve` on the same TILEWRIGHT_DATA_DIR"
)


class Puller:
    """A worker's line to the queue, for one event loop.

    engine: the name of the one that it has; it is given jobs for no other.
    cancelled: called with the id of every job that is cancelled, whoever runs it.
    """

    def __init__(
        self,
        address: Callable[[], Address],
        worker: str,
        engine: str,
        cancelled: Callable[[str], None],
    ) -> None:
        self._worker = worker
        self._engine = engine
        self._state: State = "loading"
        self._beating: asyncio.Task[None] | None = None
        self._cancelled = cancelled
        self._followed: dict[str, Msg] = {}  # by the job that came of each call
        self._spare: Msg | None = None  # a call that nothing has come of yet
        self._recent: deque[str] = deque(maxlen=CANCELS_KEPT)
        self._pull: tuple[Client, Pull] | None = None
        self._line = Line(address, worker, self._greet, remedy=REMEDY)

    def open(self) -> None:
        """Begin to connect, and to try again whenever the line breaks."""
        self._line.open()
        self._beating = asyncio.create_task(self._beat(), name="beat")

    async def up(self) -> None:
        """Wait until the line stands."""
        await self._line.up()

    async def close(self) -> None:
        """Say goodbye and hang up. May be called twice."""
        if self._beating is not None:
            await end(self._beating)
        await self.say("gone")
        await self._line.close()

    @property
    def connected(self) -> bool:
        """Whether the line stands now."""
        return self._line.client is not None

    async def say(self, state: State) -> None:
        """Tell the doors what this worker does from now on."""
        self._state = state
        await self._line.tell(*self._here())

    def _here(self) -> tuple[str, Body]:
        return f"{HERE}.{self._engine}", {"worker": self._worker, "state": self._state}

    def was_cancelled(self, job: str) -> bool:
        """Whether the job was cancelled lately. Ids are never used again, so it stays true."""
        return job in self._recent

    async def offer(self) -> Msg:
        """Wait for work. May be cancelled at any time: what was offered but not claimed goes to
        another worker after `ACK_WAIT`.
        """
        if self._spare is not None:
            spare, self._spare = self._spare, None
            return spare
        while True:
            began = time.monotonic()
            try:
                return await self._next()
            except (Error, Unanswered, OSError, TimeoutError) as error:
                # Nothing to do for a while; or at once: no stream yet, which the doors will make.
                LOG.debug("no work: %r", error)
                if time.monotonic() - began < ASK_AGAIN:
                    await asyncio.sleep(ASK_AGAIN)

    async def claim(self, offer: Msg) -> Claimed | None:
        """Ask for a job, as the offer said; None if none waits any more, or if no door answers.

        From a door's answer on the lease in the database says whose the job is. The offer stays
        with us until `done`, so that the lag of the consumer is what waits and what runs: as many
        workers as an autoscaler should keep. Without an answer it comes again by itself.
        """
        body = {**self._wish(), "ask": secrets.token_hex(ASK_BYTES)}
        last = time.monotonic() + CLAIM_SECONDS
        while time.monotonic() < last:
            try:
                reply = _answer(await self._line.ask(CLAIM, body, ANSWER_SECONDS))
            except Unanswered:
                await asyncio.sleep(ASK_AGAIN)
                continue
            return await self._follow(offer, reply)
        return None

    async def done(self, claimed: Claimed) -> None:
        """There is nothing more to do for the job."""
        if offer := self._followed.pop(claimed.job, None):
            await _say(offer.ack)

    async def renew(self, claimed: Claimed, seconds: float) -> bool:
        """Keep the job ours. False: it is not. Raises `Unanswered`."""
        if offer := self._followed.get(claimed.job):
            await _say(offer.in_progress)
        reply = await self._ask(RENEW, claimed, {}, seconds)
        return bool(reply["alive"])

    async def finish(
        self, claimed: Claimed, outcome: Body, seconds: float, go_on: bool = False
    ) -> Told:
        """Tell the outcome until a door answers.

        go_on: if more jobs waited when this one was given, ask for one in the same breath.
        """
        followed = self._followed.get(claimed.job)
        more = go_on and followed is not None and followed.metadata.num_pending
        offer = await self._waiting_call() if more else None
        wish = {} if offer is None else {"then": self._wish()}
        reply = await self._insist(FINISH, claimed, {"outcome": outcome, **wish}, seconds)
        if offer is None or "granted" not in reply:
            self._spare = offer  # nobody answered that: it is followed as any other
            return Told(reply["taken"])
        return Told(reply["taken"], await self._follow(offer, reply))

    async def hand_back(self, claimed: Claimed, seconds: float) -> bool | None:
        """Give the job back unfinished; the answers are those of `Told.taken`."""
        taken: bool | None = (await self._insist(HAND_BACK, claimed, {}, seconds))["taken"]
        return taken

    async def progress(self, claimed: Claimed, stage: str, fraction: float) -> None:
        """Tell how far the job is, to whoever listens."""
        await self._line.tell(
            f"{PROGRESS}.{claimed.job}", {"stage": stage, "fraction": round(fraction, 4)}
        )

    async def _greet(self, client: Client) -> None:
        await client.subscribe(f"{CANCEL}.*", cb=self._hear_cancel)
        subject, body = self._here()
        await client.publish(subject, pack(body))

    async def _beat(self) -> None:
        """Tell again and again that we live."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            await self._line.tell(*self._here())

    async def _hear_cancel(self, message: Msg) -> None:
        job = last_word(message.subject)
        self._recent.append(job)
        self._cancelled(job)

    async def _next(self) -> Msg:
        """The next message of the stream. Raises `TimeoutError` if there is none for a while."""
        client = await self._line.up()
        if self._pull is None or self._pull[0] is not client:
            stream = client.jetstream()
            self._pull = client, await stream.pull_subscribe_bind(self._engine, stream=STREAM)
        messages = await self._line.unless_broken(self._pull[1].fetch(1, PULL_SECONDS))
        return messages[0]

    async def _waiting_call(self) -> Msg | None:
        """A call that waits in the stream, if one does: nobody else is there to follow it."""
        client = self._line.client
        if client is None:
            return None
        wanted = NEXT.format(STREAM, self._engine)
        # Of the old style: the others are told apart by their subject, and a call has its own.
        asking = client.request(wanted, AT_ONCE, timeout=NEXT_SECONDS, old_style=True)
        try:
            call = await self._line.unless_broken(asking)
        except (Error, Unanswered, OSError, TimeoutError):
            return None
        return None if call.header and STATUS in call.header else call

    async def _follow(self, offer: Msg, reply: Body) -> Claimed | None:
        """The job that a door gave us, if it had one."""
        if not reply["granted"]:
            await _say(offer.ack)
            return None
        claimed = _claimed(reply["claimed"])
        self._followed[claimed.job] = offer
        return claimed

    def _wish(self) -> Body:
        return {"engine": self._engine, "worker": self._worker}

    async def _insist(self, subject: str, claimed: Claimed, more: Body, seconds: float) -> Body:
        """The first answer, or None for what is `taken`: see `Told`."""
        more = {**more, "ask": secrets.token_hex(ASK_BYTES)}
        last = time.monotonic() + seconds
        unsure = False
        while True:
            try:
                reply = await self._ask(subject, claimed, more, ANSWER_SECONDS)
            except Unanswered as error:
                LOG.debug("%s: %s", claimed.job, error)
                unsure = True
            else:
                return {**reply, "taken": None if unsure and not reply["taken"] else reply["taken"]}
            if time.monotonic() > last:
                return {"taken": None}
            await asyncio.sleep(ASK_AGAIN)

    async def _ask(self, subject: str, claimed: Claimed, more: Body, seconds: float) -> Body:
        body = {"job": claimed.job, "attempt": claimed.attempt, **more}
        return _answer(await self._line.ask(subject, body, seconds))


def _claimed(body: Body) -> Claimed:
    """What this version knows of it: the door may be newer, and say more."""
    known = {name: body[name] for name in Claimed._fields if name in body}
    return Claimed(**{**known, "tile": Room(*body["tile"])})


def _answer(reply: Body) -> Body:
    if "error" in reply:
        raise Unanswered(json.dumps(reply))
    return reply


async def _say(word: Callable[[], Awaitable[None]]) -> None:
    """Acknowledge or drop an offer; if the line broke, it comes again and is refused then."""
    try:
        await word()
    except (Error, OSError) as error:
        LOG.debug("an acknowledgment was lost: %r", error)
