"""Chips, knots, bright leaves: small spots that catch the eye, which is to see them once."""

import cv2
import numpy as np

from tilewright.engine.arrays import Floats, Mask, floats
from tilewright.engine.synthesis.blur import blurred
from tilewright.engine.synthesis.stock import COARSE, WHOLLY
from tilewright.score.spots import (
    APART,
    AROUND,
    NOTICED,
    SIZES,
    TO_DEVIATION,
    USUAL,
)

STANDS_OUT = 7.0
"""Deviations from what is around it by which a spot catches the eye: the score begins to count a
little sooner. 4 of 20 true tiles have none."""

FINE = 2
"""They are looked for in a picture this much smaller, as the score looks at a tile of a megapixel,
which says what catches the eye."""


def find_spots(features: Floats, kept: Mask) -> Floats:
    """(h, w), `COARSE` times smaller: 1 where a spot is, 0 elsewhere.

    features: (H, W, 3) float32 Lab. kept: (H, W) bool, where the surface is. 0.1 s a megapixel.
    """
    size = max(1, features.shape[1] // FINE), max(1, features.shape[0] // FINE)
    small = floats(cv2.resize(features, size, interpolation=cv2.INTER_AREA))
    weight = floats(
        cv2.resize(kept.astype(np.float32), size, interpolation=cv2.INTER_AREA) > WHOLLY
    )
    near = np.ones((2 * APART + 1,) * 2, np.uint8)
    found = np.zeros(small.shape[:2], np.bool_)
    for sigma in SIZES:
        band = blurred(small, weight, sigma) - blurred(small, weight, AROUND * sigma)
        off = np.sqrt(np.einsum("ijk,ijk->ij", band, band)) * weight
        usual = max(USUAL, TO_DEVIATION * float(np.median(off[weight > 0])))
        least = max(STANDS_OUT * usual, NOTICED)
        found |= (off > least) & (off >= cv2.dilate(off, near))
    rows, columns = (np.nonzero(found)[axis] * FINE // COARSE for axis in (0, 1))
    spots: Floats = np.zeros([side // COARSE for side in features.shape[:2]], np.float32)
    inside = (rows < spots.shape[0]) & (columns < spots.shape[1])
    spots[rows[inside], columns[inside]] = 1
    return spots
