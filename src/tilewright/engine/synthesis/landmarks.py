"""What stands out and is seen once is not taken: in a tile it would come again and again."""

import math

import cv2
import numpy as np

from tilewright.engine.arrays import Floats, Mask, floats
from tilewright.engine.lab import lab_features
from tilewright.engine.synthesis.blur import blurred
from tilewright.engine.synthesis.deviation import usual_deviation
from tilewright.engine.synthesis.rectangle import largest_rectangle
from tilewright.engine.synthesis.stock import COARSE, WHOLLY, Stock, shrunk

SIZES = {0.5: 0.75, 1.0: 0.6, 2.0: 0.6, 4.0: 0.6, 8.0: 0.6}
"""Sigmas, in coarse texels, of the blurs in which a place can stand out, from a chip of 4 texels to
a stain of 100; and how much of the side of the largest square without holes must be left for such
a one to go: from smaller squares pieces are cut smaller. The strongest go first."""

STANDS_OUT, BELONGS = 7.0, 3.0
"""Deviations from the median of the surface in lightness or color: of a landmark's peak, and of
what belongs to it."""

LEAST_USUAL = 1.5
"""A deviation is at least so many Delta E."""

FEW, RARE = 8, 0.16
"""More places of one size, or a larger share of the surface, are an element of it: knots, flowers,
dark stones. Of what is seen up to so many times, each comes again beside itself."""

MANY = 12
"""More than this are an element in any size: a heap of bright leaves, blurred, is no landmark."""

WIDEST = 20.0
"""Sigmas of a blur, squared, are the largest area that is looked at in it: what is larger must
stand out in a wider one, too. A dark board has a darker speck somewhere, and is no speck."""

APART = 1.5
"""Of more places those few are landmarks all the same that stand out so many times as much as the
next."""


def without_landmarks(stock: Stock) -> Stock:
    """A stock with a hole where a sill, a stain or a single bright leaf is, if enough is left."""
    small = shrunk(lab_features(stock.colors))
    kept = floats(shrunk(stock.kept.astype(np.float32)) > WHOLLY)
    left, elements = kept.copy(), np.zeros(kept.shape, np.bool_)
    for size, room in SIZES.items():
        few, many = _few_of(_standing_out(small, left, size), elements, (WIDEST * size) ** 2)
        around = np.ones((2 * math.ceil(size) + 1,) * 2, np.uint8)
        holes = [np.asarray(cv2.dilate(piece.astype(np.uint8), around) > 0) for piece in few]
        left = _without(holes, left, kept, room)
        elements |= many
    if left.sum() == kept.sum():
        return stock
    whole = stock.colors.shape[1], stock.colors.shape[0]
    large = cv2.resize((left < kept).astype(np.uint8), whole, interpolation=cv2.INTER_NEAREST)
    seen = stock.kept & (large == 0)
    return Stock(stock.colors, seen, _largest(seen, stock.clean))


def _without(holes: list[Mask], left: Floats, kept: Floats, room: float) -> Floats:
    """What is left without those holes for which there is room, if they are rare together."""
    if holes and (left * ~np.any(holes, axis=0)).sum() < (1 - RARE) * kept.sum():
        return left
    for hole in holes:
        rest = floats(left * ~hole)
        if _side(rest) >= room * _side(kept):
            left = rest
    return left


def _side(kept: Floats) -> float:
    """Of the largest square without a hole, in coarse texels, to the next odd number."""
    reach = cv2.distanceTransform(np.pad(kept > 0, 1).astype(np.uint8), cv2.DIST_C, 3)
    return float(2 * reach.max() - 1)


def _standing_out(small: Floats, left: Floats, size: float) -> Floats:
    """(h, w): how many deviations each place is off the median of what is left, in a blur."""
    inside = left > 0
    soft = blurred(small, left, size)
    off = np.abs(soft - np.median(soft[inside], axis=0))
    usual = usual_deviation(off[inside], LEAST_USUAL)
    return floats((off / usual).max(axis=2) * inside)


def _few_of(far: Floats, elements: Mask, largest: float) -> tuple[list[Mask], Mask]:
    """The landmarks among the places that stand out, the strongest first, and those that are too
    many for that.

    elements: those of smaller sizes; what consists of them is no landmark. largest: area of one.
    """
    pieces = np.asarray(cv2.connectedComponents((far > BELONGS).astype(np.uint8))[1], np.intp)
    areas = np.bincount(pieces.ravel())
    heights: Floats = np.zeros(len(areas), np.float32)
    np.maximum.at(heights, pieces, far)
    peaks = np.sort(heights[heights > STANDS_OUT])
    least = STANDS_OUT if len(peaks) <= FEW else APART * float(peaks[-FEW - 1])
    many = (heights > STANDS_OUT) & (heights <= least) & (len(peaks) > MANY)
    top = far > STANDS_OUT
    of_many = np.bincount(pieces[top & elements], minlength=len(areas))
    other = 2 * of_many <= np.bincount(pieces[top], minlength=len(areas))
    few = np.flatnonzero((heights > least) & (areas <= largest) & other)
    strongest = few[np.argsort(-heights[few], kind="stable")]
    return [np.asarray(pieces == one) for one in strongest], many[pieces]


def _largest(kept: Mask, clean: tuple[slice, slice]) -> tuple[slice, slice]:
    """The largest part of the clean one, rows and columns, that has no hole yet."""
    coarse = shrunk(kept[clean].astype(np.float32)) > WHOLLY
    x, y, wide, tall = (COARSE * side for side in largest_rectangle(coarse))
    top, left = (side.start or 0 for side in clean)
    return slice(top + y, top + y + tall), slice(left + x, left + x + wide)
