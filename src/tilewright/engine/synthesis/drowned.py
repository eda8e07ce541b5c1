"""What a lens drowned is not taken where enough of the surface is sharper."""

import numpy as np
from numpy.typing import NDArray

from tilewright.engine.synthesis.focus import FINE, STEPS, find_fading
from tilewright.engine.synthesis.sharpen import light_of
from tilewright.engine.synthesis.stock import Stock

DROWNED = 0.2
"""What a place lacks more than the sharpest one, in the mean of fine waves, from which it is not
taken: what a lens took does not come back. With 0.4 one scene of cobbles kept half as many soft
ones again."""

ENOUGH = 0.5
"""Share of the clean part, along the way it recedes, that is taken however soft it is: of less,
pieces come again too often."""


def sharp_part(stock: Stock, slope: tuple[float, float] | None) -> Stock:
    """The rows, or columns, of a stock that the lens did not drown, if the rest is enough.

    slope: from `find_slope`. About 0.1 s where something recedes.
    """
    if slope is None:
        return stock
    fading = find_fading(light_of(stock.colors[stock.clean]), slope)
    if fading is None:
        return stock
    axis = int(abs(fading.way[0]) * stock.kept.shape[1] > abs(fading.way[1]) * stock.kept.shape[0])
    lacks = fading.lacks[:, FINE].mean(axis=1)
    near = fading.near(stock.kept.shape, stock.clean).mean(axis=1 - axis)
    there = np.interp(near, np.linspace(-1, 1, STEPS), lacks - lacks.min())
    clean = slice(*stock.clean[axis].indices(len(there))[:2])
    sharp = _sharpest(there[clean])
    whole = clean.stop - clean.start
    start = clean.start + sharp.start if sharp.start > 0 else 0
    stop = clean.start + sharp.stop if sharp.stop < whole else len(there)
    return _cut(stock, axis, slice(start, stop))


def _sharpest(lacks: NDArray[np.float64]) -> slice:
    """The places around the sharpest that are not drowned; if too few, those that are least so."""
    best, least = int(np.argmin(lacks)), max(1, int(ENOUGH * len(lacks)))
    soft = np.flatnonzero(lacks > DROWNED)
    start = int(soft[soft < best].max(initial=-1)) + 1
    stop = int(soft[soft > best].min(initial=len(lacks)))
    if stop - start < least:
        start = int(np.argmin(np.convolve(lacks, np.ones(least), "valid")))
        stop = start + least
    return slice(start, stop)


def _cut(stock: Stock, axis: int, taken: slice) -> Stock:
    """Of a stock only some rows (axis 0) or columns (1)."""
    part, clean = [slice(None), slice(None)], list(stock.clean)
    start, stop, _ = clean[axis].indices(stock.kept.shape[axis])
    part[axis] = taken
    clean[axis] = slice(max(start, taken.start) - taken.start, min(stop, taken.stop) - taken.start)
    colors = np.ascontiguousarray(stock.colors[part[0], part[1]])
    return Stock(colors, stock.kept[part[0], part[1]].copy(), (clean[0], clean[1]))
