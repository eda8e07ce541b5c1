"""Keep the photo: its own pixels, cut so that they meet themselves on all sides."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tilewright.engine.arrays import Floats, Indices
from tilewright.engine.lab import lab_features
from tilewright.engine.synthesis.cut import cheapest_cut, closed_cut, mismatch
from tilewright.engine.synthesis.lattice import LEAST_ROOM, Lattice
from tilewright.engine.synthesis.swatch import Swatch

WIDEST_OVERLAP = 1.2
"""How far beyond the cell the exemplar reaches, as a share of the cell: room for the cut, and a
stock of pieces for the quilt."""

ROUNDING = 1e-6
"""Pixels; what is so near to a whole one is one."""

WIDEST_CUT = 0.5
"""Room for the cut, as a share of the cell: more costs time and changes little."""


WHOLE = slice(None), slice(None)
"""All rows and all columns."""


@dataclass
class Layout:
    """Where each texel of a tile comes from.

    exemplar: (H, W, 3) float32 sRGB, 0..255. rows, columns: (h, w), into the exemplar.
    pieces: how many of the photo it is put together from.
    cost: mismatch along its cuts, in squared Delta E; of several, the root of the mean square.
    clean: the part of the exemplar that shows the surface and nothing else.
    spared: share of what the photo shows of the surface that stands out and was not taken.
    """

    exemplar: Floats
    rows: Indices
    columns: Indices
    pieces: int
    cost: float
    clean: tuple[slice, slice] = WHOLE
    spared: float = 0.0

    @property
    def times(self) -> float:
        """How often what is taken of the exemplar is shown, on average."""
        taken = np.zeros(self.exemplar.shape[:2], np.bool_)
        taken[self.rows, self.columns] = True
        return float(self.rows.size / taken.sum())


class Grid(NamedTuple):
    """Where in a swatch an exemplar is read: at matrix·(x, y, 1), 2x3, so many texels each way."""

    matrix: NDArray[np.float64]
    width: int
    height: int


def grid_of(swatch: Swatch, lattice: Lattice, width: int, height: int) -> Grid:
    """The grid on which the lattice becomes (width, 0) and (0, height), with room around.

    At the photo's own scale and without skew it begins on a whole pixel: nothing is blurred.
    """
    across = np.array(lattice.across[:2]) / width
    down = np.array(lattice.down[:2]) / height
    spare_x = swatch.width - swatch.height * abs(lattice.down.x / lattice.down.y)
    spare_y = swatch.height - swatch.width * abs(lattice.across.y / lattice.across.x)
    wide = max(2, min(int(spare_x / across[0] + ROUNDING), int(width * (1 + WIDEST_OVERLAP))))
    high = max(2, min(int(spare_y / down[1] + ROUNDING), int(height * (1 + WIDEST_OVERLAP))))
    reach = across * wide + down * high
    origin = np.floor((np.array([swatch.width, swatch.height]) - reach) / 2 + ROUNDING)
    return Grid(np.stack([across, down, origin], axis=1), wide, high)


def has_room(grid: Grid, width: int, height: int) -> bool:
    """Whether one cell of `width` x `height` and the room for its cuts lie inside."""
    room = 1 + LEAST_ROOM / 2
    return grid.width >= width * room and grid.height >= height * room


def cut_torus(exemplar: Floats, width: int, height: int) -> Layout:
    """One cell of the exemplar as a tile of `width` x `height` texels that wraps both ways.

    Cut top to bottom first; the strip then wraps sideways, and a closed cut ends it.
    """
    features = lab_features(exemplar)
    spare_x = min(exemplar.shape[1] - width, int(width * WIDEST_CUT))
    spare_y = min(exemplar.shape[0] - height, int(height * WIDEST_CUT))
    high = height + spare_y
    cost = mismatch(features[:high, :spare_x], features[:high, width : width + spare_x])
    line = cheapest_cut(cost)
    x = np.arange(width)
    columns = np.where(x[None, :] < line[:, None], x + width, x)
    total = float(cost[np.arange(high), line].mean())
    strip = np.take_along_axis(features[:high], columns[..., None], axis=1)
    cost = np.ascontiguousarray(mismatch(strip[:spare_y], strip[height:]).T)
    line = closed_cut(cost)
    total += float(cost[np.arange(width), line].mean())
    y = np.arange(height)
    rows = np.where(y[:, None] < line[None, :], y[:, None] + height, y[:, None])
    return Layout(exemplar, rows, np.take_along_axis(columns, rows, axis=0), 1, total / 2)
