"""The thread in which the engine is loaded and works."""

import asyncio
import concurrent.futures
import contextvars
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar

Result = TypeVar("Result")


class EngineThread:
    """One for all that an engine does: a new one for each job would cost 0.4 ms of processor, most
    of it for what libraries set up in every thread anew, and would get a card's libraries confused.

    It does not hold up the end of the process. An executor's threads do: Python waits for them at
    its end, and an engine that does not tick could keep a worker from going for ever.
    """

    busy = False
    """Whether it is at something now."""

    def __init__(self) -> None:
        self._works: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    def do(self, work: Callable[[], Result]) -> asyncio.Future[Result]:
        """What `work` gives, once all that was asked for before it is done."""
        promise: concurrent.futures.Future[Result] = concurrent.futures.Future()
        promise.set_running_or_notify_cancel()
        within = contextvars.copy_context()  # so that what it logs is about the same job
        self._works.put(lambda: within.run(_keep, promise, work))
        if self._thread.ident is None:
            self._thread.start()
        return asyncio.wrap_future(promise)

    def _run(self) -> None:
        while True:
            work = self._works.get()
            self.busy = True
            work()
            del work  # what a job leaves goes with it
            self.busy = False


def _keep(promise: concurrent.futures.Future[Any], work: Callable[[], Any]) -> None:
    try:
        promise.set_result(work())
    except BaseException as error:
        promise.set_exception(error)
