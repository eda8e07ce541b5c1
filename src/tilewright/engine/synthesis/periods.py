"""Whether a pattern comes again along the sides of its straight view, or halfway between them.

A tile wraps along its sides, so that is where the periods of a pattern have to lie. They lie along
the edges of bricks, planks and panels, but not of herringbone: it comes again at 45 degrees to its
edges, however long its bricks are, and along them perhaps never.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from tilewright.engine.arrays import Floats, Matrix, Pixels, floats

SIDE = 320
"""Long side, in pixels, of the picture in which periods are looked for."""

NEAREST, FARTHEST = 0.12, 0.6
"""Periods looked for, as shares of the shorter side."""

ROOM = 0.7
"""Longest shift along a side, as a share of it: what is left says little."""

DIRECTIONS = np.radians(np.arange(-1.5, 90, 1.5))
"""Of one of the two periods, in turn; the other is at a right angle to it."""

HALFWAY, NEAR = np.radians(45), np.radians(5)
"""What lies so near to halfway counts as that: bricks are not laid exactly."""

MORE, CLEARLY = 1.05, 1.3
"""How many times more it must be like itself there than in any other direction, and than in the
median of all. Rendered herringbones were 1.1 to 2.8 and 1.4 to 3 times as much; no other of 28
surfaces with lines, on scenes and photos, was."""

FAINTEST, DARKEST = 0.02, 6.0
"""Contrast that counts as none, and what is added to gray levels, before their logarithm."""


def lie_halfway(gray: Pixels, to_photo: Matrix, width: int, height: int) -> bool:
    """Whether the straight view is most like itself after steps at 45 degrees to its sides.

    gray: (H, W) uint8. to_photo: 3x3, pixels of the view → pixels of `gray`. 30 ms.
    """
    zoom = SIDE / max(width, height)
    size = max(8, round(width * zoom)), max(8, round(height * zoom))
    double = to_photo @ np.diag([0.5 / zoom, 0.5 / zoom, 1.0])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    big = cv2.warpPerspective(gray, double, (2 * size[0], 2 * size[1]), flags=flags)
    alike = _alike(floats(cv2.resize(big, size, interpolation=cv2.INTER_AREA)))
    steps = np.arange(NEAREST, FARTHEST, 0.5 / min(size)) * min(size)
    told = np.array([_along(alike, steps, each) for each in DIRECTIONS])
    near = np.abs(DIRECTIONS - HALFWAY) < NEAR
    short = steps[: np.searchsorted(steps, steps[-1] / 2**0.5)]  # checks come again both ways
    halfway = max(_along(alike, short, each) for each in DIRECTIONS[near])
    return bool(halfway >= max(MORE * told[~near].max(), CLEARLY * np.median(told)))


def _alike(view: Floats) -> Floats:
    """(2h, 2w): the correlation of a view, in even light, with itself for every shift."""
    height, width = view.shape
    sigma = NEAREST * min(height, width)
    log = np.log(view + np.float32(DARKEST))
    band = log - cv2.GaussianBlur(log, (0, 0), sigma)
    band /= np.sqrt(cv2.GaussianBlur(band * band, (0, 0), sigma)) + np.float32(FAINTEST)
    size = 2 * height, 2 * width
    seen = np.abs(np.fft.rfft2(np.ones_like(view), size)) ** 2
    common = np.fft.irfft2(np.abs(np.fft.rfft2(band, size)) ** 2, size)
    overlap = np.maximum(np.fft.irfft2(seen, size), 1.0)
    return floats(common / overlap / max(float(band.var()), 1e-6))


def _along(alike: Floats, steps: NDArray[np.float64], direction: float) -> float:
    """How alike it is after the best step that way, and the best at a right angle to it."""
    height, width = alike.shape[0] // 2, alike.shape[1] // 2
    best = []
    for turned in (direction, direction + np.pi / 2):
        x = np.rint(steps * np.cos(turned)).astype(int)
        y = np.rint(steps * np.sin(turned)).astype(int)
        inside = (np.abs(x) < ROOM * width) & (np.abs(y) < ROOM * height)
        best.append(float(alike[y[inside], x[inside]].max(initial=0.0)))
    return float(np.mean(best))
