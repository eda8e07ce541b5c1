"""The event loop that a door or a worker runs in, and how it is told to go."""

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any

GO = (signal.SIGTERM, signal.SIGINT)

TURN_SECONDS = 0.0005
"""For so long a thread may keep the interpreter from others that wait for it. Python's own 5 ms add
up: a submit waits for it ten times. See `bench/LOG.md`."""


def run(work: Coroutine[Any, Any, None], told: Callable[[], None]) -> None:
    """Run `work` to its end; SIGTERM and SIGINT call `told`, each time, and break into nothing.

    From before the loop starts: a handler that raised in the midst of its start would break it.
    `told` may come so early that nobody waits for anything yet.
    """

    async def listen() -> None:
        loop = asyncio.get_running_loop()
        for number in GO:
            loop.add_signal_handler(number, told)
        await work

    sys.setswitchinterval(TURN_SECONDS)
    for number in GO:
        signal.signal(number, lambda _, __: told())
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(listen())


def new_loop() -> asyncio.AbstractEventLoop:
    """uvloop's, which takes less CPU; Python's own where there is none, on Windows."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
