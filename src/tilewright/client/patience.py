"""How long to go on trying, and how long to pause before the next try."""

import time
from collections.abc import Iterator
from random import uniform

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 2.0
"""Seconds between tries: short enough that a server that has restarted is found at once."""


class Deadline:
    """A moment that many seconds from now, by a clock that nobody can set."""

    def __init__(self, seconds: float) -> None:
        self._begun = time.monotonic()
        self._seconds = seconds

    @property
    def elapsed(self) -> float:
        """Seconds since it was made."""
        return time.monotonic() - self._begun

    @property
    def left(self) -> float:
        """Seconds until it, 0 if it has passed."""
        return max(0.0, self._seconds - self.elapsed)

    def pause(self, seconds: float) -> bool:
        """Sleep that long, or until the moment if that comes first; False if it has passed."""
        left = self.left
        time.sleep(min(seconds, left))
        return left > 0.0


def pauses() -> Iterator[float]:
    """Pauses that double up to the longest; uneven, lest many clients come back at once."""
    pause = FIRST_PAUSE
    while True:
        yield uniform(pause / 2, pause)
        pause = min(2 * pause, LONGEST_PAUSE)
