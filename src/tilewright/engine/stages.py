"""The named stages of the work: their progress, and how long each one took."""

import time
from typing import Protocol

from tilewright.contract import StageTime
from tilewright.engine.protocol import Tick


class Progress(Protocol):
    """Takes the fraction of a stage that is done, and what is being done in it."""

    def __call__(self, fraction: float, doing: str = "") -> None:
        """It may raise `Cancelled`."""


class Stages:
    """Tells `tick` where the work stands, and keeps the time.

    plan: (name, share of the whole work) in order; the shares are scaled to add up to 1.
    """

    def __init__(self, tick: Tick, plan: list[tuple[str, float]]) -> None:
        self._tick = tick
        self._plan = plan
        self._whole = sum(share for _, share in plan)
        self._done = 0.0
        self._next = 0
        self._started = time.perf_counter()
        self.times: list[StageTime] = []

    def begin(self) -> "Progress":
        """Enter the next stage; the returned function tells what of it is done."""
        self._close()
        name, share = self._plan[self._next]
        self._next += 1
        start, span = self._done / self._whole, share / self._whole
        self._done += share
        self._tick(name, start)

        def progress(fraction: float, doing: str = "") -> None:
            self._tick(f"{name}: {doing}" if doing else name, start + span * fraction)

        return progress

    def end(self) -> list[StageTime]:
        """Close the last stage; the times of all, those of the same name added up."""
        self._close()
        self._tick(self._plan[-1][0], 1.0)
        added: dict[str, float] = {}
        for stage in self.times:
            added[stage.stage] = added.get(stage.stage, 0.0) + stage.seconds
        return [StageTime(stage=name, seconds=seconds) for name, seconds in added.items()]

    def _close(self) -> None:
        now = time.perf_counter()
        if self._next:
            name = self._plan[self._next - 1][0]
            self.times.append(StageTime(stage=name, seconds=now - self._started))
        self._started = now
