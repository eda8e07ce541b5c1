"""Keep the photo: its own pixels, cut so that they meet themselves on all sides."""

import cv2
import numpy as np
from numpy.typing import NDArray

from tilewright.engine.synthesis.cut import cheapest_cut, closed_cut, mismatch
from tilewright.engine.synthesis.lattice import Lattice, lab_features

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


def lay(swatch: NDArray[np.float32], lattice: Lattice, width: int, height: int) -> Layout:
    """One cell of the lattice as a tile of `width` x `height` texels that wraps both ways.

    swatch: (H, W, 3) float32 sRGB, 0..255.
    """
    exemplar = _to_cell(swatch, lattice, width, height)
    features = lab_features(exemplar)
    return _cut_torus(exemplar, features, width, height)


def _to_cell(
    swatch: NDArray[np.float32], lattice: Lattice, width: int, height: int
) -> NDArray[np.float32]:
    """Resample once so that the lattice becomes (width, 0) and (0, height), with room around."""
    across = np.array(lattice.across[:2]) / width
    down = np.array(lattice.down[:2]) / height
    spare_x = swatch.shape[1] - 1 - abs(lattice.down.x) * 1.5
    spare_y = swatch.shape[0] - 1 - abs(lattice.across.y) * 1.5
    wide = min(int(spare_x / across[0]), int(width * (1 + WIDEST_OVERLAP)))
    high = min(int(spare_y / down[1]), int(height * (1 + WIDEST_OVERLAP)))
    reach = across * wide + down * high
    origin = (np.array(swatch.shape[1::-1]) - 1 - reach) / 2
    matrix = np.array([[across[0], down[0], origin[0]], [across[1], down[1], origin[1]]])
    scale = max(across[0], down[1])
    return resample(swatch, matrix, wide, high, scale)


def resample(
    pixels: NDArray[np.float32],
    matrix: NDArray[np.float64],
    width: int,
    height: int,
    scale: float,
) -> NDArray[np.float32]:
    """Read `pixels` at matrix·(x, y, 1); smoothed first where texels are larger than pixels."""
    if scale > 1:
        pixels = cv2.GaussianBlur(pixels, (0, 0), 0.5 * np.sqrt(scale * scale - 0.75))
    return cv2.warpAffine(
        pixels,
        matrix,
        (width, height),
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REFLECT,
    )


def _cut_torus(
    exemplar: NDArray[np.float32], features: NDArray[np.float32], width: int, height: int
) -> Layout:
    spare_y = exemplar.shape[0] - height
    cost = mismatch(features[:, : -width or None][:, : exemplar.shape[1] - width], features[:, width:])
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
