"""A photo that is a tile already comes back as it is, at the size that was asked for."""

import cv2
import numpy as np

from tilewright.engine.synthesis.arrays import Floats, Mask, Pixels, floats
from tilewright.score import seam_score

HIDDEN = 0.95
"""Seam score of both wraps from which a photo is a tile. Of the 20 true tiles of the evaluation set
most have it; of its photographs, and of the tiles' own non-tiling crops, none has."""

WHOLE = 0.5
"""Share of the photo that the surface must have: a tile shows one material and nothing else."""

STRETCH = 0.1
"""How far the shapes of photo and tile may be apart before bricks are visibly stretched."""

SMALLEST = 64
"""Pixels; on a smaller photo a wrap is hard to judge."""


def is_tile(photo: Pixels, mask: Mask, size: tuple[int, int]) -> bool:
    """Whether nothing needs to be done to `photo` but to bring it to `size` (width, height).

    photo: (H, W, 3) uint8 sRGB. mask: (H, W) bool, the surface. 0.3 s a megapixel at most.
    """
    height, width = photo.shape[:2]
    stretch = abs(float(np.log(width / height * size[1] / size[0])))
    if min(height, width) < SMALLEST or stretch > STRETCH or mask.mean() < WHOLE:
        return False
    return all(axis.score >= HIDDEN for axis in seam_score(photo))


def resized(tile: Pixels, size: tuple[int, int]) -> Floats:
    """(h, w, 3) float32 sRGB, 0..255, of `size` (width, height): read around the border."""
    height, width = tile.shape[:2]
    colors = floats(tile)
    if (width, height) == size:
        return colors
    shrink = min(width / size[0], height / size[1])
    if shrink > 1:
        sigma = 0.45 * float(np.sqrt(shrink * shrink - 1))
        reach = int(np.ceil(3 * sigma))
        wide = cv2.copyMakeBorder(colors, reach, reach, reach, reach, cv2.BORDER_WRAP)
        colors = floats(cv2.GaussianBlur(wide, (0, 0), sigma)[reach:-reach, reach:-reach])
    x = (np.arange(size[0], dtype=np.float32) + 0.5) * np.float32(width / size[0]) - 0.5
    y = (np.arange(size[1], dtype=np.float32) + 0.5) * np.float32(height / size[1]) - 0.5
    across, down = np.meshgrid(x, y)
    view = cv2.remap(colors, across, down, cv2.INTER_CUBIC, borderMode=cv2.BORDER_WRAP)
    return np.clip(view, 0, 255)
