"""A bell that rings once, and cuts short whatever is done until then."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from tilewright.queue.tasks import CANCEL_AGAIN

Result = TypeVar("Result")


class Rung(Exception):
    """The bell rang before the work was done."""


class Bell:
    """For one event loop.

    Why not a task for the work and one that waits for an event: with four such pairs for each job
    a worker spent a fifth of its time on tasks.
    """

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self._works: set[_Work] = set()

    @property
    def rung(self) -> bool:
        """Whether it has rung."""
        return self._rung.is_set()

    def ring(self) -> None:
        """Cut short all that is done until now. A second time changes nothing."""
        if not self.rung:
            self._rung.set()
            self._cut()

    async def wait(self, seconds: float | None = None) -> None:
        """Until it has rung, or for so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._rung.wait()

    async def until(self, doing: Coroutine[Any, Any, Result]) -> Result:
        """What `doing` gives. Raises `Rung` as soon as the bell rings, or at once if it has."""
        if self.rung:
            doing.close()
            raise Rung
        work = _Work()
        self._works.add(work)
        try:
            return await doing
        except asyncio.CancelledError:
            if work.only_cut_by_bell():
                raise Rung from None
            raise
        finally:
            self._works.discard(work)
            work.forget_cuts()

    def _cut(self) -> None:
        for work in self._works:
            work.cut()
        if self._works:  # once is not enough: see `tasks.end`
            asyncio.get_running_loop().call_later(CANCEL_AGAIN, self._cut)


class _Work:
    """What the current task is doing, and how often the bell has cancelled it."""

    def __init__(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._before = task.cancelling()
        self._cuts = 0

    def cut(self) -> None:
        self._cuts += 1
        self._task.cancel()

    def only_cut_by_bell(self) -> bool:
        """Whether nobody else cancelled the task meanwhile, who would want all of it to end."""
        return self._cuts > 0 and self._task.cancelling() - self._cuts <= self._before

    def forget_cuts(self) -> None:
        for _ in range(self._cuts):
            self._task.uncancel()
