"""Pixels as planes that wrap: CIE Lab, and filters that read across the border of a tile."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
"""(H, W) or (H, W, 3) float32, in units of Delta E unless said otherwise."""

REACH = 3.0
"""Where a Gaussian is cut off, in sigmas. Beyond it lies 0.3 % of its weight."""


def to_lab(pixels: NDArray[np.uint8]) -> Plane:
    """(H, W, 3) uint8 sRGB as (H, W, 3) float32 CIE Lab, L 0..100. 20 ms at 1024²."""
    return plane(cv2.cvtColor(plane(pixels) / np.float32(255), cv2.COLOR_RGB2LAB))


def plane(values: NDArray[Any]) -> Plane:
    """Any array as contiguous float32; no copy where it is that already."""
    return np.ascontiguousarray(values, dtype=np.float32)


def turn(values: NDArray[Any]) -> Plane:
    """Rows and columns exchanged, so that one routine measures both axes."""
    return plane(np.swapaxes(values, 0, 1))


def wrap(values: Plane, before: int, after: int) -> Plane:
    """The plane with `before` and `after` more texels on each axis, read around the border."""
    around = (before, after, before, after)
    return plane(cv2.copyMakeBorder(values, *around, borderType=cv2.BORDER_WRAP))


def soften(values: Plane, sigma: float, wraps: bool = True) -> Plane:
    """Gaussian blur, on the torus if it `wraps`, else mirrored at the border."""
    reach = int(np.ceil(REACH * sigma))
    size = (2 * reach + 1, 2 * reach + 1)
    if not wraps:
        return plane(cv2.GaussianBlur(values, size, sigma, borderType=cv2.BORDER_REFLECT))
    wide = cv2.GaussianBlur(wrap(values, reach, reach), size, sigma)
    return plane(wide[reach:-reach, reach:-reach])


def box_mean(values: Plane, size: int) -> Plane:
    """Mean over a square of odd `size` around each texel, on the torus."""
    reach = size // 2
    wide = cv2.blur(wrap(values, reach, reach), (size, size))
    return plane(wide[reach : reach + values.shape[0], reach : reach + values.shape[1]])


def shrink(values: Plane, target: int) -> Plane:
    """Averaged down by the whole number that brings the short side near `target`."""
    height, width = values.shape[:2]
    factor = max(1, round(min(height, width) / target))
    if factor == 1:
        return values
    size = (max(1, width // factor), max(1, height // factor))
    return plane(cv2.resize(values, size, interpolation=cv2.INTER_AREA))
