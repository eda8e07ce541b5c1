"""Keeps workers, and more doors, beside a door: started, started again, let go in peace."""

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

LOG = logging.getLogger(__name__)

RESTART_SECONDS = 0.5
"""Before one that died is started again."""

NICE = 5
"""Added to a worker's niceness; alone on the machine it loses nothing by it."""

LEAVE_SECONDS = 10.0
"""For them to hand back or hang up what they did not finish in their grace time."""


class Going(NamedTuple):
    """What is told to everybody here. leaving: go in peace. hurry: do not wait for what runs."""

    leaving: asyncio.Event
    hurry: asyncio.Event

    def tell(self) -> None:
        """Leave; told again, hurry."""
        (self.hurry if self.leaving.is_set() else self.leaving).set()


async def employ(words: Sequence[str], grace: float, going: Going) -> None:
    """One process at a time, until told to leave.

    words: the command and its options. grace: seconds that it may take to leave.
    """
    while not going.leaving.is_set():
        try:
            await _employ_one(words, grace, going)
        except OSError as error:  # no memory, or no process more, as when one was killed for it
            LOG.error("a %s could not be started, and is tried again: %s", words[0], error)
        if not going.leaving.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(going.leaving.wait(), RESTART_SECONDS)


async def _employ_one(words: Sequence[str], grace: float, going: Going) -> None:
    one = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tilewright", *words, "--with-parent"),
        stdin=asyncio.subprocess.PIPE,
        start_new_session=True,  # a Ctrl-C in the terminal is for us
    )
    ended = asyncio.create_task(one.wait())
    told = asyncio.create_task(going.leaving.wait())
    await asyncio.wait({ended, told}, return_when=asyncio.FIRST_COMPLETED)
    if not ended.done():
        await _dismiss(one, ended, grace + LEAVE_SECONDS, going.hurry)
    told.cancel()


def step_aside() -> None:
    """Let the door on the same machine go first: callers wait for it, and a tile takes seconds."""
    if hasattr(os, "nice"):
        os.nice(NICE)


def end_with_parent() -> None:
    """Be told to go when standard input ends: the door's process is gone then, however."""

    def watch() -> None:
        while os.read(0, 1024):
            continue
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent", daemon=True).start()


async def _dismiss(
    one: asyncio.subprocess.Process,
    ended: asyncio.Task[int],
    patience: float,
    hurry: asyncio.Event,
) -> None:
    """Let it finish or hand back what it has; in a hurry, hand back. Then do not wait longer."""
    with suppress(ProcessLookupError):
        one.terminate()
    hurried = asyncio.create_task(hurry.wait())
    await asyncio.wait({ended, hurried}, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
    if not ended.done() and hurried.done():
        with suppress(ProcessLookupError):
            one.send_signal(signal.SIGINT)  # two SIGTERM at once are one
        await asyncio.wait({ended}, timeout=LEAVE_SECONDS)
    hurried.cancel()
    if not ended.done():
        one.kill()
        await ended
