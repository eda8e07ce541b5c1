"""Whether the same spot, of those that catch the eye, is seen several times in a tile."""

import math
from typing import NamedTuple

import cv2
import numpy as np

from tilewright.score.plane import Plane, plane, shrink, soften, wrap

SIDE = 512
"""The short side that is worked at, in texels."""

SIZES = (1.0, 2.0, 4.0)
"""Sigmas, in its texels, of the spots that are looked for: chips, knots, blossoms, leaves."""

AROUND = 3.0
"""Times a spot's sigma: the blur of what is around it."""

BARELY, NOTICED, USUAL = 6.0, 5.0, 0.7
"""Deviations, and Delta E, from what is around it from which on a spot counts, the more deviations
the more, so that no mark hangs by one that stands out by just so much; Delta E that a deviation is
at least."""

FEW = 3.0
"""Deviations beyond those that all spots have together, at least, for their copies to count in
full: of one spot that hardly stands out they do not."""

TO_DEVIATION = 1.06
"""Times the median difference: a deviation, as of colors that are normally distributed."""

APART = 8
"""Texels within which only the strongest spot counts."""

MOST = 12
"""Spots, the strongest first, of which copies are looked for: 10 ms each."""

EDGE = 4
"""Texels that are compared around three sigmas of a spot: what lies around it is copied, too."""

UNLIKE, ALIKE = 0.8, 0.9
"""Correlations up to which two spots are two, and from which they are the same: copies of a white
chip in asphalt had .86 to 1.00, some beside a cut, and other chips .33 to .73. Between them one is
a part of a copy, so that no mark hangs by what a codec did to it."""

LINE = 0.15
"""Weakest over strongest direction of the gradients around a spot, below which it is a place of a
line, and looks like any other of it. Joints and slats have .01 to .15, chips and knots .2 and more,
as a rule."""

OFTEN, ELEMENT = 10, 12
"""What is seen more often than the first may be an element of the material, such as a rivet or the
crossing of two joints; what is seen as often as the second is."""


class Spots(NamedTuple):
    """again: share of the spots that catch the eye that is a copy of another of them, 0 where there
    are none. most: how often the one is seen that is seen most.
    """

    again: float
    most: int


class _Spot(NamedTuple):
    strength: float
    row: int
    column: int
    channel: int
    reach: int


def spots(lab: Plane) -> Spots:
    """How many copies are among what catches the eye. lab: (H, W, 3) float32. 0.1 s at 1024²."""
    small = shrink(lab, SIDE)
    found = _strongest(small)
    if not found:
        return Spots(0.0, 1)
    seen = np.array([_times_seen(small, spot) for spot in found])
    copied = (1 - 1 / seen) * np.clip((ELEMENT - seen) / (ELEMENT - OFTEN), 0, 1)
    weights = np.array([spot.strength - BARELY for spot in found])
    again = float(weights @ copied) / max(FEW, float(weights.sum()))
    return Spots(again, round(float(seen[seen < ELEMENT].max(initial=1))))


def _strongest(small: Plane) -> list[_Spot]:
    """The spots that stand out most, none beside another."""
    found: list[_Spot] = []
    for spot in sorted(_standing_out(small), reverse=True):
        if len(found) == MOST:
            break
        alone = all(_distance(spot, other, small.shape) > APART for other in found)
        if alone and not _is_line(_looks(small, spot)):
            found.append(spot)
    return found


def _standing_out(small: Plane) -> list[_Spot]:
    near = np.ones((2 * APART + 1,) * 2, np.uint8)
    found = []
    for sigma in SIZES:
        band = soften(small, sigma) - soften(small, AROUND * sigma)
        off = plane(np.sqrt(np.square(band).sum(axis=2)))
        usual = max(USUAL, TO_DEVIATION * float(np.median(off)))
        highest = cv2.dilate(wrap(off, APART, APART), near)[APART:-APART, APART:-APART]
        places = np.nonzero((off >= highest) & (off > max(BARELY * usual, NOTICED)))
        reach = round(AROUND * sigma) + EDGE
        for row, column in zip(*(axis.tolist() for axis in places), strict=True):
            channel = int(np.abs(band[row, column]).argmax())
            found.append(_Spot(float(off[row, column]) / usual, row, column, channel, reach))
    return found


def _distance(one: _Spot, other: _Spot, shape: tuple[int, ...]) -> int:
    """The longer of the ways down and across, on the torus."""
    down, across = abs(one.row - other.row), abs(one.column - other.column)
    return max(min(down, shape[0] - down), min(across, shape[1] - across))


def _times_seen(small: Plane, spot: _Spot) -> float:
    """How many places of the tile look like the spot, itself among them.

    Where they may be is seen in the channel in which it stands out most; a third of the time.
    """
    tile = wrap(plane(small[..., spot.channel]), spot.reach, spot.reach)
    likeness = cv2.matchTemplate(tile, _looks(small, spot), cv2.TM_CCOEFF_NORMED)
    highest = cv2.dilate(likeness, np.ones((APART + 1, APART + 1), np.uint8))
    places = np.nonzero((likeness >= highest) & (likeness > UNLIKE))
    looks = _around(small, spot.row, spot.column, spot.reach)
    alike = [
        _alike(looks, _around(small, row, column, spot.reach))
        for row, column in zip(*(axis.tolist() for axis in places), strict=True)
    ]
    parts = (np.array(alike) - UNLIKE) / (ALIKE - UNLIKE)
    return max(1.0, float(np.clip(parts, 0, 1).sum()))


def _is_line(looks: Plane) -> bool:
    """Whether it changes in one direction only (its structure tensor)."""
    down, across = np.gradient(looks)
    tensor = [[(a * b).sum() for b in (down, across)] for a in (down, across)]
    weak, strong = np.linalg.eigvalsh(np.array(tensor, np.float64))
    return bool(weak < LINE * strong)


def _looks(small: Plane, spot: _Spot) -> Plane:
    """The spot and what is around it, in its channel."""
    return plane(_around(small, spot.row, spot.column, spot.reach)[..., spot.channel])


def _around(small: Plane, row: int, column: int, reach: int) -> Plane:
    """What is around a place, on the torus."""
    rows, columns = (np.arange(at - reach, at + reach + 1) for at in (row, column))
    return plane(small.take(rows, 0, mode="wrap").take(columns, 1, mode="wrap"))


def _alike(one: Plane, other: Plane) -> float:
    """The correlation of two pictures over all channels."""
    one, other = one - one.mean(axis=(0, 1)), other - other.mean(axis=(0, 1))
    size = float(np.square(one).sum() * np.square(other).sum())
    return float((one * other).sum()) / max(1e-6, math.sqrt(size))
