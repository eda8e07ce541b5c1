"""What can be seen of a job while it runs: a stage in words, and how far it has come."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal, Self, TextIO

Progress = Callable[[str, float], None]
"""Called with the stage in words and the fraction done, 0 to 1, at every poll."""

Watch = Progress | Literal["bar"] | None
"""A function to call, a bar on the terminal, or nothing."""

UNANSWERED = "waiting for the server to answer"
"""The stage that is told while it does not: it restarts, or the network is gone."""

CELLS = 24
"""Characters of a whole bar."""


def checked(watch: Watch) -> Watch:
    """`watch`; raise `ValueError` for what is none."""
    if watch is None or watch == "bar" or callable(watch):
        return watch
    raise ValueError(f'progress is a function of stage and fraction, or "bar"; not {watch!r}')


@contextmanager
def watching(watch: Watch) -> Iterator[Progress]:
    """Whatever is to be called at every poll; a bar is wiped off at the end."""
    if watch == "bar":
        with Bar(sys.stderr) as bar:
            yield bar
    else:
        yield watch or _nobody


def stage_of(status: dict[str, Any]) -> tuple[str, float]:
    """The stage and the fraction done that a status body speaks of."""
    match status:
        case {"status": "COMPLETED"}:
            return "done", 1.0
        case {"status": "QUEUED", "waiting_for": str(words)}:
            return f"waiting for {words}", 0.0
        case {"status": "QUEUED", "queue_position": int(position)}:
            return f"waiting at place {position} of the queue", 0.0
        case {"status": "QUEUED"}:
            return "waiting in the queue", 0.0
    stage, fraction = status.get("stage"), status.get("progress")
    words = stage if isinstance(stage, str) and stage else "at work"
    return words, min(1.0, max(0.0, fraction)) if isinstance(fraction, (int, float)) else 0.0


class Bar:
    """A bar that redraws one line of a terminal; draws nothing where nobody looks."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._seen = stream.isatty()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._draw("")

    def __call__(self, stage: str, fraction: float) -> None:
        """Draw the bar anew; what the server says is kept from steering the terminal."""
        done = round(CELLS * fraction)
        words = "".join(letter for letter in stage if letter.isprintable())
        self._draw(f"[{'#' * done}{' ' * (CELLS - done)}] {fraction:4.0%} {words}")

    def _draw(self, line: str) -> None:
        if self._seen:
            width = shutil.get_terminal_size().columns - 1
            self._stream.write(f"\r\x1b[K{line[:width]}")
            self._stream.flush()


def _nobody(stage: str, fraction: float) -> None:
    """Nobody looks."""
