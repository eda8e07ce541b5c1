"""The cheapest line along which one picture can end and another begin."""

import numpy as np
from numpy.typing import NDArray

from tilewright.engine.arrays import Floats, Indices, floats

NEVER = np.float32(1e6)
"""Cost where no cut may pass; the greatest difference of colors is a 50th of it."""

Sums = NDArray[np.float64]
"""Costs added up: in float32 small ones would be lost in large ones."""


def cheapest_cut(cost: Floats) -> Indices:
    """Where to cut `cost` from its first to its last row.

    cost: (H, W) float32, at least 0: what it costs to see a cut pass there.
    Returns one column for each row. The line may run sideways along a row as far as it likes
    (so it follows the joints of masonry), but never turns back. Exact; O(H·W).
    """
    return np.asarray(cheapest_cuts(cost[None])[0])


def cheapest_cuts(costs: Floats) -> Indices:
    """The same for several pictures of one size, (n, H, W), at once: (n, H). Four take hardly
    longer than one.
    """
    walks = _walks(costs)
    return _trace(walks, _descend(costs, walks, costs[:, 0]))


def closed_cut(cost: Floats) -> Indices:
    """The same on a cylinder: row H lies again on row 0, so the line ends in its first column.

    The open line over two turns finds where the closed one passes; from there it is exact.
    """
    height = len(cost)
    middle = height // 2
    column = cheapest_cut(np.vstack([cost, cost]))[height + middle]
    turned = np.roll(cost, -middle, axis=0)
    start = np.full((1, cost.shape[1]), np.inf, np.float32)
    start[0, column] = turned[0, column]
    looped = np.vstack([turned, turned[:1]])[None]
    walks = _walks(looped)
    line = _trace(walks, _descend(looped, walks, start), last=int(column))[0]
    return np.roll(line[:-1], middle)


def _walks(costs: Floats) -> Sums:
    """What it costs to walk along each row from its left end."""
    return np.cumsum(costs, axis=2, dtype=np.float64)


def _descend(costs: Floats, walks: Sums, start: Floats) -> Sums:
    """Cost of the cheapest line from the first row to each pixel, row by row."""
    total = costs.astype(np.float64)
    total[:, 0] = start
    count, height, width = costs.shape
    both = np.empty((2, count, width))
    from_left, from_right = both  # the second from its right end
    for row in range(1, height):
        above, walk = total[:, row - 1], walks[:, row]
        np.subtract(above, walk, out=from_left)
        np.add(above[:, ::-1], walk[:, ::-1], out=from_right)
        np.minimum.accumulate(both, axis=2, out=both)
        from_left += walk
        from_right -= walk[:, ::-1]
        total[:, row] += np.minimum(from_left, from_right[:, ::-1])
    return total


def _trace(walks: Sums, total: Sums, last: int | None = None) -> Indices:
    """The cheapest lines, from their end back; they end in the column `last`, if it is given."""
    count, height = total.shape[:2]
    each = np.arange(count)
    column = total[:, -1].argmin(axis=1) if last is None else np.full(count, last)
    lines = np.empty((count, height), np.intp)
    lines[:, -1] = column
    for row in range(height - 1, 0, -1):
        price = np.abs(walks[:, row] - walks[each, row, column][:, None])
        price += total[:, row - 1]
        lines[:, row - 1] = column = price.argmin(axis=1)
    return lines


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
