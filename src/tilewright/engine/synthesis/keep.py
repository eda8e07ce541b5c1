"""Keep the photo: its own pixels, cut so that they meet themselves on all sides."""

from dataclasses import dataclass

import numpy as np

from tilewright.engine.synthesis.arrays import Floats, Indices
from tilewright.engine.synthesis.cut import cheapest_cut, closed_cut, mismatch
from tilewright.engine.synthesis.lab import lab_features
from tilewright.engine.synthesis.lattice import SIDEWAYS, Lattice
from tilewright.engine.synthesis.swatch import Swatch

WIDEST_OVERLAP = 1.2
"""How far beyond the cell the exemplar reaches, as a share of the cell: room for the cut, and a
stock of pieces for the quilt."""

WIDEST_CUT = 0.5
"""Room for the cut, as a share of the cell: more costs time and changes little."""


@dataclass
class Layout:
    """Where each texel of a tile comes from.

    exemplar: (H, W, 3) float32 sRGB, 0..255. rows, columns: (h, w), into the exemplar.
    pieces: how many of the photo it is put together from.
    cost: mismatch along its cuts, in squared Delta E; of several, the root of the mean square.
    """

    exemplar: Floats
    features: Floats
    rows: Indices
    columns: Indices
    pieces: int
    cost: float


def lay(swatch: Swatch, lattice: Lattice, width: int, height: int) -> Layout:
    """One cell of the lattice as a tile of `width` x `height` texels that wraps both ways."""
    exemplar = read_cell(swatch, lattice, width, height)
    return _cut_torus(exemplar, width, height)


def read_cell(swatch: Swatch, lattice: Lattice, width: int, height: int) -> Floats:
    """Read the swatch so that the lattice becomes (width, 0) and (0, height), with room around."""
    across = np.array(lattice.across[:2]) / width
    down = np.array(lattice.down[:2]) / height
    spare_x = swatch.width - 1 - SIDEWAYS * abs(lattice.down.x)
    spare_y = swatch.height - 1 - SIDEWAYS * abs(lattice.across.y)
    wide = min(int(spare_x / across[0]), int(width * (1 + WIDEST_OVERLAP)))
    high = min(int(spare_y / down[1]), int(height * (1 + WIDEST_OVERLAP)))
    reach = across * wide + down * high
    origin = (np.array([swatch.width, swatch.height]) - 1 - reach) / 2
    return swatch.read(np.stack([across, down, origin], axis=1), wide, high)


def _cut_torus(exemplar: Floats, width: int, height: int) -> Layout:
    """Cut top to bottom first; the strip then wraps sideways, and a closed cut ends it."""
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
    return Layout(exemplar, features, rows, np.take_along_axis(columns, rows, axis=0), 1, total / 2)
