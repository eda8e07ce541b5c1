"""Ends tasks for certain."""

import asyncio
from typing import Any

CANCEL_AGAIN = 0.05
"""Seconds between cancellations of a task that did not heed the last."""


async def end(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks and wait until they are over; what they raise is of no interest any more.

    Once is not enough: a cancellation that arrives together with what was waited for is swallowed
    by `asyncio.wait_for` (before Python 3.12) and by libraries that take it for a time-out.
    """
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=CANCEL_AGAIN)
    await asyncio.gather(*tasks, return_exceptions=True)
