"""One job while it runs, seen by the engine's thread and by the event loop."""

import time
from collections.abc import Callable
from typing import Literal

from tilewright.contract import Cancelled
from tilewright.queue import Claimed
from tilewright.telemetry.traces import StageSpans

PROGRESS_SECONDS = 0.2
"""Between two words about the same stage. A new stage is told at once."""

MARK_SECONDS = 1.0
"""Between two marks that the engine moves: each winds up the watchdog anew."""

Halt = Literal["cancelled", "lost", "leaving"]


class Run:
    """Halted from outside, it ends at the engine's next tick.

    tell: called in the engine's thread with what is worth telling.
    moves: called there about once a second, while the engine moves.
    """

    def __init__(
        self,
        claimed: Claimed,
        tell: Callable[[str, float], None],
        moves: Callable[[], None] = lambda: None,
    ) -> None:
        self.claimed = claimed
        self.halted: Halt | None = None
        self._tell = tell
        self._moves = moves
        self._moved_at = 0.0
        self._stage = ""
        self._told_at = 0.0
        self._spans = StageSpans()

    def halt(self, why: Halt) -> None:
        """Make the next `tick` stop the engine. The first reason stands."""
        self.halted = self.halted or why

    def check(self) -> None:
        """Raise `Cancelled` if the run was halted."""
        if self.halted:
            raise Cancelled(f"the job was stopped: {self.halted}")

    def tick(self, stage: str, fraction: float) -> None:
        """The engine's `tick`."""
        self.check()
        now = time.monotonic()
        if now - self._moved_at >= MARK_SECONDS:
            self._moved_at = now
            self._moves()
        if stage != self._stage or now - self._told_at >= PROGRESS_SECONDS:
            self._stage, self._told_at = stage, now
            self._spans.enter(stage)
            self._tell(stage, fraction)

    def made(self) -> None:
        """The engine is done with it."""
        self._spans.end()
