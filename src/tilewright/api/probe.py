"""Whether database and store answer: asked once for all who wonder, and not waited for long."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import Thread
from typing import Generic, TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from tilewright.contract import StoreUnusable
from tilewright.database import reading
from tilewright.jobs import Queue, queues
from tilewright.store import Blobs

LOG = logging.getLogger(__name__)

PIECE = bytes(4096)
"""What is put into the store: as long as the disk's smallest piece."""

PATIENCE_SECONDS = 2.0
"""Kubernetes waits 5 s for /ready, Prometheus 10 s for /metrics, an S3 client as long again; for a
PostgreSQL whose processes stand still one would wait for ever."""

Found = TypeVar("Found")


class Probe(Generic[Found]):
    """A part that hangs must not make a door seem dead: whoever asks is told `None` in time.

    part: how people call it. ask: gives what the part answers, None where it does not work. It is
    called in a thread that holds up neither those in which requests wait for the same part, nor the
    end of the process.
    """

    def __init__(self, part: str, ask: Callable[[], Found | None]) -> None:
        self._part = part
        self._ask = ask
        self._hangs = False
        self._asked: asyncio.Future[Found | None] | None = None

    async def answer(self) -> Found | None:
        """What the part answers now; None while it does not. To be asked from one event loop."""
        if self._asked is None or self._asked.done():
            self._asked = _beside(self._ask)
        asked = self._asked
        await asyncio.wait({asked}, timeout=PATIENCE_SECONDS)
        self._note(hangs=not asked.done())
        return asked.result() if asked.done() else None

    def _note(self, *, hangs: bool) -> None:
        """Say when it begins to hang, and when it has ended to."""
        if hangs and not self._hangs:
            LOG.warning("%s does not answer within %g s", self._part, PATIENCE_SECONDS)
        elif self._hangs and not hangs:
            LOG.warning("%s answers again", self._part)
        self._hangs = hangs


def takes_photos(blobs: Blobs) -> bool:
    """Whether the store keeps what is put there; its disk may be full."""
    try:
        blobs.delete(blobs.put(PIECE))
    except StoreUnusable:
        return False
    return True


def waiting_and_running(database: Engine, clock: Callable[[], float]) -> dict[str, Queue] | None:
    """The jobs of each engine that has any; None if the database does not answer."""
    try:
        with reading(database) as tx:
            return queues(tx, clock())
    except SQLAlchemyError:
        return None


def _beside(ask: Callable[[], Found]) -> asyncio.Future[Found]:
    """What `ask` gives, asked in a thread of its own."""
    loop = asyncio.get_running_loop()
    promise: asyncio.Future[Found] = loop.create_future()

    def keep() -> None:
        tell: Callable[[], None]
        try:
            tell = partial(promise.set_result, ask())
        except Exception as error:
            tell = partial(promise.set_exception, error)
        with suppress(RuntimeError):  # the loop has ended, and nobody waits any more
            loop.call_soon_threadsafe(tell)

    Thread(target=keep, name="probe", daemon=True).start()
    return promise
