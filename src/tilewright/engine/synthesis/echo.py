"""What is shown again near by, or several times as far away: the eye finds both at once."""

import itertools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tilewright.engine.arrays import Floats
from tilewright.engine.synthesis.pieces import Pieces, Place, Steps
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


class _Common(NamedTuple):
    """The sources, one every `COARSE` texels, whose windows share something with a piece's.

    window: their rows and columns. moved: how many texels they are from it, down and across.
    shares: of the window that both have, along each.
    """

    window: tuple[slice, slice]
    moved: list[Steps]
    shares: list[NDArray[np.float64]]


def echoes(pieces: Pieces, place: Place, places: tuple[int, ...]) -> Floats:
    """How much each source would be an echo at `place`: 1 if it lies beside, more if often.

    places: how many sources there are, one every `COARSE` texels.
    """
    echo: Floats = np.zeros(places, np.float32)
    for piece in pieces.near(place, REACH):
        common = _common(piece.source, pieces.length, places)
        echo[common.window] += np.outer(*common.shares) ** ALMOST / max(1.0, piece.far)
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
        moved = [np.arange(count) * COARSE - sources[:, [way]] for way, count in enumerate(places)]
        rows, columns = (
            np.rint((place[way] - laid[:, [way]] - far) / COARSE).astype(np.intp) % cells
            for way, (far, cells) in enumerate(zip(moved, self._cells, strict=True))
        )
        shares = [
            1 - np.abs(far) / side for far, side in zip(moved, self._pieces.length, strict=True)
        ]
        for piece, (down, across) in enumerate(zip(*shares, strict=True)):
            window = _positive(down), _positive(across)
            cells = rows[piece, window[0], None], columns[piece, window[1]]
            again[window] += np.outer(down[window[0]], across[window[1]]) * self._shares[cells]
        return again


def _positive(share: NDArray[np.float64]) -> slice:
    """Where a share is more than nothing: in one run."""
    at = np.flatnonzero(share > 0)
    return slice(at[0], at[-1] + 1) if len(at) else slice(0, 0)


def _common(source: Steps, length: tuple[int, int], places: tuple[int, ...]) -> _Common:
    windows, moves, shares = [], [], []
    for at, side, count in zip(source.tolist(), length, places, strict=True):
        low, high = max(0, (at - side) // COARSE + 1), min(count, -(-(at + side) // COARSE))
        moved = np.arange(low, max(low, high)) * COARSE - at
        windows.append(slice(low, max(low, high)))
        moves.append(moved)
        shares.append(1 - np.abs(moved) / side)
    return _Common((windows[0], windows[1]), moves, shares)
