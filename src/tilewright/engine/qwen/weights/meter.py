"""Bytes done of all the bytes to do, told as they pass."""

from tilewright.engine.protocol import Tick

GIGABYTE = 10**9


class Meter:
    """Tells `tick` how many of `whole` bytes are done, and what is being done to them."""

    def __init__(self, tick: Tick, what: str, whole: int) -> None:
        self._tick = tick
        self._what = what
        self._whole = whole
        self._done = 0

    def add(self, count: int) -> None:
        """Count more bytes; less than 0 takes back what must be done again."""
        self._done += count
        fraction = self._done / self._whole if self._whole else 1.0
        self._tick(f"{self._what}, {in_words(self._done)} of {in_words(self._whole)}", fraction)


def in_words(count: int) -> str:
    """Bytes as people read them: 57.7 GB, 0.4 MB."""
    if count >= GIGABYTE:
        return f"{count / GIGABYTE:.1f} GB"
    return f"{count / 10**6:.1f} MB"
