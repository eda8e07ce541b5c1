"""All measures of a tile together, as one score."""

import math

import numpy as np
from numpy.typing import NDArray

from tilewright.contract.report import TileScore
from tilewright.score.fidelity import likeness
from tilewright.score.period import steps
from tilewright.score.plane import Plane, plane, to_lab
from tilewright.score.repetition import repetition
from tilewright.score.seam import both_wraps
from tilewright.score.words import describe

REPETITION_WEIGHT = 0.5
"""A mark for repetition counts half of one for the seam: the judge's weights, 1 and 2."""


def score_tile(tile: NDArray[np.uint8], reference: NDArray[np.uint8] | None = None) -> TileScore:
    """How good a tile is, and how like its reference.

    tile: (H, W, 3) uint8 sRGB, each side 16 or more. reference: a picture of the surface that it
    should look like, of any size; it need not wrap. Marks are 0..1, 1 is best. 1.0 s at 1024² with
    a reference of that size, 0.5 s without. The same pixels get the same marks.
    """
    lab = to_lab(tile)
    wraps = both_wraps(lab)
    repeated = repetition(lab)
    alike = None if reference is None else likeness(lab, to_lab(reference))
    across, down = (wrap.figures for wrap in wraps)
    seam = min(across.score, down.score)
    return TileScore(
        overall=_overall(seam, repeated.score, None if alike is None else alike.score),
        seam=seam,
        across=across,
        down=down,
        repetition=repeated.score,
        period=_period(lab),
        fidelity=None if alike is None else alike.score,
        words=describe(wraps, repeated, alike),
    )


def _overall(seam: float, repetition: float, fidelity: float | None) -> float:
    """The weighted geometric mean: one bad mark is not bought back by the others."""
    marks = [(seam, 1.0), (repetition, REPETITION_WEIGHT)]
    marks += [] if fidelity is None else [(fidelity, 1.0)]
    total = sum(weight for _, weight in marks)
    return round(float(math.prod(mark ** (weight / total) for mark, weight in marks)), 4)


def _period(lab: Plane) -> tuple[float | None, float | None]:
    across, down = (
        round(step.length, 1) if step.periodic else None
        for step in steps(plane(lab[..., 0]), wraps=True)
    )
    return across, down
