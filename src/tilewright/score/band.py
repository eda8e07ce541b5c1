"""A band along the border that lost its fine detail: a cross-fade, or a blurred seam."""

import numpy as np
from numpy.typing import NDArray

from tilewright.score.plane import Plane, box_mean, soften

OCTAVES = (1.0, 2.0, 4.0)
"""Sigmas of the blurs whose differences are the fine detail, in texels. A cross-fade weakens all
of them alike: their mean scatters less than any one of them."""

WINDOW = 21
"""Side of the square in which detail is measured, in texels. Cross-fades stood out most clearly
at 21 (of 3, 9, 21)."""

FAINT = 0.1
"""Detail energy, in L², that is added before the logarithm: the grain of a flat color."""

SHARES = (64, 32, 16, 10, 6)
"""The bands looked for are 1/64 to 1/6 of the side wide."""

NARROWEST = 4
"""Bands narrower than this, in texels, are the business of the lines."""

RARE = 0.01
"""A band is odd where it has less detail than this share of the inner bands."""


def detail_map(light: Plane) -> Plane:
    """Log amplitude of fine detail around each texel. light: (H, W), L*. 60 ms at 1024²."""
    total = np.zeros_like(light)
    for sigma in OCTAVES:
        softer = soften(light, sigma)
        total += np.log(box_mean((light - softer) ** 2, WINDOW) + np.float32(FAINT)) / 2
        light = softer
    return np.asarray(total / len(OCTAVES), dtype=np.float32)


def fading(detail: Plane) -> float:
    """How much detail a band at the wrap between columns lacks against the poorest inner bands.

    detail: (H, W) from `detail_map`. Returns a log amplitude ratio, 0 or more. A linear cross-fade
    of unrelated halves loses 0.2 in theory, and 0.16 over true tiles' crops.
    """
    profile = detail.mean(axis=0, dtype=np.float64)
    width = len(profile)
    sizes = {max(NARROWEST, width // share) for share in SHARES}
    lacks = [_lack(profile, size) for size in sorted(sizes) if width >= 6 * size]
    return max(0.0, *lacks, 0.0)


def _lack(profile: NDArray[np.float64], size: int) -> float:
    """The same for bands of one size: before, over and after the wrap; as level and as dip."""
    width = len(profile)
    sums = np.concatenate([[0.0], np.cumsum(np.tile(profile, 2))])
    level = (sums[size : size + width] - sums[:width]) / size
    apart = size + size // 2
    dip = level - (np.roll(level, apart) + np.roll(level, -apart)) / 2
    at_wrap = [0, -(size // 2), -size]
    inner = slice(apart, width - apart - size + 1)
    return max(
        float(np.quantile(values[inner], RARE) - values[at_wrap].min()) for values in (level, dip)
    )
