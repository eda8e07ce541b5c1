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
from tilewright.score.sharpness import sharpness
from tilewright.score.structure import structure
from tilewright.score.words import describe

WORST_WEIGHT = 1 / 3
"""What the worst mark weighs by itself, beside the mean of all. Without it a tile of which two
thirds came again had .95, for a good seam and the surface's own colors; people throw it away."""

PLAIN = 1.0
"""Delta E, in standard deviations of each channel, below which nothing is to be seen on a tile: the
calmest of 20 true ones has 3.9."""


def score_tile(
    tile: NDArray[np.uint8],
    reference: NDArray[np.uint8] | None = None,
    *,
    same_scale: bool = True,
) -> TileScore:
    """How good a tile is, and how like its reference.

    tile: (H, W, 3) uint8 sRGB, each side 16 or more. reference: a picture of the surface that it
    should look like, of any size; it need not wrap. same_scale: whether a brick in it has as many
    pixels as one in the tile has texels; else `structure` is not measured. Marks are 0..1, 1 is
    best. 1.2 s at 1024² with a reference of that size, 0.6 s without. The same pixels get the same
    marks.
    """
    lab = to_lab(tile)
    wraps = both_wraps(lab)
    repeated, sharp = repetition(lab), sharpness(lab)
    source = None if reference is None else to_lab(reference)
    alike = None if source is None else likeness(lab, source)
    built = None if source is None or not same_scale else structure(_light(lab), _light(source))
    across, down = (wrap.figures for wrap in wraps)
    seam = min(across.score, down.score)
    rest = [None if one is None else one.score for one in (alike, built)]
    return TileScore(
        overall=_overall(
            [seam, repeated.score, sharp, *(mark for mark in rest if mark is not None)]
        ),
        seam=seam,
        across=across,
        down=down,
        repetition=repeated.score,
        sharpness=sharp,
        period=_period(lab),
        fidelity=rest[0],
        structure=rest[1],
        words=describe(wraps, repeated, sharp, alike, built, plain=_plain(lab)),
    )


def _overall(marks: list[float]) -> float:
    """The geometric mean of all marks, and the worst again: none is bought back by the others."""
    mean = math.prod(marks) ** (1 / len(marks))
    return round(float(min(marks) ** WORST_WEIGHT * mean ** (1 - WORST_WEIGHT)), 4)


def _plain(lab: Plane) -> bool:
    return float(lab.std(axis=(0, 1)).max()) < PLAIN


def _light(lab: Plane) -> Plane:
    return plane(lab[..., 0])


def _period(lab: Plane) -> tuple[float | None, float | None]:
    across, down = (
        round(step.length, 1) if step.periodic else None for step in steps(_light(lab), wraps=True)
    )
    return across, down
