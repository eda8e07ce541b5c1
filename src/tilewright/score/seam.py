"""How well each wrap of a tile hides among the lines inside it."""

import math
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tilewright.contract.report import AxisScore
from tilewright.score.band import detail_map, fading
from tilewright.score.lines import line_steps, worst_excess
from tilewright.score.mirror import detail_band, symmetry
from tilewright.score.plane import Plane, to_lab, turn

STEEPNESS = 2.0
"""A wrap that is rougher than the roughest inner lines by one typical step gets exp(-2) = 0.14.
Non-tiling crops of the 20 true tiles exceed by 1.5 in the mean."""

STRETCH_WEIGHT = 0.7
"""A bad stretch counts less than a whole bad line. A broken 15 % exceeds by 0.87 in the mean, and
true tiles by less than 0.1, but for two."""

ALL_ALONG = 0.45
"""Where the whole line exceeds by this share of what its worst stretch does, it shows all along:
0.86 in the mean of plain crops, 0.30 of a broken 15 %. It decides the words only."""

SMOOTH_WEIGHT = 0.45
"""A wrap that is too calm disturbs less than one that is too rough."""

FADE_MARGIN = 0.09
"""Lack of detail that is forgiven; 19 of 20 true tiles stay within it."""

FADE_STEEPNESS = 4.0
"""A 10 % cross-fade lacks 0.16 in the median and scores 0.73; a blurred seam lacks 0.8."""

MIRROR_USUAL = 0.5
"""Symmetry that no wrap is blamed for: calm detail reaches it by itself."""

MIRROR_FULL = 0.15
"""Symmetry beyond that of inner lines at which a wrap counts as mirrored outright."""

MIRROR_WEIGHT = 0.6
"""An exact mirror keeps 0.4: no step shows, but the eye finds the axis."""


class Fault(StrEnum):
    """What gives a wrap away."""

    STEP = "step"
    STRETCH = "stretch"
    SMOOTH = "smooth"
    FADED = "faded"
    MIRRORED = "mirrored"


class Wrap(NamedTuple):
    """One wrap of a tile: its figures, and what weighs most against it."""

    figures: AxisScore
    fault: Fault


def seam_score(tile: NDArray[np.uint8]) -> tuple[AxisScore, AxisScore]:
    """How well the wraps hide: from right to left (across), from bottom to top (down).

    tile: (H, W, 3) uint8 sRGB, each side 16 or more. 0.3 s at 1024² on one core, and in
    proportion to the area. The method: the wrap against all parallel inner lines, two-sided.
    """
    across, down = both_wraps(to_lab(tile))
    return across.figures, down.figures


def both_wraps(lab: Plane) -> tuple[Wrap, Wrap]:
    """The same with the faults. lab: (H, W, 3) float32."""
    light = np.ascontiguousarray(lab[..., 0])
    detail, band = detail_map(light), detail_band(light)
    return _one_wrap(lab, detail, band), _one_wrap(turn(lab), turn(detail), turn(band))


def _one_wrap(lab: Plane, detail: Plane, band: Plane) -> Wrap:
    """The wrap between the last and the first column."""
    finest = line_steps(lab, 1)
    excess = worst_excess(lab, finest)
    own, usual = symmetry(band)
    mirrored = min(1.0, max(0.0, own - max(usual, MIRROR_USUAL)) / MIRROR_FULL)
    marks = {
        Fault.STEP: math.exp(-STEEPNESS * excess.rough),
        Fault.STRETCH: math.exp(-STEEPNESS * STRETCH_WEIGHT * excess.stretch),
        Fault.SMOOTH: math.exp(-STEEPNESS * SMOOTH_WEIGHT * excess.smooth),
        Fault.FADED: math.exp(-FADE_STEEPNESS * max(0.0, fading(detail) - FADE_MARGIN)),
        Fault.MIRRORED: 1 - MIRROR_WEIGHT * mirrored,
    }
    worst = min(marks, key=lambda kind: marks[kind])
    all_along = excess.rough > ALL_ALONG * excess.stretch
    fault = Fault.STEP if worst is Fault.STRETCH and all_along else worst
    steps = finest.means
    figures = AxisScore(
        score=round(marks[worst], 4),
        wrap_step=round(float(steps[0]), 4),
        inner_step=round(float(np.median(steps[1:])), 4),
        inner_p99=round(float(np.quantile(steps[1:], 0.99)), 4),
    )
    return Wrap(figures, fault)
