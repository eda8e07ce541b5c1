"""How far the wrap line stands out among all lines that run parallel to it."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from tilewright.score.plane import Plane, plane, wrap

LAGS = (1, 2, 4, 8)
"""Distances over which the two sides of a line are compared, in texels. 1 sees a hard step; 8 a
change of brightness that is spread out."""

SEGMENTS = 16
"""Pieces that each line is cut into. Two neighbors together, 1/8 of the side, fit inside the
shortest broken stretch that was calibrated on, 15 % of the side."""

NEIGHBORS = (-12, -9, -7, -5, 5, 7, 9, 12)
"""Lines that a line is compared with to see whether it is a peak. Far enough that the widest lag
does not reach over, near enough to lie on the same brick."""

VISIBLE = 1.0
"""Delta E that is added to the typical step before dividing by it, so that what nobody can see
does not count. About half of what is just noticeable (2.3 in CIE76)."""

QUANTILES = (0.01, 0.999)
"""What inner lines do, but for the calmest in a hundred and the roughest in a thousand: joints are
few, and a tile may well be cut along one. At 0.99 true tiles lose 0.03, broken stretches 0.08."""

MARGIN = 0.10
"""Excess that is forgiven: 17 of 20 true tiles stay within, though all were saved as JPEG."""

SAMPLING = 0.4
"""Further margin at one sample per line, falling with the root of the samples: steps in noise
scatter by 0.4 of their mean."""


class Excess(NamedTuple):
    """By how many typical steps the wrap line leaves the range of the inner lines, 0 if inside.

    rough: along the whole line. stretch: along an eighth of it. smooth: calmer than inner lines.
    """

    rough: float
    stretch: float
    smooth: float


class Steps(NamedTuple):
    """Mean step across each line, (W,) Delta E, and the same by segments, (SEGMENTS, W)."""

    means: NDArray[np.float64]
    segments: NDArray[np.float64]


def line_steps(lab: Plane, lag: int) -> Steps:
    """Color steps across the lines between columns; line 0 is the wrap.

    lab: (H, W, 3) float32. lag: the means of lag x lag texels on both sides are compared.
    About 25 ms at 1024².
    """
    height, width = lab.shape[:2]
    means = lab
    if lag > 1:
        whole = lab[: height // lag * lag]
        rows = plane(cv2.resize(whole, (width, height // lag), interpolation=cv2.INTER_AREA))
        means = plane(cv2.blur(wrap(rows, 0, lag), (lag, 1), anchor=(0, 0))[:-lag, :-lag])
    change = means - np.roll(means, lag, axis=1)
    steps = cv2.sqrt(cv2.transform(change * change, np.ones((1, 3), np.float32)))
    count = min(SEGMENTS, len(steps))
    edges = np.arange(count + 1) * len(steps) // count
    sums = np.add.reduceat(steps, edges[:-1], axis=0, dtype=np.float64)
    return Steps(sums.sum(axis=0) / len(steps), sums / np.diff(edges)[:, None])


def worst_excess(lab: Plane, finest: Steps) -> Excess:
    """The largest excess of the wrap over all lags, by kind. 60 ms at 1024².

    lab: (H, W, 3) float32. finest: its `line_steps` at lag 1.
    """
    height, width = lab.shape[:2]
    wider = {lag: line_steps(lab, lag) for lag in LAGS[1:] if min(height, width) >= 8 * lag}
    found = [
        _excess(steps, lag, MARGIN + SAMPLING / np.sqrt(height / lag))
        for lag, steps in {LAGS[0]: finest, **wider}.items()
    ]
    return Excess(*(max(0.0, *values) for values in zip(*found, strict=True)))


def _excess(steps: Steps, lag: int, margin: float) -> Excess:
    """One lag: the line as level, as peak against its neighbors, and by stretches."""
    width = len(steps.means)
    spared = min(max(12, 2 * lag), width // 4)
    unit = float(np.median(steps.means)) + VISIBLE
    peaks = steps.segments - _neighbors(steps.segments)
    runs = (peaks + np.roll(peaks, 1, axis=0)) / 2
    profiles = (
        steps.means,
        steps.means - _neighbors(steps.means[None])[0],
        np.median(peaks, axis=0),
        runs.max(axis=0),
    )
    sides = [_outside(profile, spared, unit, margin) for profile in profiles]
    return Excess(
        rough=max(high for high, _ in sides[:3]),
        stretch=sides[3][0],
        smooth=max(low for _, low in sides[:3]),
    )


def _neighbors(profiles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean of the lines around each line; (S, W) in and out."""
    width = profiles.shape[1]
    near = [shift for shift in NEIGHBORS if abs(shift) < width / 3] or [width // 2]
    total = np.sum([np.roll(profiles, shift, axis=1) for shift in near], axis=0)
    return np.asarray(total / len(near), dtype=np.float64)


def _outside(
    profile: NDArray[np.float64], spared: int, unit: float, margin: float
) -> tuple[float, float]:
    """How far entry 0 lies above and below the usual range of the entries away from it."""
    low, high = np.quantile(profile[spared : len(profile) - spared], QUANTILES)
    return float((profile[0] - high) / unit - margin), float((low - profile[0]) / unit - margin)
