"""What is shown again near by, or several times as far away: the eye finds both at once."""

import itertools
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from tilewright.engine.arrays import Floats
from tilewright.engine.synthesis.pieces import Near, Pieces, Place, Steps
from tilewright.engine.synthesis.stock import COARSE

ECHO = 2.0
"""How much worse a piece fits that lies beside its place already: three times as bad. A factor,
since where much fits well, as in courses of bricks, something else does too, and is to be taken; as
a price by itself it drove every third brick off its course. With 1 more lay beside itself: of drawn
grass and pebbles that are seen nine times .33 and .35, for .29 and .31 (16 seeds)."""

ALMOST = 3
"""Power of the share of a piece that comes again. What is shown in part is hardly an echo: if it
were, the least of it would come of whole copies of the photo, side by side."""

REACH = 2.2
"""Steps from piece to piece within which what comes again is an echo; the farther, the cheaper."""

BESIDE = 0.5
"""What is shown again a coarse texel farther or nearer counts by so much."""

HERE = (-1, 0, 1)
"""Coarse texels; what is shown so near is the same place, where one piece goes on with another."""

_Common = tuple[tuple[slice, slice], tuple[NDArray[np.float64], NDArray[np.float64]]]


def echoes(around: list[Near], length: tuple[int, int], places: tuple[int, ...]) -> Floats:
    """How much each source would be an echo: 1 if it lies beside, more if often.

    around: the pieces within `REACH`. length: of a piece. places: how many sources there are, one
    every `COARSE` texels.
    """
    echo: Floats = np.zeros(places, np.float32)
    if around:
        moved = _moved(np.array([piece.source for piece in around]), places)
        for piece, (window, shares) in zip(around, _common(moved, length), strict=True):
            echo[window] += np.outer(*shares) ** ALMOST / max(1.0, piece.far)
    return echo


class Lags:
    """How much of a torus is shown once more at each distance from itself, as a share of it.

    Pieces from the same place show the same, as far away as they lie. One such pair is hardly
    found; several as far apart are a pattern.
    """

    def __init__(self, pieces: Pieces) -> None:
        self._pieces = pieces
        self._cells = np.maximum(1, np.array(pieces.size) // COARSE)
        self._shares: Floats = np.zeros(self._cells, np.float32)

    def count(self, place: Place, source: Place, times: int) -> None:
        """A piece from `source` at `place` is added to the others (1), or is there no more (-1)."""
        places, sources = self._pieces.all
        length = np.array(self._pieces.length)
        common = np.prod(np.maximum(0, 1 - np.abs(sources - source) / length), axis=1)
        share = times * common * np.prod(length / self._pieces.size)
        apart = np.rint((np.array(place) - source - places + sources) / COARSE).astype(np.intp)
        for way, *beside in itertools.product((1, -1), HERE, HERE):
            cell = (way * apart + beside) % self._cells
            np.add.at(self._shares, tuple(cell.T), share * BESIDE ** np.count_nonzero(beside))
        self._shares[np.ix_(HERE, HERE)] = 0

    def again(self, place: Place, places: tuple[int, ...]) -> Floats:
        """For each source, how much is shown once more already as far away as what it would show at
        `place`.
        """
        again: Floats = np.zeros(places, np.float32)
        laid, sources = self._pieces.all
        moved = _moved(sources, places)
        rows, columns = (
            np.rint((place[way] - laid[:, [way]] - far) / COARSE).astype(np.intp) % cells
            for way, (far, cells) in enumerate(zip(moved, self._cells, strict=True))
        )
        for piece, (window, shares) in enumerate(_common(moved, self._pieces.length)):
            cells = rows[piece, window[0], None], columns[piece, window[1]]
            again[window] += np.outer(*shares) * self._shares[cells]
        return again


def _moved(sources: Steps, places: tuple[int, ...]) -> list[Steps]:
    """How many texels each source is from each of n that were taken: (n, h) down, (n, w) across."""
    return [np.arange(count) * COARSE - sources[:, [way]] for way, count in enumerate(places)]


def _common(moved: list[Steps], length: tuple[int, int]) -> Iterator[_Common]:
    """For each that was taken, the sources whose windows share something with its own: their rows
    and columns, and the shares of the window that both have, along each.
    """
    both = (1 - np.abs(far) / side for far, side in zip(moved, length, strict=True))
    for shares in zip(*both, strict=True):
        at = [np.flatnonzero(share > 0) for share in shares]
        down, across = (slice(one[0], one[-1] + 1) if len(one) else slice(0, 0) for one in at)
        yield (down, across), (shares[0][down], shares[1][across])
