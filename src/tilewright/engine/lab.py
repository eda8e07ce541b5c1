"""Colors in CIE Lab, where a distance is what the eye sees of it."""

import cv2
import numpy as np

from tilewright.engine.arrays import Floats, floats


def lab_features(colors: Floats) -> Floats:
    """(H, W, 3) float32 sRGB, 0..255 → (H, W, 3) float32 Lab, in Delta E."""
    unit = np.clip(colors, 0, 255) * np.float32(1 / 255)
    return floats(cv2.cvtColor(unit, cv2.COLOR_RGB2LAB))
