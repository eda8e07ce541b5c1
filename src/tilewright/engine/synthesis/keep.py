"""Keep the photo: its own pixels, cut so that they meet themselves on all sides."""

import numpy as np
from numpy.typing import NDArray

from tilewright.engine.synthesis.cut import cheapest_cut, closed_cut, mismatch
from tilewright.engine.synthesis.lattice import Lattice, lab_features
from tilewright.engine.synthesis.regions import Floats
from tilewright.engine.synthesis.swatch import Swatch

WIDEST_OVERLAP = 0.5
"""Room for the cut, as a share of the cell: more costs time and changes little."""


class Layout:
    """Where each texel of a tile comes from: `rows` and `columns` (h, w) into `exemplar`."""

    def __init__(
        self, exemplar: NDArray[np.float32], rows: NDArray[np.intp], columns: NDArray[np.intp],
        cost: float
    ) -> None:
        self.exemplar = exemplar
        self.rows = rows
        self.columns = columns
        self.cost = cost


def lay(swatch: Swatch, lattice: Lattice, width: int, height: int) -> Layout:
    """One cell of the lattice as a tile of `width` x `height` texels that wraps both ways."""
    exemplar = _to_cell(swatch, lattice, width, height)
    return _cut_torus(exemplar, width, height)


def _to_cell(swatch: Swatch, lattice: Lattice, width: int, height: int) -> Floats:
    """Read the swatch so that the lattice becomes (width, 0) and (0, height), with room around."""
    across = np.array(lattice.across[:2]) / width
    down = np.array(lattice.down[:2]) / height
    spare_x = swatch.width - 1 - abs(lattice.down.x) * (1 + WIDEST_OVERLAP)
    spare_y = swatch.height - 1 - abs(lattice.across.y) * (1 + WIDEST_OVERLAP)
    wide = min(int(spare_x / across[0]), int(width * (1 + WIDEST_OVERLAP)))
    high = min(int(spare_y / down[1]), int(height * (1 + WIDEST_OVERLAP)))
    reach = across * wide + down * high
    origin = (np.array([swatch.width, swatch.height]) - 1 - reach) / 2
    return swatch.read(np.stack([across, down, origin], axis=1), wide, high)


def _cut_torus(exemplar: Floats, width: int, height: int) -> Layout:
    """Cut top to bottom first; the strip then wraps sideways, and a closed cut ends it."""
    features = lab_features(exemplar)
    spare_y = exemplar.shape[0] - height
    cost = mismatch(features[:, : exemplar.shape[1] - width], features[:, width:])
    line = cheapest_cut(cost)
    x = np.arange(width)
    columns = np.where(x[None, :] < line[:, None], x + width, x)
    total = float(cost[np.arange(len(line)), line].mean())
    strip = np.take_along_axis(features, columns[..., None], axis=1)
    cost = np.ascontiguousarray(mismatch(strip[:spare_y], strip[height:]).T)
    line = closed_cut(cost)
    total += float(cost[np.arange(width), line].mean())
    y = np.arange(height)
    rows = np.where(y[:, None] < line[None, :], y[:, None] + height, y[:, None])
    return Layout(exemplar, rows, np.take_along_axis(columns, rows, axis=0), total)
