"""Pieces of a material that comes again stay in step: boards go on, and joints meet joints."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tilewright.engine.arrays import Floats, floats
from tilewright.engine.synthesis.blur import blurred

FINE = 4.0
"""Sigma, in coarse texels, of the blur that is taken away. Joints and threads are left, and not the
colors of single bricks, which do not come again. With 2 and 8 peaks
of regular materials are as high, within .1."""

CHANCE = 13.0
"""Likeness times the root of the coarse texels that overlap, below which it may be chance. Largest
of public tiles and drawings: 4 to 13 of what has no order, 15 to 19 of rough walls and herringbone,
27 to 145 of bricks, cobbles, cloth, planks and floor tiles."""

REGULAR = 0.5
"""Likeness where it comes again, from which on a material is to keep step. Bricks and stones differ
too much: pieces of theirs that were in step were few, and came again and again."""

NEAREST, LEAST_OVERLAP = 0.12, 0.6
"""Where the material may be seen to come again: at shifts of this share of the stock's shorter side
at least, since less shows the same place, at which that share of the stock lies on itself. So it is
seen three times or nearly: with a quarter, what was there twice by itself (a scene whose wall is
one texture, two times) passed for regular, and was copied."""

EMPTY = 1e-6
"""Energy of a picture of one color."""


class Phase:
    """How like a surface is to itself, shifted.

    peak: the correlation where it comes again, .65 to .9 of planks, shutters and floor tiles; 0 of
    what is not regular: bricks, cobbles and cloth have .2 to .4, what has no order less. off:
    (2h, 2w), how much less it is at each shift, no shift in the middle. fine, soft: (h, w, 3), the
    surface without its blotches, and nothing but them.
    """

    def __init__(self, small: Floats, kept: Floats) -> None:
        """small: (h, w, 3) float32 Lab. kept: (h, w), 1 where the surface is. 65 ms at 256x256."""
        height, width = kept.shape
        self.soft = blurred(small, kept, FINE)
        fine = self.fine = floats((small - self.soft) * kept[..., None])
        energy, inside = _spectrum(floats(np.square(fine).sum(axis=2))), _spectrum(kept)
        power = sum(np.abs(_spectrum(channel)) ** 2 for channel in cv2.split(fine))
        overlap = np.maximum(np.fft.irfft2(np.abs(inside) ** 2), 0)
        own = np.fft.irfft2(energy * inside.conj()) * np.fft.irfft2(inside * energy.conj())
        likeness = np.minimum(1, np.fft.irfft2(power) / np.sqrt(np.maximum(own, EMPTY)))
        likeness[likeness * np.sqrt(overlap) < CHANCE] = 0
        likeness = np.fft.fftshift(likeness)
        down, across = np.mgrid[-height:height, -width:width]
        away = np.hypot(down, across) > NEAREST * min(height, width)
        away &= np.fft.fftshift(overlap) > LEAST_OVERLAP * float(kept.sum())
        highest = float(likeness[away].max(initial=0))
        self.peak = highest if highest >= REGULAR else 0.0
        self.off = floats(self.peak - np.minimum(likeness, self.peak))

    def off_from(self, expected: NDArray[np.intp], places: tuple[int, ...]) -> Floats:
        """How far each source is out of step with what is there.

        expected: down and across, the source that would go on with it; it may lie outside of the
        stock. places: how many sources there are, one every coarse texel.
        """
        off = np.full(places, self.peak, np.float32)
        first = np.array(self.off.shape) // 2 - expected
        low, high = np.maximum(first, 0), np.minimum(first + places, self.off.shape)
        if (low < high).all():
            known = tuple(slice(*ends) for ends in zip(low - first, high - first, strict=True))
            off[known] = self.off[low[0] : high[0], low[1] : high[1]]
        return off


def _spectrum(picture: NDArray[Any]) -> NDArray[np.complexfloating]:
    return np.asarray(np.fft.rfft2(picture, (2 * picture.shape[0], 2 * picture.shape[1])))
