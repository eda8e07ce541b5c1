"""The plane of a surface from its grain, which looks alike wherever it is seen straight on."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from tilewright.engine.arrays import Floats, Mask, Matrix, Pixels, floats
from tilewright.engine.synthesis.camera import ASKEW, Camera, Vector, fade_at, flat, receding

LOOK_SIDE = 420
"""Long side of the straight view in which grain is measured."""

ROUNDS = 6
"""Times the view is faced anew with what was measured in it."""

BANDS = ((1.3, 4.0), (2.4, 7.0))
"""Sigmas of the bands of grain that are looked at, in pixels of the straight view: finer is noise
or lost in the distance, coarser is too rare to measure. Two, because one alone can be moire."""

WINDOW = 16.0
"""Sigma, in pixels, of the patches that are compared."""

FEWEST_PATCHES, LEAST_BREADTH = 12, 4 * WINDOW
"""Fewer patches, or a strip narrower than this in pixels, tell nothing."""

SPARSE = 13
"""Every 13th pixel of the surface says well enough where it ends."""

SMALLEST = 32 * 32
"""Pixels of the surface below which it has no grain to look at."""

WHITE = 0.2
"""Correlation of neighboring pixels below which each shows something by itself: such noise is
blurred by the straight view here more than there, which tells nothing. The surfaces of the public
photographs have .66 and more."""

FAINTEST = 1.0
"""Strength below which a patch is rounding noise: a quarter of a gray level gives 3."""

FARTHEST = 1.8
"""Only what is no more than this many times farther away than the center is looked at."""

LARGEST_STEP = 0.35
"""Change of distance over half the view in one round."""

EAGER, MOST_EAGER = 1.5, 2.5
"""How many times the measured change a step is, at first and at most: a band shows only a part of
it, and how much is learned from one round to the next (secant)."""

SQUEEZE, MOST_SQUEEZED = 1.7, 0.4
"""A view squeezed to 1/e shows its waves 1/1.7 as much squeezed (rendered floors); beyond 0.4 the
material itself has a direction."""

MOST_SLANTED = np.radians(76)
"""No floor is taken for steeper than this, where it is looked at, from its grain alone. Streets are
at 73 to 80; with 66 drawn ones are off by 23 %, with 76 by 22 %, and 52 scenes are the same."""

CLIPPED = 0.9
"""Quantile beyond which patches are not more unlike: knots, shadows, other things."""

OUTLIER = 1.5
"""Standard deviations beyond which a patch counts less (Huber)."""


class Grain(NamedTuple):
    """fade: (x, y), where the surface recedes to: 1 + fade·offset is 0 on its horizon, for offsets
    in photo pixels from its center. sure: standard deviations of that from none. shape: 2x2,
    second moments of the waves in the straight view. left: how unlike its patches are there, as a
    share of how unlike they are in the photo; with no perspective undone that is 1.
    """

    fade: Vector
    sure: float
    shape: Matrix
    left: float

    @property
    def drawn(self) -> float:
        """How much the grain runs in one direction: half the log of its two strengths' ratio."""
        weak, strong = np.linalg.eigvalsh(self.shape)
        return float(0.5 * np.log(strong / weak))


def measure_grain(gray: Pixels, mask: Mask, camera: Camera, start: Vector) -> Grain:
    """How the grain changes over the surface, found by facing it until it changes no more.

    gray: (H, W) uint8. mask: (H, W) bool. start: the first guess of `fade`. Shape from texture
    by local second moments (Garding 1992), with the warp in the loop instead of derivatives.
    """
    fade = start.astype(np.float64)
    gain, before = EAGER, np.zeros(2)
    none = Grain(np.zeros(2), 0.0, np.eye(2), 1.0)
    if mask.sum() < SMALLEST or _likeness_of_neighbors(gray, mask) < WHITE:
        return none
    for _ in range(ROUNDS):
        plane = receding(fade, camera)
        matrix = plane.matrix(camera)
        view, seen, shift = _look(gray, mask, matrix)
        places, shapes = patches(view, seen)
        if len(places) < FEWEST_PATCHES or np.ptp(places, axis=0).min() < LEAST_BREADTH:
            return none
        places = places * shift[0, 0] + shift[:2, 2]
        told = [_change(places, band) for band in shapes]
        weights = [np.linalg.inv(error) for _, error, _ in told]
        error = np.linalg.inv(weights[0] + weights[1])
        left = error @ (weights[0] @ told[0][0] + weights[1] @ told[1][0])
        gain = _gain(gain, left, before)
        before = left
        step = gain * left
        shape = told[0][2]
        limit = LARGEST_STEP / (0.5 * float(np.ptp(places, axis=0).max()))
        step *= min(1.0, limit / max(1e-12, float(np.hypot(*step))))
        back = np.linalg.inv(matrix)
        row = back[2] + step @ back[:2]
        fade = row[:2] / (row @ np.array([*camera.center, 1.0]))
        undo = -np.linalg.solve(back[:2, :2].T, back[2, :2])
    sure = float(np.sqrt(undo @ np.linalg.solve(error, undo)))
    asis = patches(*_look(gray, mask, flat(camera).matrix(camera))[:2])[1]
    return Grain(fade, sure, shape, _unlike(shapes) / _unlike(asis))


def _likeness_of_neighbors(gray: Pixels, mask: Mask) -> float:
    """The correlation of pixels side by side, both on the surface; 1 where nothing varies."""
    left, right = gray[:, :-1].astype(np.float64), gray[:, 1:].astype(np.float64)
    both = mask[:, :-1] & mask[:, 1:]
    apart = float(((left - right)[both] ** 2).mean()) if both.any() else 0.0
    return 1 - apart / (2 * float(gray[mask].var()) + 1e-9)


def _unlike(shapes: NDArray[np.float64]) -> float:
    """How unlike patches are, (bands, n, 2, 2): the variance of what is not their scale."""
    spreads = []
    for band in shapes:
        mean = np.linalg.inv(np.linalg.cholesky(band.mean(axis=0)))
        logs = _askew(_log(mean @ band @ mean.T))
        rest = ((logs - np.median(logs, axis=0)) ** 2).sum(axis=1)
        spreads.append(np.minimum(rest, np.quantile(rest, CLIPPED)).mean() + 1e-9)
    return float(np.exp(np.log(spreads).mean()))


def _gain(gain: float, left: Vector, before: Vector) -> float:
    """The next step's share of what is left, from how much the last one took away."""
    size = float(before @ before)
    if size == 0:
        return gain
    taken = 1 - float(left @ before) / size
    return float(np.clip(gain / max(taken, 0.1), 1.0, MOST_EAGER))


def upright(grain: Grain, spread: float) -> Grain:
    """The same for a floor: cameras are held level, so that it recedes upwards.

    spread: how far off `fade` is, per photo pixel.
    """
    level = (np.tan(ASKEW) * float(np.hypot(*grain.fade))) ** 2
    share = level / (level + spread**2)
    return grain._replace(fade=grain.fade * np.array([share, 1.0]))


def steeper(grain: Grain, camera: Camera) -> Grain:
    """The same for a floor, whose grain lies in all directions: what is left of a squeeze in the
    direction in which it recedes is foreshortening that blur has hidden from the change of grain.
    """
    lean = receding(grain.fade, camera).lean
    tangent = float(np.hypot(*lean))
    away = lean / max(tangent, 1e-9)
    aside = np.array([-away[1], away[0]])
    squeeze = 0.5 * np.log((away @ grain.shape @ away) / (aside @ grain.shape @ aside))
    cosine = np.cos(np.arctan(tangent)) * np.exp(-SQUEEZE * np.clip(squeeze, 0, MOST_SQUEEZED))
    slant = min(float(np.arccos(cosine)), MOST_SLANTED)
    return grain._replace(fade=fade_at(away * np.tan(slant), camera.focal))


def _look(gray: Pixels, mask: Mask, matrix: Matrix) -> tuple[Floats, Mask, Matrix]:
    """The straight view, where the surface is in it, and the matrix to straight coordinates."""
    rows, columns = (places[::SPARSE] for places in np.nonzero(mask))
    points = np.stack([columns, rows, np.ones(len(rows))]).astype(np.float64)
    straight = np.linalg.inv(matrix) @ points
    straight = straight[:, straight[2] > straight[2].max() * 1e-3]
    distance = 1 / straight[2]
    near = distance < FARTHEST * np.median(distance)
    faced = (straight[:2] * distance)[:, near]
    low, high = np.quantile(faced, 0.01, axis=1), np.quantile(faced, 0.99, axis=1)
    zoom = LOOK_SIDE / float((high - low).max())
    width, height = (int(side) for side in np.maximum(8, (high - low) * zoom))
    shift = np.array([[1 / zoom, 0, low[0]], [0, 1 / zoom, low[1]], [0, 0, 1.0]])
    double = matrix @ shift @ np.diag([0.5, 0.5, 1.0])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    big = cv2.warpPerspective(gray, double, (2 * width, 2 * height), flags=flags)
    view = cv2.resize(big, (width, height), interpolation=cv2.INTER_AREA)
    seen = cv2.warpPerspective(
        mask.astype(np.uint8),
        matrix @ shift,
        (width, height),
        flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP,
    )
    return floats(view), seen > 0, shift


def patches(view: Floats, seen: Mask) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where patches are, (n, 2), and the second moments of their grain's waves, (n, 2, 2).

    Contrast does not count: the band is divided by its own strength first.
    """
    window = (0, 0)
    margin = round(2 * BANDS[0][0]) + 1
    kernel = np.ones((2 * margin + 1, 2 * margin + 1), np.uint8)
    weight = floats(cv2.erode(seen.astype(np.uint8), kernel, borderValue=0))
    total = cv2.GaussianBlur(weight, window, WINDOW)
    step = round(2 * WINDOW)
    grid = np.zeros(seen.shape, bool)
    grid[step // 2 :: step, step // 2 :: step] = True
    rows, columns = np.nonzero(grid & (total > 0.6))
    shapes = []
    for fine, coarse in BANDS:
        band = cv2.GaussianBlur(view, window, fine) - cv2.GaussianBlur(view, window, coarse)
        inside = cv2.GaussianBlur(weight, window, coarse) + np.float32(1e-3)
        strength = np.sqrt(cv2.GaussianBlur(band * band * weight, window, coarse) / inside)
        band = np.clip(band / (strength + 0.5), -2.5, 2.5)
        dx, dy = cv2.Sobel(band, cv2.CV_32F, 1, 0), cv2.Sobel(band, cv2.CV_32F, 0, 1)
        xx, xy, yy = (
            cv2.GaussianBlur(floats(part * weight), window, WINDOW)[rows, columns]
            for part in (dx * dx, dx * dy, dy * dy)
        )
        shapes.append(np.stack([xx, xy, xy, yy], 1).reshape(-1, 2, 2) + 1e-3 * np.eye(2))
    moments = np.stack(shapes).astype(np.float64)
    clear = (np.trace(moments, axis1=2, axis2=3) > FAINTEST).all(axis=0)
    return np.stack([columns, rows], 1)[clear].astype(np.float64), moments[:, clear]


def _change(
    places: NDArray[np.float64], shapes: NDArray[np.float64]
) -> tuple[Vector, Matrix, Matrix]:
    """The `fade` that would make all patches alike: it, its covariance, and the common shape.

    Seen through x / (1 + fade·x), a patch of shape S at x is S - 2(fade·x)S - fade(Sx)' - (Sx)fade'
    to first order. Robust least squares on the three numbers of each patch.
    """
    mean = np.linalg.inv(np.linalg.cholesky(shapes.mean(axis=0)))
    logs = _askew(_log(mean @ shapes @ mean.T))
    count = len(places)
    moved = places - places.mean(axis=0)
    inverse = np.linalg.inv(mean)
    design = np.zeros((count, 2, 4))
    design[:, np.arange(2), 2 + np.arange(2)] = 1
    for axis in range(2):
        part = np.einsum("i,nj->nij", mean[:, axis], moved @ inverse)
        design[:, :, axis] = -_askew(part + part.transpose(0, 2, 1))
    table, values = design.reshape(-1, 4), logs.reshape(-1)
    weight = np.ones(count)
    for _ in range(8):
        root = np.repeat(np.sqrt(weight), 2)
        solution = np.linalg.lstsq(table * root[:, None], values * root, rcond=None)[0]
        rest = ((values - table @ solution).reshape(-1, 2) ** 2).sum(axis=1)
        scale = 1.2 * np.sqrt(np.median(rest)) + 1e-4
        weight = np.minimum(1.0, OUTLIER * scale / np.sqrt(rest + 1e-12))
    root = np.repeat(np.sqrt(weight), 2)
    noise = 1e-8 + float((rest * weight).sum()) / max(1.0, 2 * float(weight.sum()) - 4)
    error = noise * np.linalg.inv((table * root[:, None]).T @ (table * root[:, None]))
    common = np.array([[solution[2], solution[3]], [solution[3], -solution[2]]])
    return solution[:2], error[:2, :2], inverse @ _exp(common) @ inverse.T


def _askew(matrices: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 2, 2) symmetric → (n, 2): half difference and the mixed part, what is not scale."""
    half = (matrices[:, 0, 0] - matrices[:, 1, 1]) / 2
    return np.stack([half, matrices[:, 0, 1]], axis=1)


def _log(matrices: NDArray[np.float64]) -> NDArray[np.float64]:
    values, vectors = np.linalg.eigh(matrices)
    return np.asarray(
        (vectors * np.log(np.maximum(values, 1e-9))[..., None, :]) @ vectors.swapaxes(-1, -2)
    )


def _exp(matrix: Matrix) -> Matrix:
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.exp(values)) @ vectors.T)
