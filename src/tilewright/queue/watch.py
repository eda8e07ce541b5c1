"""What happens to jobs, for those who wait: progress and ends, as workers and doors tell them."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Literal, NamedTuple

MOST_KEPT = 10_000
"""Jobs whose last progress is kept. Those that ended unheard would pile up otherwise."""

MOST_WAITING = 100
"""Events that one slow watcher may leave unread; the newest beyond are dropped."""


class Progress(NamedTuple):
    """Where a running job stands: its stage, and the fraction of the whole work done, 0..1."""

    stage: str
    fraction: float


class Event(NamedTuple):
    """What a watcher hears. Events may be lost: the truth is in the database.

    `look`: the line to the queue was broken; what happened meanwhile must be looked up.
    `leave`: this door goes, and tells nothing more.
    """

    kind: Literal["progress", "done", "look", "leave"]
    progress: Progress | None = None
    state: str | None = None


class Watchers:
    """Who waits for which job. For one event loop."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Queue[Event]]] = {}
        self._last: OrderedDict[str, Progress] = OrderedDict()
        self._leaving = False

    def last(self, job: str) -> Progress | None:
        """The last progress heard of a running job."""
        return self._last.get(job)

    @contextmanager
    def watch(self, job: str) -> Iterator[asyncio.Queue[Event]]:
        """A queue of all that happens to the job from now on."""
        events: asyncio.Queue[Event] = asyncio.Queue(MOST_WAITING)
        self._waiting.setdefault(job, set()).add(events)
        if self._leaving:
            events.put_nowait(Event("leave"))
        try:
            yield events
        finally:
            self._waiting[job].discard(events)
            if not self._waiting[job]:
                del self._waiting[job]

    def progressed(self, job: str, progress: Progress) -> None:
        """A worker told how far it is."""
        self._last[job] = progress
        self._last.move_to_end(job)
        if len(self._last) > MOST_KEPT:
            self._last.popitem(last=False)
        self._tell(job, Event("progress", progress))

    def ended(self, job: str, state: str) -> None:
        """A door told that the job has ended."""
        self._last.pop(job, None)
        self._tell(job, Event("done", state=state))

    def look(self) -> None:
        """Tell everybody that they may have missed something."""
        for job in self._waiting:
            self._tell(job, Event("look"))

    def leave(self) -> None:
        """Tell everybody, and whoever comes, that nothing more is told here."""
        self._leaving = True
        for job in self._waiting:
            self._tell(job, Event("leave"))

    def _tell(self, job: str, event: Event) -> None:
        for events in self._waiting.get(job, ()):
            if events.full() and event.kind != "progress":
                events.get_nowait()  # an end matters more than an old step
            with suppress(asyncio.QueueFull):
                events.put_nowait(event)
