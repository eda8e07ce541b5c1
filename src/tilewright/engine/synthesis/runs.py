"""Which way a wall runs, patch by patch: courses that are too faint or too fine for lines."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tilewright.engine.arrays import Floats, Mask, Pixels, floats
from tilewright.engine.synthesis.lines import Lines

FEW = 60.0
"""Lines of equal length from which on they need no help: then patches only blur what they say."""

SIDE = 32
"""Pixels of a patch; every half of it is looked at anew. With 24 and 48 the one such wall of the
public photographs is turned too."""

RUNS = 0.4
"""How much more of a patch must run one way than across, as a share of both."""

ROUNDS, NEAR = 4, 3.7
"""Times that it is told again from what is near, and how near: a deviation of 15 degrees."""

COVERED = 0.1
"""Share of the surface whose patches must run one way. Of plain walls seen straight on .02 do by
chance, of the faint brick of a street .21 and more."""

SEEN = 0.9
"""Share of a patch that must be the surface."""

EDGE = 2
"""Pixels at the border of the surface that are left out: its edge is no course."""


def with_runs(lines: Lines, gray: Pixels, mask: Mask) -> Lines:
    """The lines of a wall, and where they are few, what its patches say, each as long as the way to
    the next.

    gray: (H, W) uint8. mask: (H, W) bool. Only for what stands upright: a floor's grain is
    squeezed, and runs across the way one looks. 0.1 s at most, at 900 pixels.
    """
    if lines.equal >= FEW or min(gray.shape) < SIDE:
        return lines
    rows, columns, angle, strength = _runs(gray, mask)
    if len(rows) * (SIDE / 2) ** 2 < COVERED * mask.sum():
        return lines
    length = strength * (SIDE / 2)
    total = lines.length + float(length.sum())
    return Lines(
        np.concatenate([lines.middle, np.stack([columns, rows], axis=1)]),
        np.concatenate([lines.direction, np.stack([np.cos(angle), np.sin(angle)], axis=1)]),
        np.concatenate([lines.weight * lines.length, length]) / max(total, 1.0),
        np.concatenate([lines.inner, np.ones(len(rows), bool)]),
        total,
    )


def _runs(gray: Pixels, mask: Mask) -> tuple[Floats, ...]:
    """Of patches that run one way: their rows and columns, the angle, and how much more they do.

    From the slopes of gray, each by the root of its size: one dark edge does not decide. Joints
    across the courses turn the mean of all slopes, so those count that are near it, again and
    again.
    """
    down, across = (cv2.Sobel(gray, cv2.CV_32F, *order) for order in ((0, 1), (1, 0)))
    reach = np.ones((2 * EDGE + 1,) * 2, np.uint8)
    seen = cv2.erode(mask.astype(np.uint8), reach) > 0
    part = _parts(seen).mean(axis=(2, 3)) > SEEN
    double = _parts((across + 1j * down) ** 2)[part].reshape(-1, SIDE * SIDE)
    double[~_parts(seen)[part].reshape(double.shape)] = 0
    sizes = np.abs(double)
    ways, sizes = double / (sizes + np.float32(1e-6)), np.sqrt(sizes)
    mean = (ways * sizes).sum(axis=1)
    strength = np.abs(mean) / (sizes.sum(axis=1) + np.float32(1e-6))
    for _ in range(ROUNDS):
        toward = mean / (np.abs(mean) + np.float32(1e-6))
        near = np.exp(NEAR * ((ways * toward.conj()[:, None]).real - 1))
        mean = (ways * sizes * near).sum(axis=1)
    rows, columns = SIDE // 2 * (np.array(np.nonzero(part)) + 1)
    angle = np.angle(mean) / 2 + np.pi / 2
    runs = strength > RUNS
    return tuple(floats(values[runs]) for values in (rows, columns, angle, strength))


def _parts(values: NDArray[Any]) -> NDArray[Any]:
    """(rows, columns, SIDE, SIDE): a picture's patches, every half of one anew."""
    windows = np.lib.stride_tricks.sliding_window_view(values, (SIDE, SIDE))
    return np.asarray(windows[:: SIDE // 2, :: SIDE // 2])
