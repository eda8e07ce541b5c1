"""A part of a swatch, which is read as if it were the whole."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tilewright.engine.arrays import Floats
from tilewright.engine.synthesis.swatch import Around, Swatch


class Window(Swatch):
    """`width` x `height` pixels of a swatch from `left`, `top` on; its light is the whole's."""

    def __init__(self, whole: Swatch, left: int, top: int, width: int, height: int) -> None:
        self._whole = whole
        self.corner = np.array([left, top], np.float64)
        self.width = width
        self.height = height

    @cached_property
    def around(self) -> Around | None:
        """What lies around the whole."""
        return self._whole.around

    def read(self, matrix: NDArray[np.float64], width: int, height: int) -> Floats:
        """(height, width, 3) float32 sRGB, 0..255: the window at matrix·(x, y, 1), 2x3."""
        moved = np.column_stack([matrix[:, :2], matrix[:, 2] + self.corner])
        return self._whole.read(moved, width, height)


def draw_window(swatch: Swatch, size: tuple[float, float], random: np.random.Generator) -> Window:
    """A window of `size` (width, height), or of all there is, at a place drawn by `random`."""
    width, height = min(int(size[0]), swatch.width), min(int(size[1]), swatch.height)
    left = int(random.integers(swatch.width - width + 1))
    top = int(random.integers(swatch.height - height + 1))
    return Window(swatch, left, top, width, height)
