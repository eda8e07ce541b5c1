"""How a worker is: noted by its event loop, read by the threads of its port."""

import time
from collections import Counter
from collections.abc import Callable

BEAT_SECONDS = 1.0
"""Between two signs of life of the event loop."""

DEAD_SECONDS = 30.0
"""Without one it hangs: longer than any pause of a loaded machine that was seen."""

MOST_BROKEN = 3
"""Jobs in a row that the engine broke on, after which it is the engine and not the jobs."""

BROKEN = frozenset(("engine_broke", "engine_failed", "engine_unavailable"))
"""Codes of failed jobs that tell of the engine."""


class Vitals:
    """Of one worker. connected: whether its line to the queue stands."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._beat_at = clock()
        self._broken = 0
        self.connected: Callable[[], bool] = lambda: False
        self.loading = True
        self.busy = False
        self.leaving = False
        self.ended: Counter[str] = Counter()
        """Jobs by what became of them: `completed`, `cancelled`, or the code of a failure."""

    def beat(self) -> None:
        """The event loop runs."""
        self._beat_at = self._clock()

    def end(self, outcome: str) -> None:
        """A job ended here."""
        self.ended[outcome] += 1
        self._broken = self._broken + 1 if outcome in BROKEN else 0

    def lives(self) -> bool:
        """Whether its event loop runs; while a model is loaded it may well stand still."""
        return self.loading or self._clock() - self._beat_at < DEAD_SECONDS

    def problems(self) -> list[str]:
        """Why it takes no jobs, or makes none of them; nothing if it is well."""
        if self.loading:
            return ["it loads its engine"]
        states = {
            "it was told to go and takes no more jobs": self.leaving,
            "its event loop hangs": not self.lives(),
            "the queue does not answer": not self.connected(),
            f"the engine broke on the last {self._broken} jobs": self._broken >= MOST_BROKEN,
        }
        return [problem for problem, is_so in states.items() if is_so]
