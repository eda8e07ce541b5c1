"""How like a picture of the surface a tile is, whatever the sizes of both."""

import math
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from tilewright.score.plane import Plane, plane, soften

OCTAVES = 4
"""Levels of the pyramids; the coarsest sees patches of 7 x 8 = 56 texels."""

PATCH = 7
"""Side of the patches compared, in texels of their level."""

PATCHES = 4000
"""Patches drawn from each level: two draws from one picture then differ by 0.03."""

PROJECTIONS = 32
"""Random directions along which the patches are compared."""

SEED = 20
"""The same patches and directions every time."""

QUANTILES = 128
"""Points at which two distributions are compared."""

QUIET = 0.5
"""Delta E that is added to every spread before dividing by it, so that noise in calm surfaces does
not decide."""

DIRECTIONS = 18
"""Bins of the orientation histogram, 10 degrees each."""


class Likeness(NamedTuple):
    """The mark 0..1, and the four marks it is made of."""

    score: float
    color: float
    patches: float
    detail: float
    direction: float


class Tolerance(NamedTuple):
    """A difference up to `free` costs nothing; beyond it, `steepness` of the exponential."""

    free: float
    steepness: float

    def mark(self, difference: float) -> float:
        """1 at no difference, falling towards 0."""
        return math.exp(-self.steepness * max(0.0, difference - self.free))


COLOR = Tolerance(1.5, 0.10)
"""In Delta E. Two crops of one true tile differ by 1.3 in the mean, a tile darker by 15 % by 6.9,
another material by 26."""

PATCH_SHAPES = Tolerance(0.05, 2.0)
"""In spreads. Two crops 0.05, the tile scaled by 0.85 or 1.2 0.07, blurred by 1.5 texels 0.22,
another material 0.76."""

DETAIL = Tolerance(0.10, 3.0)
"""In log amplitude, over 10 true tiles at 512²: two crops 0.04, scaled by 0.85 or 1.2 0.10, blurred
by 0.7 texels 0.22, by 1 texel 0.36, by 2 texels 0.69. Steep, because the eye forgives no blur: at
1.2 a tile blurred by 2 texels came out above a cross-fade."""

DIRECTION = Tolerance(0.04, 2.5)
"""In shares of edge strength. Two crops 0.02, a quarter turn or another material 0.22 to 0.24."""


def likeness(tile: Plane, reference: Plane) -> Likeness:
    """Compare color, small patches, detail by octaves, and directions of edges.

    tile: (H, W, 3) float32 Lab, wraps. reference: (h, w, 3) the same, need not wrap nor be of the
    same size. 0.6 s for two of 1024². Sliced Wasserstein distance over a Laplacian pyramid.
    """
    ours, theirs = _pyramid(tile, wraps=True), _pyramid(reference, wraps=False)
    levels = list(zip(ours, theirs, strict=False))
    color = COLOR.mark(_color_distance(tile, reference))
    patches = PATCH_SHAPES.mark(float(np.mean([_patch_distance(a, b) for a, b in levels])))
    detail = DETAIL.mark(float(np.mean([_detail_distance(a, b) for a, b in levels])))
    direction = DIRECTION.mark(_direction_distance(tile[..., 0], reference[..., 0]))
    score = (color * patches * detail * direction) ** 0.5
    return Likeness(round(score, 4), color, patches, detail, direction)


def _pyramid(lab: Plane, wraps: bool) -> list[Plane]:
    """What each octave adds to the next coarser one, finest first; at least one level."""
    levels = []
    for _ in range(OCTAVES):
        softer = soften(lab, 1.0, wraps)
        levels.append(lab - softer)
        lab = plane(softer[::2, ::2])
        if min(lab.shape[:2]) <= PATCH:
            break
    return levels


def _quantiles(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """QUANTILES points of each column, (QUANTILES, N)."""
    ordered = np.sort(values, axis=0)
    places = np.linspace(0, len(ordered) - 1, QUANTILES).round().astype(np.intp)
    return np.asarray(ordered[places], np.float64)


def _color_distance(tile: Plane, reference: Plane) -> float:
    """Distance of the color distributions, in Delta E."""
    ours, theirs = (_quantiles(_thin(lab).reshape(-1, 3)) for lab in (tile, reference))
    return float(np.linalg.norm(np.abs(ours - theirs).mean(axis=0)))


def _thin(lab: Plane) -> Plane:
    """Every n-th texel, so that no more than about 256 x 256 remain."""
    return lab[:: max(1, lab.shape[0] // 256), :: max(1, lab.shape[1] // 256)]


def _patch_distance(ours: Plane, theirs: Plane) -> float:
    """Sliced Wasserstein distance of the patches of one level, in spreads of the reference's."""
    spread = theirs.reshape(-1, 3).std(axis=0, dtype=np.float64) + QUIET
    rng = np.random.default_rng(SEED)
    slices = rng.normal(size=(PATCH * PATCH * 3, PROJECTIONS))
    slices /= np.sqrt((slices**2).sum(axis=0))
    a, b = (_quantiles(_projected(level, spread, slices)) for level in (ours, theirs))
    return float((np.abs(a - b).mean(axis=0) / (b.std(axis=0) + 0.1)).mean())


def _projected(
    level: Plane, spread: NDArray[np.float64], slices: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Patches at fixed places of a level, in spreads, along each of the slices:
    (PATCHES, PROJECTIONS).
    """
    rng = np.random.default_rng(SEED + 1)
    height, width = level.shape[:2]
    tops = (rng.random(PATCHES) * max(1, height - PATCH + 1)).astype(np.intp)
    lefts = (rng.random(PATCHES) * max(1, width - PATCH + 1)).astype(np.intp)
    reach = np.arange(PATCH)
    rows = (tops[:, None, None] + reach[:, None]) % height
    columns = (lefts[:, None, None] + reach) % width
    patches = (level[rows, columns] / spread).reshape(PATCHES, -1)
    return plane(np.einsum("ij,jk->ik", patches, slices))


def _detail_distance(ours: Plane, theirs: Plane) -> float:
    """Difference of the strength of one level, as a log ratio of amplitudes."""
    a, b = (float(np.sqrt((level**2).mean(dtype=np.float64))) for level in (ours, theirs))
    return abs(math.log((a + QUIET / 2) / (b + QUIET / 2)))


def _direction_distance(tile: Plane, reference: Plane) -> float:
    """Share of edge strength that runs in another direction, 0..1."""
    a, b = _directions(tile, True), _directions(reference, False)
    return float(np.abs(a - b).sum() / 2)


def _directions(light: Plane, wraps: bool) -> NDArray[np.float64]:
    """Edge strength by direction, (DIRECTIONS,), sum 1."""
    soft = soften(plane(light), 1.0, wraps)
    across = cv2.Sobel(soft, cv2.CV_32F, 1, 0, ksize=3)[1:-1, 1:-1]
    down = cv2.Sobel(soft, cv2.CV_32F, 0, 1, ksize=3)[1:-1, 1:-1]
    strength, angle = cv2.cartToPolar(across, down, angleInDegrees=True)
    bins = (angle * np.float32(DIRECTIONS / 180)).astype(np.intp) % DIRECTIONS
    counts = np.bincount(bins.ravel(), strength.ravel().astype(np.float64), DIRECTIONS)
    weight = counts.astype(np.float64) + QUIET * bins.size / DIRECTIONS
    return np.asarray(weight / weight.sum())
