"""Blur of what is seen only: what is not the surface adds nothing."""

import cv2
import numpy as np

from tilewright.engine.arrays import Floats, floats

FAINTEST = 1e-4
"""Share of a blur's window that is seen, below which nothing is told of it."""


def blurred(values: Floats, weight: Floats, sigma: float) -> Floats:
    """Values, (h, w, channels), blurred, of what has weight only."""
    total = cv2.GaussianBlur(weight, (0, 0), sigma)[..., None]
    soft = cv2.GaussianBlur(values * weight[..., None], (0, 0), sigma)
    return floats(soft / np.maximum(total, FAINTEST))
