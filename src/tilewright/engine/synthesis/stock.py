"""All that the photo shows of the surface, with its holes: what a quilt's pieces are taken from."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from tilewright.engine.arrays import Floats, Mask, floats
from tilewright.engine.lab import lab_features
from tilewright.engine.synthesis.blur import blurred
from tilewright.engine.synthesis.deviation import usual_deviation
from tilewright.engine.synthesis.keep import WHOLE, Grid
from tilewright.engine.synthesis.swatch import Around, Swatch

COARSE = 4
"""Pieces are looked for in a picture this much smaller."""

WHOLLY = 0.999
"""Share of a coarse texel's area that is all of it, but for rounding."""

PLACE = 0.06
"""Sigma of the blur in which places are compared, as a share of the clean part's shorter side."""

ODD, LEAST_SPREAD = 2.5, 1.0
"""A place is odd that is so many deviations from the median of the clean part in lightness, one
color, or the strength of detail; a deviation is at least so many Delta E, or tenths of that
strength, which the eye hardly sees. With 4, 2.5 and 1.75 deviations the share of such texels that
belong to the named surface was .97, .98 and .99 in the median of 37 public ones, and there were
2.0, 1.7 and 1.4 times as many as in the rectangle."""

NO_DETAIL = 0.5
"""Gray levels; fainter detail is noise of the camera."""

SMALLEST = 16
"""Texels; a swatch with a shorter side is too little to compare its surroundings with."""

WORTH = 1.2
"""Times as much as the swatch by itself that the surface must show, for its holes to be borne."""

MOST = 1.25
"""Times the tile, each way, that is read at most, unless the swatch is larger: more costs time and
memory."""


class Stock(NamedTuple):
    """colors: (H, W, 3) float32 sRGB, 0..255. kept: (H, W) bool, where the surface is.

    clean: rows and columns of the largest part without holes.
    """

    colors: Floats
    kept: Mask
    clean: tuple[slice, slice] = WHOLE

    @property
    def side(self) -> int:
        """Of the largest square without holes, in texels; about, where there are holes."""
        if self.kept.all():
            return int(min(self.kept.shape))
        small = np.pad(shrunk(self.kept.astype(np.float32)) > WHOLLY, 1)
        reach = cv2.distanceTransform(small.astype(np.uint8), cv2.DIST_C, 3)
        short = min(self.colors[self.clean].shape[:2])
        return int(max(short, COARSE * (2 * int(reach.max()) - 1)))


def whole_stock(colors: Floats) -> Stock:
    """A picture without holes."""
    return Stock(colors, np.ones(colors.shape[:2], np.bool_))


def read_stock(swatch: Swatch, grid: Grid, size: tuple[int, int]) -> Stock:
    """What the swatch shows on `grid` and, where it is known, the surface around it.

    size: width and height of the tile, in texels.
    """
    around = swatch.around
    if around is None or min(grid.width, grid.height) < SMALLEST:
        return whole_stock(swatch.read(*grid))
    start = grid.matrix[:, 2] + swatch.corner + around.inner[:2]
    low, high = _reach(around, grid, start, size)
    wide, tall = (high - low).tolist()
    matrix = np.column_stack([grid.matrix[:, :2], start + grid.matrix[:, :2] @ low])
    kept = around.shows(matrix, wide, tall)
    clean = slice(-low[1], grid.height - low[1]), slice(-low[0], grid.width - low[0])
    kept[clean] = True
    if kept.sum() < WORTH * grid.width * grid.height:
        return whole_stock(swatch.read(*grid))
    colors = around.read(matrix, wide, tall)
    return Stock(colors, kept & _alike(colors, kept, clean), clean)


def _reach(
    around: Around, grid: Grid, start: NDArray[np.float64], size: tuple[int, int]
) -> NDArray[np.intp]:
    """The least and the greatest texels of the grid that may show the surface: (2, 2), x and y.

    start: where in `around` the grid begins.
    """
    corners = [[x, y] for x in (0, around.width) for y in (0, around.height)]
    seen = (np.array(corners) - start) @ np.linalg.inv(grid.matrix[:, :2]).T
    own = np.array([grid.width, grid.height])
    room = np.maximum(0, np.array(size) * MOST - own) / 2
    low = np.ceil(np.maximum(seen.min(axis=0), -room)).astype(int)
    high = np.floor(np.minimum(seen.max(axis=0), own + room)).astype(int)
    return np.stack([np.minimum(low, 0), np.maximum(high, own)])


def _alike(colors: Floats, kept: Mask, clean: tuple[slice, slice]) -> Mask:
    """Where the stock looks like its clean part: no other material that was taken for it, no light
    that could not be made even, nothing that is blurred more.
    """
    small = np.dstack([lab_features(shrunk(colors)), _detail(colors)])
    weight = shrunk(kept.astype(np.float32))
    part = tuple(slice(side.start // COARSE, side.stop // COARSE) for side in clean)
    sigma = PLACE * min(small[part].shape[:2])
    soft = blurred(small, weight, sigma)
    own = soft[part].reshape(-1, small.shape[2])
    middle = np.median(own, axis=0)
    usual = usual_deviation(np.abs(own - middle), LEAST_SPREAD)
    like = (np.abs(soft - middle) < ODD * usual).all(axis=2)
    like[part] = True
    size = colors.shape[1], colors.shape[0]
    whole = cv2.resize(like.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    return np.asarray(whole > 0)


def _detail(colors: Floats) -> Floats:
    """How strong the finest detail is, (h, w), `COARSE` times smaller; 1 more is a tenth more."""
    fine = np.abs(cv2.Laplacian(cv2.cvtColor(colors, cv2.COLOR_RGB2GRAY), cv2.CV_32F))
    return floats(10 * np.log(shrunk(floats(fine)) + NO_DETAIL))


def shrunk(picture: Floats) -> Floats:
    """The same `COARSE` times smaller."""
    size = max(1, picture.shape[1] // COARSE), max(1, picture.shape[0] // COARSE)
    return floats(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
