"""The tile in the colors of its surface, which LoRAs and few steps shift."""

import cv2
import numpy as np

from tilewright.engine.arrays import Floats, Pixels, floats

MOST_SPREAD = 2.0
"""Contrast is raised up to this factor and lowered down to its inverse: beyond it, noise or banding
would be made out of nothing."""

LEAST = 1e-3
"""Of a spread of colors that could be divided by."""


def match_color(tile: Floats, surface: Pixels) -> Floats:
    """The tile with the mean and the spread of the surface's colors, in CIELAB.

    tile: (h, w, 3) float32 sRGB, 0..255; wraps as before, for every texel is treated alike.
    surface: (H, W, 3) uint8 sRGB. After Reinhard and others, Color transfer between images, 2001.
    """
    ours, theirs = _lab(tile), _lab(floats(surface))
    spread = theirs.std(axis=(0, 1)) / np.maximum(ours.std(axis=(0, 1)), LEAST)
    spread = np.clip(spread, 1 / MOST_SPREAD, MOST_SPREAD)
    moved = (ours - ours.mean(axis=(0, 1))) * spread + theirs.mean(axis=(0, 1))
    return floats(np.clip(cv2.cvtColor(floats(moved), cv2.COLOR_LAB2RGB), 0, 1) * 255)


def _lab(colors: Floats) -> Floats:
    return floats(cv2.cvtColor(np.clip(colors, 0, 255) / np.float32(255), cv2.COLOR_RGB2LAB))
