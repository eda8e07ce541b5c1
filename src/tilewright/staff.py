"""Keeps workers, and more doors, beside a door: started, started again, let go in peace."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress

RESTART_SECONDS = 0.5
"""Before one that died is started again."""

NICE = 5
"""Added to a worker's niceness; alone on the machine it loses nothing by it."""

LEAVE_SECONDS = 10.0
"""For them to hand back or hang up what they did not finish in their grace time."""


async def employ(words: Sequence[str], grace: float, leaving: asyncio.Event) -> None:
    """One process at a time, until told to leave.

    words: the command and its options. grace: seconds that it may take to leave.
    """
    while not leaving.is_set():
        one = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tilewright", *words, "--with-parent"),
            stdin=asyncio.subprocess.PIPE,
            start_new_session=True,  # a Ctrl-C in the terminal is for us
        )
        ended = asyncio.create_task(one.wait())
        told = asyncio.create_task(leaving.wait())
        await asyncio.wait({ended, told}, return_when=asyncio.FIRST_COMPLETED)
        if not ended.done():
            await _dismiss(one, ended, grace + LEAVE_SECONDS)
        told.cancel()
        if not leaving.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(leaving.wait(), RESTART_SECONDS)


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
    one: asyncio.subprocess.Process, ended: asyncio.Task[int], patience: float
) -> None:
    """Let it finish or hand back what it has; then do not wait any longer."""
    with suppress(ProcessLookupError):
        one.terminate()
    done, _ = await asyncio.wait({ended}, timeout=patience)
    if not done:
        one.kill()
        await ended
