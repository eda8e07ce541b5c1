"""A wrap whose two sides are mirror images of each other."""

import numpy as np

from tilewright.score.plane import Plane, soften

FINEST, COARSEST = 0.7, 4.0
"""Sigmas between which detail is compared, in texels: under it lies JPEG noise, above it shading
that any two neighbors share."""

DEPTH = 16
"""Texels on each side of the line that are held against each other."""

EVERY = 2
"""Only every second row is compared: half the cost, and no true tile moves by more than 0.01."""

USUAL = 0.99
"""Planks and shutters are symmetric about lines of their own (0.5 to 0.93 at this quantile)."""


def detail_band(light: Plane) -> Plane:
    """The detail whose symmetry is measured. light: (H, W), L*."""
    return soften(light, FINEST) - soften(light, COARSEST)


def symmetry(band: Plane) -> tuple[float, float]:
    """Correlation of both sides about the wrap between columns, and about the inner lines.

    band: (H, W) from `detail_band`. Returns the wrap's, and the 99th percentile of the inner
    lines': 1 is an exact mirror; unrelated sides give 0. The line half a tile away does not count:
    a mirrored tile is symmetric about it too. 40 ms at 1024².
    """
    band = np.ascontiguousarray(band[::EVERY])
    width = band.shape[1]
    depth = min(DEPTH, width // 4)
    power = np.einsum("ij,ij->j", band, band).astype(np.float64)
    product, energy = np.zeros(width), np.full(width, 1e-3 * depth * len(band))
    for step in range(depth):
        right, left = np.roll(band, -step, axis=1), np.roll(band, step + 1, axis=1)
        product += 2 * np.einsum("ij,ij->j", right, left)
        energy += np.roll(power, -step) + np.roll(power, step + 1)
    likeness = product / energy
    inner = np.arange(depth, width - depth)
    inner = inner[np.abs(inner - width // 2) > min(4, width // 16)]
    return float(likeness[0]), float(np.quantile(likeness[inner], USUAL))
