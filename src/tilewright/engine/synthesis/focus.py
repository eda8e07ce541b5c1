"""Where a surface recedes, its far end and what is out of focus are softer: by how much, and where.

All of a surface is of one material, so places need be compared only with each other.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tilewright.engine.arrays import Floats, floats
from tilewright.engine.synthesis.straighten import Straight

RECEDES = 0.04
"""Change of distance over the surface, as a share of itself, from which it is looked at."""

BLOCK = 64
"""Texels each way, in which waves are told apart; blocks overlap by half."""

MOST_BLOCKS = 40
"""Along one side of the surface; farther apart where it is larger."""

BANDS = np.array([0.02, 0.05, 0.08, 0.12, 0.17, 0.23, 0.3, 0.38, 0.5])
"""Borders of the bands of waves that are told apart, in cycles a texel. The coarsest is the
measure: blur leaves it, and what changes there is the light or the material."""

FINE = slice(2, None)
"""Bands that tell blur."""

FAINTEST = 0.3
"""Power, in squared gray levels, below which waves are noise."""

PARTS = 5
"""Each way: what the surface is compared by. Patches of it are in no order of distance."""

CHANCE = 4.0
"""F of the curve through them below which it is chance; above 3.4 are 5 % of what has none. The
rest is believed the more the greater it is: 11 to 90 where a photo does get softer, below 2 where
not."""

STEPS = 5
"""Distances for which a gain is told; between them it is mixed."""

MOST = 1.4
"""Most that one place is softer than another, as log of a factor."""

SHARED = 0.75
"""Share of what all lack in the mean, by this, that the reading of the whole is believed to hold as
well. With 1 far grass and rock come nearest to their truth, with less bricks and asphalt."""


class Fading(NamedTuple):
    """How much softer the places of a surface are than is usual in it.

    way: (x, y), what a texel is nearer than the one before it, from -1 to 1 across the surface.
    lacks: (`STEPS`, bands), from -1 to 1, as log of a factor.
    """

    way: tuple[float, float]
    lacks: NDArray[np.float64]

    def near(self, shape: tuple[int, ...], clean: tuple[slice, slice]) -> Floats:
        """(H, W), -1..1: how near places are in a picture whose `clean` part was read."""
        rows, columns = (
            floats(np.arange(side)) - np.float32(np.mean(part.indices(side)[:2]))
            for side, part in zip(shape, clean, strict=True)
        )
        near = columns * np.float32(self.way[0]) + rows[:, None] * np.float32(self.way[1])
        return floats(np.clip(near, -1, 1))

    def at(self, waves: NDArray[np.float64]) -> NDArray[np.float64]:
        """(`STEPS`, waves): the same for waves of these frequencies, in cycles a texel."""
        middles = np.concatenate([[0], (BANDS[1:] + BANDS[:-1]) / 2])
        return np.stack([np.interp(waves, middles, [0, *lack]) for lack in self.lacks])


def find_slope(straight: Straight) -> tuple[float, float] | None:
    """What a pixel of a straight view is nearer than the one before it, across and down.

    As a share of the distance; None where hardly anything recedes.
    """
    across, down = (straight.to_photo[2, :2] / straight.to_photo[2, 2]).tolist()
    change = abs(across) * straight.width + abs(down) * straight.height
    return (across, down) if change > RECEDES else None


def find_fading(light: Floats, slope: tuple[float, float]) -> Fading | None:
    """How places become softer along `slope`; None where that may be chance.

    light: (H, W) float32, 0..255, the surface and nothing else. About 0.1 s a megapixel.
    """
    height, width = light.shape
    if min(height, width) < 2 * BLOCK:
        return None
    whole = abs(slope[0]) * width + abs(slope[1]) * height
    way = 2 * slope[0] / whole, 2 * slope[1] / whole
    places, strengths = _strengths(light)
    near = places[:, 0] * way[0] + places[:, 1] * way[1]
    believed = _believed(places / (width, height), near, strengths[:, FINE].mean(axis=1))
    if believed == 0:
        return None
    curves = _curves(near, strengths, np.linspace(-1, 1, STEPS))
    sharpest = curves[int(np.argmax(curves[:, FINE].mean(axis=1)))]
    lacks = np.clip(believed * (sharpest - curves), 0, MOST)
    there = np.stack([np.interp(near, np.linspace(-1, 1, STEPS), lack) for lack in lacks.T])
    usual = -0.5 * np.log(np.exp(-2 * there).mean(axis=1))
    return Fading(way, lacks - SHARED * usual)


def _strengths(light: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where blocks are, (n, 2), x and y from the middle; and how strong waves are, (n, bands).

    As log of a factor over the coarsest band.
    """
    starts = [_starts(side) for side in light.shape]
    window = np.hanning(BLOCK)[:, None] * np.hanning(BLOCK)
    waves = np.hypot(np.fft.fftfreq(BLOCK)[:, None], np.fft.rfftfreq(BLOCK)[None])
    bands = [(waves >= low) & (waves < high) for low, high in pairwise(BANDS)]
    found = []
    for top in starts[0]:
        row = np.stack([light[top : top + BLOCK, left : left + BLOCK] for left in starts[1]])
        row = (row - row.mean(axis=(1, 2), keepdims=True)) * window
        power = np.abs(np.fft.rfft2(row)) ** 2 / (window**2).sum()
        found.append(np.stack([power[:, band].mean(axis=1) for band in bands], axis=1))
    strengths = 0.5 * np.log(np.concatenate(found) + FAINTEST)
    across, down = np.meshgrid(starts[1], starts[0])
    places = np.stack([across.ravel(), down.ravel()], axis=1) + BLOCK / 2
    middle = np.array([light.shape[1], light.shape[0]]) / 2
    return places - middle, strengths - strengths[:, :1]


def _starts(side: int) -> NDArray[np.intp]:
    count = min(MOST_BLOCKS, 2 * side // BLOCK - 1)
    return np.linspace(0, side - BLOCK, count).astype(np.intp)


def _believed(
    places: NDArray[np.float64], near: NDArray[np.float64], level: NDArray[np.float64]
) -> float:
    """How sure it is that `level` goes with `near`, 0 to 1. places: (n, 2), -1/2 to 1/2."""
    cells = np.minimum(((places + 0.5) * PARTS).astype(int), PARTS - 1) @ np.array([1, PARTS])
    parts = [cells == cell for cell in np.unique(cells)]
    there = np.array([near[part].mean() for part in parts])
    told = np.array([level[part].mean() for part in parts])
    curve = _curves(there, told[:, None], there)[:, 0]
    left = np.square(told - curve).sum() / (len(parts) - 3)
    sure = np.square(curve - curve.mean()).sum() / 2 / max(float(left), 1e-9)
    return max(0.0, 1 - CHANCE / max(float(sure), CHANCE))


def _curves(
    near: NDArray[np.float64], values: NDArray[np.float64], at: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Parabolas through (n, k) values, read elsewhere: a depth of field has two ends."""
    known, wanted = (np.stack([one**0, one, one**2], axis=1) for one in (near, at))
    square = np.einsum("ni,nj->ij", known, known)
    found = np.linalg.solve(square, np.einsum("ni,nk->ik", known, values))
    return np.asarray(np.einsum("ni,ik->nk", wanted, found))
