"""After which step a picture comes again, and how large its elements are."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tilewright.score.plane import Plane, soften

SEEN_AGAIN = 0.2
"""Height of a peak over the valley before it, in correlation, from which a step counts as a period.
Drawn walls whose bricks differ have 0.5 to 0.9; noise, grass and gravel stay under 0.1."""

AS_HIGH = 0.75
"""The shortest step whose peak has this share of the highest one is the period; the others are its
multiples."""

MOST = 0.5
"""Longest step looked for, as a share of the side: it must be seen twice."""

SHORTEST = 4
"""Texels; below it is grain."""

BLOTCH = 1 / 32
"""Sigma, as a share of the shorter side, of the blur that is taken away first: joints are left, and
less of the blotches that make every second slab alike. Of 16 steps of drawn floors 8 are one slab,
and 1 without; real ones are right. With half of it all 16 are, but of a running bond, which comes
again after two courses, one is told.
"""


class Step(NamedTuple):
    """Texels from an element to the next along an axis. regular: 0 (by chance) to 1 (exactly)."""

    length: float
    regular: float

    @property
    def periodic(self) -> bool:
        """Whether the picture comes again, rather than having elements of about this size."""
        return self.regular >= SEEN_AGAIN


def steps(light: Plane, *, wraps: bool) -> tuple[Step, Step]:
    """The step across and the step down.

    light: (H, W) float32, L*; wraps: whether it is a tile. Lines are held against themselves, the
    mean of each taken away, so that the joints between courses say nothing of the bricks in them.
    Where nothing comes again, a step is twice the way to the first valley: the usual size of what
    is light or dark. 0.15 s at 1024².
    """
    joints = light - soften(light, BLOTCH * min(light.shape), wraps)
    fine, whole = (
        [_step(_likeness(turned, wraps)) for turned in (picture, picture.T)]
        for picture in (joints, light)
    )
    across, down = (a if a.periodic else b for a, b in zip(fine, whole, strict=True))
    return across, down


def _likeness(light: Plane, wraps: bool) -> NDArray[np.float64]:
    """Correlation of all lines with themselves after each step, from 0 on; 1 at no step."""
    lines = light - light.mean(axis=1, keepdims=True)
    width = lines.shape[1]
    size = width if wraps else 2 * width
    power = np.abs(np.fft.rfft(lines, size, axis=1)) ** 2
    again = np.fft.irfft(power.sum(axis=0, dtype=np.float64), size)[: int(MOST * width) + 2]
    if not wraps:
        again /= 1 - np.arange(len(again)) / width
    return np.asarray(again / max(float(again[0]), 1e-9), np.float64)


def _step(likeness: NDArray[np.float64]) -> Step:
    valley = _first_valley(likeness)
    inner = np.arange(max(valley, SHORTEST), len(likeness) - 1)
    before, here, after = likeness[inner - 1], likeness[inner], likeness[inner + 1]
    peaks = inner[(here >= before) & (here > after)]
    lowest = np.minimum.accumulate(likeness)
    heights = likeness[peaks] - lowest[peaks]
    if len(peaks) == 0 or heights.max() < SEEN_AGAIN:
        return Step(float(max(2 * valley, SHORTEST)), 0.0)
    first = int(np.argmax(heights >= AS_HIGH * heights.max()))
    return Step(_summit(likeness, int(peaks[first])), min(1.0, float(heights[first])))


def _first_valley(likeness: NDArray[np.float64]) -> int:
    rises = np.flatnonzero(np.diff(likeness) > 0)
    return int(rises[0]) if len(rises) else len(likeness) // 2


def _summit(likeness: NDArray[np.float64], peak: int) -> float:
    """The top of the parabola through a peak and its neighbors."""
    left, top, right = likeness[peak - 1 : peak + 2]
    bend = left - 2 * top + right
    return peak + (0.5 * float((left - right) / bend) if bend < 0 else 0.0)
