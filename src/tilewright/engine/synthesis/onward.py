"""What would lie in a place if the pieces around went on, joints and all."""

from typing import NamedTuple

import numpy as np

from tilewright.engine.arrays import Floats, Mask, floats
from tilewright.engine.synthesis.correlation import Correlation
from tilewright.engine.synthesis.pieces import Near, Steps
from tilewright.engine.synthesis.stock import COARSE

LEAST_SPREAD = 1.0
"""Delta E, added to how much the blotches of a surface differ in lightness and in both colors. Each
counts by one over it: where bricks differ in lightness, their joints are told by color. Without it
and `ODD` .87 of drawn old walls was in its courses, with them all."""

ODD = 4.0
"""Deviations at which what stands out is cut off: one dark spot is no joint."""

LEAST_KNOWN = 0.15
"""Share of a window in which something is to go on; of less nothing is said. Set, not tuned."""

ITSELF = 8
"""Coarse texels; sources as near as that to where a piece goes on in the photo are just that: twice
the sigma of the blur that is taken away (`phase.FINE`)."""

EMPTY = 1e-6
"""Energy of a picture of one color."""


class _Expected(NamedTuple):
    """What goes on in a window, (h, w, 3), and where that is known, (h, w), 1 or 0."""

    fine: Floats
    known: Floats


class Onward:
    """How like each source is, in joints and edges, to what would go on.

    Pieces that fit where they overlap need not fit beyond: a brick that is cut in two meets the
    middle of another as well as its own other half.
    """

    def __init__(self, fine: Floats, soft: Floats, kept: Floats) -> None:
        """fine, soft: (h, w, 3) float32 Lab, the surface without its blotches and nothing but
        them, `COARSE` times smaller than the exemplar. kept: (h, w), 1 where the surface is.
        """
        spread = soft[kept > 0].std(axis=0) + LEAST_SPREAD
        even = fine / spread
        most = ODD * float(even[kept > 0].std())
        self._fine = floats(np.clip(even, -most, most))
        self._kept = kept
        self._products = Correlation(self._fine)
        self._energy = Correlation(floats(np.square(self._fine).sum(axis=2)))

    def unlike(self, around: list[Near], places: tuple[int, ...]) -> Floats:
        """How much less like it each source is than the likest, times how like that is, 0 to 1; for
        one every `COARSE` texels.

        around: the pieces near by. Where one of them goes on in the photo is not the likest.
        """
        expected = self._expected(around, places)
        share = float(expected.known.mean())
        others = _others(around, places)
        if share < LEAST_KNOWN or not others.any():
            return floats(np.zeros(places))
        common = self._products.sums(expected.fine)
        own = self._energy.sums(expected.known) * np.square(expected.fine).sum()
        like = common / np.sqrt(np.maximum(own, EMPTY))
        likest = max(0.0, float(like[others].max()))
        return floats(likest * np.maximum(0, likest - like) * share**0.5)

    def _expected(self, around: list[Near], places: tuple[int, ...]) -> _Expected:
        """The mean of what goes on of each piece, the nearer the more."""
        whole = np.array(self._kept.shape)
        size = whole - places + 1
        total: Floats = np.zeros((*size, self._fine.shape[2]), np.float32)
        weight: Floats = np.zeros(size, np.float32)
        for piece in around:
            at = coarse_goes_on(piece)
            ends = np.clip(at, 0, whole), np.clip(at + size, 0, whole)
            there = tuple(map(slice, *ends))
            here = tuple(map(slice, *(end - at for end in ends)))
            total[here] += self._fine[there] / np.float32(piece.far)
            weight[here] += self._kept[there] / np.float32(piece.far)
        mean = total / np.maximum(weight, EMPTY)[..., None]
        return _Expected(floats(mean), floats(weight > 0))


def _others(around: list[Near], places: tuple[int, ...]) -> Mask:
    """The sources with which no piece just goes on."""
    others = np.ones(places, np.bool_)
    for piece in around:
        at = coarse_goes_on(piece)
        ends = at - ITSELF, at + ITSELF + 1
        others[tuple(map(slice, *np.maximum(ends, 0)))] = False
    return others


def coarse_goes_on(piece: Near) -> Steps:
    """The source that would go on with a piece, in coarse texels; it may lie outside."""
    return np.asarray(np.rint(piece.goes_on / COARSE), np.intp)
