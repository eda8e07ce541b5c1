"""What stands out and is seen once is not taken: in a tile it would come again and again."""

import math

import cv2
import numpy as np

from tilewright.engine.arrays import Floats, Mask, floats
from tilewright.engine.lab import lab_features
from tilewright.engine.synthesis.blur import blurred
from tilewright.engine.synthesis.rectangle import largest_rectangle
from tilewright.engine.synthesis.stock import COARSE, WHOLLY, Stock, shrunk

SIZES = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Sigmas, in coarse texels, of the blurs in which a place can stand out: from a chip of 4 texels to
a stain of 100."""

STANDS_OUT, BELONGS = 7.0, 3.0
"""Deviations from the median of the surface in lightness or color: of a landmark's peak, and of
what belongs to it."""

LEAST_USUAL, TO_DEVIATION = 1.5, 1.4826
"""A deviation is at least so many Delta E, and 1.4826 times the median distance, as of a normal
distribution."""

FEW, RARE = 5, 0.16
"""More places of one size, or a larger share of the surface, are an element of it: knots, flowers,
dark stones. Of what is seen up to five times, each comes again beside itself."""

WIDEST = 20.0
"""Sigmas of a blur, squared, are the largest area that is looked at in it: what is larger must
stand out in a wider one, too. A dark board has a darker speck somewhere, and is no speck."""

APART = 1.5
"""Of more places those few are landmarks all the same that stand out so many times as much as the
next."""

ROOM = 0.6
"""Times the largest square without holes that is left at least: from smaller ones pieces are cut
smaller."""


def without_landmarks(stock: Stock) -> Stock:
    """A stock with a hole where a sill, a stain or a single bright leaf is, if enough is left."""
    small = shrunk(lab_features(stock.colors))
    kept = floats(shrunk(stock.kept.astype(np.float32)) > WHOLLY)
    found = _landmarks(small, kept)
    if not 0 < found.sum() <= RARE * kept.sum():
        return stock
    size = stock.colors.shape[1], stock.colors.shape[0]
    large = cv2.resize(found.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    left = stock.kept & (large == 0)
    taken = Stock(stock.colors, left, _largest(left, stock.clean))
    return taken if taken.side >= ROOM * stock.side else stock


def _landmarks(small: Floats, kept: Floats) -> Mask:
    """(h, w) bool, where few places stand out, whatever their size; the small ones first, so that
    they do not count as parts of large ones.
    """
    left, elements = kept.copy(), np.zeros(kept.shape, np.bool_)
    for size in SIZES:
        if left.sum() <= (1 - RARE) * kept.sum():
            break
        few, many = _few_of(_standing_out(small, left, size), elements, (WIDEST * size) ** 2)
        around = np.ones((2 * math.ceil(size) + 1,) * 2, np.uint8)
        left[cv2.dilate(few.astype(np.uint8), around) > 0] = 0
        elements |= many
    return np.asarray(left < kept)


def _standing_out(small: Floats, left: Floats, size: float) -> Floats:
    """(h, w): how many deviations each place is off the median of what is left, in a blur."""
    inside = left > 0
    soft = blurred(small, left, size)
    off = np.abs(soft - np.median(soft[inside], axis=0))
    usual = np.maximum(LEAST_USUAL, TO_DEVIATION * np.median(off[inside], axis=0))
    return floats((off / usual).max(axis=2) * inside)


def _few_of(far: Floats, elements: Mask, largest: float) -> tuple[Mask, Mask]:
    """The landmarks among the places that stand out, and those that are too many for that.

    elements: those of smaller sizes; what consists of them is no landmark. largest: area of one.
    """
    pieces = np.asarray(cv2.connectedComponents((far > BELONGS).astype(np.uint8))[1], np.intp)
    areas = np.bincount(pieces.ravel())
    heights: Floats = np.zeros(len(areas), np.float32)
    np.maximum.at(heights, pieces, far)
    peaks = np.sort(heights[heights > STANDS_OUT])
    least = STANDS_OUT if len(peaks) <= FEW else APART * float(peaks[-FEW - 1])
    many = (heights > STANDS_OUT) & (heights <= least)
    top = far > STANDS_OUT
    of_many = np.bincount(pieces[top & elements], minlength=len(areas))
    other = 2 * of_many <= np.bincount(pieces[top], minlength=len(areas))
    few = (heights > least) & (areas <= largest) & other
    return few[pieces], many[pieces]


def _largest(kept: Mask, clean: tuple[slice, slice]) -> tuple[slice, slice]:
    """The largest part of the clean one, rows and columns, that has no hole yet."""
    coarse = shrunk(kept[clean].astype(np.float32)) > WHOLLY
    x, y, wide, tall = (COARSE * side for side in largest_rectangle(coarse))
    top, left = (side.start or 0 for side in clean)
    return slice(top + y, top + y + tall), slice(left + x, left + x + wide)
