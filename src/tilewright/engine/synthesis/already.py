"""A photo that is a tile already stays what it is."""

import cv2
import numpy as np

from tilewright.engine.arrays import Floats, Mask, Pixels, floats
from tilewright.engine.lab import lab_features

GOES_ON = 0.55
"""Likeness of the lines that meet at the wrap, as a share of that of inner neighbors. The 20 public
tiles have 0.6 or more on both axes; of their crops, none has more than 0.4 on both."""

LEAST_LIKE = 0.1
"""Correlation of neighboring lines under which there is nothing that could go on."""

FAINT = 0.5
"""Lightness added to the contrast of a line before it is divided out: grain is no likeness."""

MET = 0.5
"""Share of the border that must show the surface on both of its sides."""

SAME_SHAPE = 1.1
"""Between the aspect ratios of the photo and the wanted tile, at most: more would be seen."""

SMALLEST = 64
"""Pixels. Smaller pictures are too few lines to judge a wrap by."""


def is_tile(photo: Pixels, surface: Mask, size: tuple[int, int]) -> bool:
    """Whether the photo goes on across both wraps as it does inside.

    photo: (H, W, 3) uint8 sRGB. surface: (H, W). size: width and height wanted. 0.05 s a megapixel.
    A thing before a plain ground wraps too, but the ground is not the surface.
    """
    height, width = photo.shape[:2]
    stretch = width * size[1] / (height * size[0])
    met = (surface[:, 0] & surface[:, -1]).mean(), (surface[0] & surface[-1]).mean()
    if min(height, width) < SMALLEST or min(met) < MET:
        return False
    if max(stretch, 1 / stretch) > SAME_SHAPE:
        return False
    light = lab_features(floats(photo))[..., 0]
    return _goes_on(light) and _goes_on(light.T)


def _goes_on(light: Floats) -> bool:
    """Whether the first column is as like the last one as neighbors inside. light: (H, W)."""
    even = light - light.mean(axis=0)
    even /= np.sqrt((even * even).mean(axis=0)) + np.float32(FAINT)
    like = (even * np.roll(even, 1, axis=1)).mean(axis=0)
    return bool(like[0] >= max(LEAST_LIKE, GOES_ON * float(np.median(like))))


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
