"""Which workers live, and what they can make, as they tell it again and again."""

import time
from collections.abc import Callable
from typing import Literal, NamedTuple, get_args

State = Literal["loading", "ready", "leaving", "gone"]
"""`loading` its model; `ready` for jobs, or at one; `leaving`, it takes no more."""

STATES: tuple[State, ...] = get_args(State)

BEAT_SECONDS = 3.0
"""Between two words of a worker. A change is told at once."""

SILENT_SECONDS = 3.5 * BEAT_SECONDS
"""After which a worker that was not heard is taken for dead: three words may be lost."""


class _Heard(NamedTuple):
    engine: str
    state: State
    at: float


class Presence:
    """For one event loop, and for looks from any thread.

    clock: seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._heard: dict[str, _Heard] = {}
        self._last: dict[str, float] = {}  # when a worker of the engine was heard
        self._listening_since: float | None = None

    def listen(self, listening: bool) -> None:
        """Begin to listen, or be deaf from now on: then nobody's silence means anything."""
        self._listening_since = self._clock() if listening else None

    def hear(self, worker: str, engine: str, state: State) -> None:
        """A worker told what it does."""
        if state == "gone":
            self._heard.pop(worker, None)
            return
        if worker not in self._heard:  # the dead go when somebody new comes
            self._heard = {name: one for name, one in self._heard.items() if self._lives(one)}
        self._heard[worker] = _Heard(engine, state, self._clock())
        self._last[engine] = self._clock()

    def living(self, engine: str | None = None, *states: State) -> int:
        """How many workers live, of all or of one engine, in any state or in one of those."""
        return sum(
            self._lives(one) and engine in (None, one.engine) and one.state in (states or STATES)
            for one in list(self._heard.values())
        )

    def absent(self, engine: str) -> float:
        """For how many seconds no worker of that engine was heard, as far as we listened."""
        if self._listening_since is None:
            return 0.0
        return self._clock() - max(self._listening_since, self._last.get(engine, 0.0))

    def _lives(self, one: _Heard) -> bool:
        return self._clock() - one.at < SILENT_SECONDS
