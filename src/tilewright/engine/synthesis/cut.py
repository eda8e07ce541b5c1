"""The cheapest line along which one picture can end and another begin."""

import numpy as np
from numpy.typing import NDArray

from tilewright.engine.arrays import Floats, Indices, floats


def cheapest_cut(cost: Floats) -> Indices:
    """Where to cut `cost` from its first to its last row.

    cost: (H, W) float32, at least 0: what it costs to see a cut pass there.
    Returns one column for each row. The line may run sideways along a row as far as it likes
    (so it follows the joints of masonry), but never turns back. Exact; O(H·W).
    """
    return _trace(cost, _descend(cost, cost[0]))


def closed_cut(cost: Floats) -> Indices:
    """The same on a cylinder: row H lies again on row 0, so the line ends in its first column.

    The open line over two turns finds where the closed one passes; from there it is exact.
    """
    height = len(cost)
    middle = height // 2
    column = cheapest_cut(np.vstack([cost, cost]))[height + middle]
    turned = np.roll(cost, -middle, axis=0)
    start = np.full(cost.shape[1], np.inf, np.float32)
    start[column] = turned[0, column]
    looped = np.vstack([turned, turned[:1]])
    line = _trace(looped, _descend(looped, start), last=int(column))
    return np.roll(line[:-1], middle)


def _descend(cost: Floats, start: Floats) -> NDArray[np.float64]:
    """Cost of the cheapest line from the first row to each pixel; float64 sums, row by row."""
    total: NDArray[np.float64] = np.empty(cost.shape)
    total[0] = start
    sums = np.cumsum(cost, axis=1, dtype=np.float64)
    for row in range(1, len(cost)):
        above, walked = total[row - 1], sums[row]
        from_left = np.minimum.accumulate(above - walked) + walked
        from_right = np.minimum.accumulate((above + walked)[::-1])[::-1] - walked
        total[row] = np.minimum(from_left, from_right) + cost[row]
    return total


def _trace(cost: Floats, total: NDArray[np.float64], last: int | None = None) -> Indices:
    line = np.empty(len(cost), np.intp)
    line[-1] = np.argmin(total[-1]) if last is None else last
    sums = np.cumsum(cost, axis=1, dtype=np.float64)
    for row in range(len(cost) - 1, 0, -1):
        walk = np.abs(sums[row] - sums[row, line[row]])
        line[row - 1] = np.argmin(total[row - 1] + walk)
    return line


def mismatch(one: Floats, other: Floats) -> Floats:
    """What it costs to pass from `one` to `other` at each pixel.

    one, other: (H, W, C) float32 features (`lab_features`). Squared distance plus a small price
    for length, so that in flat parts the line is short.
    """
    apart = one - other
    return floats(np.einsum("ijk,ijk->ij", apart, apart) + np.float32(LENGTH_PRICE))


LENGTH_PRICE = 1.0
"""Squared Delta E a pixel of line costs by itself; about the visibility floor of 1 Delta E."""


def stranger_cost(features: Floats) -> float:
    """Mean squared distance of two unrelated pixels of the picture."""
    spread = features.reshape(-1, features.shape[2]).var(axis=0)
    return 2 * float(spread.sum()) + 1.0
