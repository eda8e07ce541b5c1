"""A line to the queue that is laid anew whenever it breaks."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from nats.aio.client import Client
from nats.errors import Error

from tilewright.contract import QueueUnavailable
from tilewright.queue.address import Address
from tilewright.queue.bell import Bell, Rung
from tilewright.queue.subjects import Body, pack, unpack
from tilewright.queue.tasks import end

LOG = logging.getLogger(__name__)

CONNECT_SECONDS = 2
PING_SECONDS = 5
"""A line over which nothing comes back for two of these is broken, though it looks whole."""

LOOK_SECONDS = 0.2
"""Between looks whether the connection ended without a word: that of one that is reset while
something was left to send, nats-py does not tell (its `_close` fails on what was left)."""

SHORTEST_PAUSE, LONGEST_PAUSE = 0.02, 0.5
"""Seconds between attempts to connect: an embedded server is back after about 0.1."""

Result = TypeVar("Result")


class Unanswered(Exception):
    """Nobody answered, or the line broke meanwhile: whether the question was heard is unknown."""


class Line:
    """One connection at a time.

    Why not the reconnecting that the NATS library has: it keeps to the address and token of its
    first connection, which a restarted door may have changed, it does not end the waiting for
    answers that cannot come any more, and it gives up for good where the server refuses it once.

    address: where the queue is now; asked before each attempt.
    greet: what each new connection begins with, its subscriptions above all.
    risen: called when it stands. fallen: called when it is broken.
    remedy: what people may do while it does not.
    """

    def __init__(
        self,
        address: Callable[[], Address],
        name: str,
        greet: Callable[[Client], Awaitable[None]],
        risen: Callable[[], None] = lambda: None,
        fallen: Callable[[], None] = lambda: None,
        remedy: str = "",
    ) -> None:
        self._address = address
        self._name = name
        self._greet = greet
        self._risen = risen
        self._fallen = fallen
        self._remedy = f"; {remedy}" if remedy else ""
        self._client: asyncio.Future[Client] | None = None  # done while the line stands
        self._broken = Bell()
        self._missed = False  # whether it was told that there is no line
        self._task: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Begin to connect; `up` tells when the line stands."""
        self._client = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._keep(), name=f"line of {self._name}")

    async def close(self) -> None:
        """Hang up. May be called twice."""
        if self._task is None or self._client is None:
            return
        await end(self._task)
        if not self._client.done():
            self._client.set_exception(Unanswered("the line was closed"))
            self._client.exception()  # seen, also if nobody waits

    async def up(self) -> Client:
        """The connection, as soon as there is one. Raises `Unanswered` after `close`."""
        assert self._client is not None, "open() comes first"
        return await asyncio.shield(self._client)

    @property
    def client(self) -> Client | None:
        """The connection, if the line stands."""
        future = self._client
        return future.result() if future and future.done() and not future.exception() else None

    async def ask(self, subject: str, body: Body, seconds: float) -> Body:
        """The answer of whoever answers first. Raises `Unanswered`."""
        try:
            async with asyncio.timeout(seconds):
                client = await self.up()
                asked = client.request(subject, pack(body), timeout=seconds)
                return unpack((await self.unless_broken(asked)).data)
        except (Error, TimeoutError, ValueError) as error:
            raise Unanswered(f"{subject}: {str(error) or type(error).__name__}") from None

    async def tell(self, subject: str, body: Body) -> None:
        """Say something to whoever listens; while the line is broken, to nobody."""
        if self.client is None:
            return
        try:
            await self.client.publish(subject, pack(body))
        except (Error, OSError):
            LOG.debug("nobody was told %s", subject)

    async def unless_broken(self, work: Coroutine[Any, Any, Result]) -> Result:
        """What `work` gives; raises `Unanswered` as soon as the line breaks."""
        try:
            return await self._broken.until(work)
        except Rung:
            raise Unanswered("the line to the queue broke") from None

    async def _keep(self) -> None:
        pause = SHORTEST_PAUSE
        while True:
            try:
                await self._once()
                pause = SHORTEST_PAUSE
            except (Error, OSError, TimeoutError, QueueUnavailable) as error:
                level = logging.WARNING if pause == SHORTEST_PAUSE else logging.DEBUG
                self._missed = True
                told = (self._name, str(error) or type(error).__name__, self._remedy)
                LOG.log(level, "%s waits for the queue: %s%s", *told)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    async def _once(self) -> None:
        """Connect, greet, and stay until the line breaks."""
        address, broken = self._address(), Bell()
        client = address.client()

        async def hung_up() -> None:
            broken.ring()

        try:
            await self._connect(client, address, hung_up)
            await self._greet(client)
            await client.flush(CONNECT_SECONDS)
            assert self._client is not None
            self._broken = broken
            self._client.set_result(client)
            self._risen()
            level = logging.INFO if self._missed else logging.DEBUG
            LOG.log(level, "%s has a line to the queue", self._name)
            self._missed = False
            while not (broken.rung or client.is_closed):
                await broken.wait(LOOK_SECONDS)
        finally:
            broken.ring()
            if self.client is not None:
                self._client = asyncio.get_running_loop().create_future()
                self._fallen()
            await hang_up(client)

    async def _connect(
        self, client: Client, address: Address, hung_up: Callable[[], Awaitable[None]]
    ) -> None:
        async with asyncio.timeout(2 * CONNECT_SECONDS):
            await client.connect(
                **address.options(),
                name=self._name,
                no_echo=True,  # nobody needs to hear what they said themselves
                allow_reconnect=False,
                max_reconnect_attempts=1,  # its 0 means for ever
                reconnect_time_wait=0,
                connect_timeout=CONNECT_SECONDS,
                ping_interval=PING_SECONDS,
                closed_cb=hung_up,
                error_cb=_note,
            )


async def hang_up(client: Client) -> None:
    """Close the connection, if there ever was one: of others the library's own end fails.

    Not for ever: of one that broke in the midst of its TLS handshake, and of one that another host
    no longer hears, the library waits for an end that nobody tells.
    """
    if not (client.is_connected or client.is_connecting):
        return
    with suppress(TimeoutError):
        async with asyncio.timeout(CONNECT_SECONDS):
            await client.close()


async def _note(error: Exception) -> None:
    LOG.debug("queue: %r", error)
