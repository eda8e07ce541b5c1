"""The kinds of arrays that flow through the engines."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""(H, W, 3) sRGB, 0..255: a photo or a finished tile."""

Floats = NDArray[np.float32]
"""(H, W, 3) colors or features, or (H, W) costs and weights."""

Mask = NDArray[np.bool_]
"""(H, W): True where something is."""

Indices = NDArray[np.intp]
"""Rows or columns of an array."""

Matrix = NDArray[np.float64]
"""3x3, a map of the plane, on (x, y, 1)."""


def floats(values: NDArray[Any]) -> Floats:
    """The same as float32: libraries do not say, or forget, which numbers they return."""
    return np.asarray(values, np.float32)


def pixels(values: NDArray[Any]) -> Pixels:
    """The same, rounded and within 0..255."""
    if values.dtype == np.uint8:
        return np.asarray(values, np.uint8)
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)
