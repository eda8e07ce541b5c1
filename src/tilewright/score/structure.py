"""Whether lines are as long, and shapes as large, as in the surface: bad joins break both."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from tilewright.score.plane import Plane, plane, shrink, soften

LINE_SCALES = (2, 4)
"""How many times smaller the pictures are in which straight lines are looked for. At full size most
are the grain's."""

SHORTEST, SMALLEST_SHAPE = 5.0, 5
"""Pixels of a line and of a shape that count at least."""

SHAPE_SCALES = (1, 2, 4)
"""How many times smaller the pictures are in which shapes are looked for."""

FINE, COARSE = 1.2, 4.8
"""Sigmas between which a shape is light or dark, in pixels of those pictures."""

STANDS_OUT = 0.5
"""Deviations of that band from which it is."""

MOST_WINDOWS = 4
"""Along each side of the larger picture; all windows have the size of the smaller one."""

POINTS = np.linspace(0.05, 0.95, 30)
"""Shares of all length, and of all area, at which the sizes are compared."""

MOST_APART = 0.7
"""Greatest difference of logarithms that counts of shapes: a net of joints that hangs together at
one place more is one shape instead of many."""

FREE, SCATTER = 0.05, 0.5
"""Difference that is forgiven, and more of it where the sizes come from few lines or shapes: times
the root of the sum of one over their number in each picture."""

NOTICED = 2.3
"""Delta E (CIE76) that is just noticeable: sizes of what stands out by less count less, by as much.
Plaster has 0.3 to 0.9, asphalt 0.4 to 2.8, brick, wood and rock 2 to 11."""

MARGIN, STEEPNESS = 0.02, 7.0
"""Of 20 true tiles and as many of ours, against the half they were made of, 36 keep .95 and the
least .64; strips and pieces out of order have .71 in the median where the material has lines."""

LEAST = 64
"""Pixels; smaller pictures show too few lines and shapes."""

SIDE = 1024
"""Short side, about, that larger tiles are shrunk to, and the reference by as much."""


class Structure(NamedTuple):
    """The mark 0..1, and how much longer lines and larger shapes are, as logs of factors."""

    score: float
    lines: float
    shapes: float


class _Sizes(NamedTuple):
    """Logs of the sizes at `POINTS`, (30,), how many of equal size would scatter as much, and how
    far all of it stands out, in Delta E.
    """

    logs: NDArray[np.float64]
    number: float
    contrast: float


def structure(tile: Plane, reference: Plane) -> Structure:
    """Compare the lengths of straight lines and the areas of light and dark shapes.

    tile: (H, W) float32, L*, wraps. reference: (h, w) the same, at the same scale; it need not
    wrap. 0.15 s at 1024².
    """
    times = max(1, round(min(tile.shape) / SIDE))
    return _compared(shrink(tile, SIDE), _zoomed(reference, 1 / times))


def _zoomed(light: Plane, zoom: float) -> Plane:
    if zoom == 1:
        return light
    smooth = cv2.INTER_AREA if zoom < 1 else cv2.INTER_CUBIC
    size = max(1, round(light.shape[1] * zoom)), max(1, round(light.shape[0] * zoom))
    return plane(cv2.resize(light, size, interpolation=smooth))


def _compared(tile: Plane, reference: Plane) -> Structure:
    both = np.minimum(tile.shape, reference.shape)
    if both.min() < LEAST:
        return Structure(1.0, 0.0, 0.0)
    window = int(both[0]), int(both[1])
    kinds = zip(_sizes(tile, window, True), _sizes(reference, window, False), strict=True)
    apart = [_apart(ours, theirs) for ours, theirs in kinds]
    blame = float(np.mean([excess for excess, _ in apart]))
    longer = [larger for _, larger in apart]
    count = len(LINE_SCALES)
    score = math.exp(-STEEPNESS * max(0.0, blame - MARGIN))
    return Structure(
        round(score, 4), float(np.mean(longer[:count])), float(np.mean(longer[count:]))
    )


def _apart(ours: _Sizes, theirs: _Sizes) -> tuple[float, float]:
    """By how much two distributions differ beyond chance, and how much larger ours is."""
    larger = np.clip(ours.logs - theirs.logs, -MOST_APART, MOST_APART)
    chance = SCATTER * math.sqrt(min(1.0, 1 / ours.number + 1 / theirs.number))
    seen = min(1.0, max(ours.contrast, theirs.contrast) / NOTICED)
    excess = max(0.0, float(np.abs(larger).mean()) - FREE - chance)
    return seen * excess, float(larger.mean())


def _sizes(light: Plane, window: tuple[int, int], wraps: bool) -> Iterator[_Sizes]:
    """Of the lines at each scale, then of light and dark shapes at each scale."""
    parts = _windows(light, window, wraps)
    for scale in LINE_SCALES:
        yield _gathered([_lines(part, scale) for part in parts], SHORTEST, NOTICED)
    for scale in SHAPE_SCALES:
        small = _zoomed(light, 1 / scale)
        band = soften(small, FINE, wraps) - soften(small, COARSE, wraps)
        contrast = float(band.std(dtype=np.float64))
        parts = _windows(band, (window[0] // scale, window[1] // scale), wraps)
        for sign in (1, -1):
            found = [_shapes(sign * part, STANDS_OUT * contrast) for part in parts]
            yield _gathered(found, SMALLEST_SHAPE, contrast)


def _windows(light: Plane, window: tuple[int, int], wraps: bool) -> list[Plane]:
    """Parts of one size that cover the picture."""
    high, wide = window
    if wraps:
        light = np.pad(light, ((0, high), (0, wide)), mode="wrap")
    room = light.shape[0] - high, light.shape[1] - wide
    tops, lefts = (_starts(left, side, wraps) for left, side in zip(room, window, strict=True))
    return [plane(light[top : top + high, left : left + wide]) for top in tops for left in lefts]


def _starts(room: int, side: int, wraps: bool) -> list[int]:
    """Evenly spread; of a picture that wraps, the one at the end would be that at the start."""
    whole = room if wraps else room + side
    count = min(MOST_WINDOWS, -(-whole // side))
    return [index * room // max(1, count if wraps else count - 1) for index in range(count)]


def _lines(light: Plane, scale: int) -> NDArray[np.float64]:
    """Lengths of the straight lines, in pixels `scale` times as large (LSD, von Gioi 2010)."""
    soft = cv2.GaussianBlur(light * np.float32(2.55), (0, 0), 0.5 * scale)
    small = np.clip(_zoomed(plane(soft), 1 / scale), 0, 255).astype(np.uint8)
    found = cv2.createLineSegmentDetector().detect(small)[0]
    ends = np.zeros((0, 4)) if found is None else found.reshape(-1, 4).astype(np.float64)
    return np.asarray(np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1]))


def _shapes(band: Plane, least: float) -> NDArray[np.float64]:
    """Areas of what hangs together above `least`, in pixels."""
    above = (band > least).astype(np.uint8)
    found = cv2.connectedComponentsWithStats(above, connectivity=4)[2]
    return np.asarray(found[1:, cv2.CC_STAT_AREA], np.float64)


def _gathered(parts: list[NDArray[np.float64]], least: float, contrast: float) -> _Sizes:
    """The distribution by size of each part, and the mean of them all."""
    sizes = [np.sort(np.append(part[part >= least], least)) for part in parts]
    shares = [np.cumsum(part) / part.sum() for part in sizes]
    logs = [np.interp(POINTS, *both) for both in zip(shares, map(np.log, sizes), strict=True)]
    number = sum(float(part.sum() ** 2 / (part**2).sum()) for part in sizes)
    return _Sizes(np.asarray(np.mean(logs, axis=0)), number, contrast)
