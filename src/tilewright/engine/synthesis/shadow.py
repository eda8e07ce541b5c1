"""A hard shadow on a surface: where it lies, and how much darker it is there."""

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from tilewright.engine.arrays import Floats, floats

SMALL_SIDE = 48
"""Shorter side, in pixels, of the picture in which shadows are looked for."""

LEVELS = (1.0, 3.5)
"""Sigmas, in its pixels, by which the material's own elements are blurred away: fine, coarse."""

STARTS = (0.25, 0.5, 0.75)
"""Shares of the surface that are taken for shaded at first; then each pixel changes sides."""

ROUNDS = 10
"""Changes of sides after which no more is awaited."""

LEAST_STEP = 0.15
"""Log of light: weaker shadows leave with the smooth light."""

LEAST_SHARE = 0.05
"""Of the surface, shaded and lit: less is a stain."""

CLEAR = 4.0
"""The step over what smooth light and step leave unexplained. Rendered shadows had 5.5 to 10,
stones and joints less than 3.5."""

WINDING = 3.0
"""Length of the shadow's border in sides of the picture: bricks have 10 to 20."""

TINTED = 0.2
"""Spread of the step over red, green and blue, over the step: a darker material has another hue."""

SOFT = 0.03
"""Penumbra and uncertainty of the border, as a share of the shorter side, each way."""


class Shadow(NamedTuple):
    """matte: (h, w) 0 lit to 1 shaded. step: (3,) log of the light lost in red, green and blue."""

    matte: Floats
    step: NDArray[np.float64]


class _Split(NamedTuple):
    """shaded: (h, w) 0 or 1. lit: (h, w) the smooth log light. step: (3,). clear: see `CLEAR`."""

    shaded: Floats
    lit: Floats
    step: NDArray[np.float64]
    clear: float


def find_shadow(log: Floats) -> Shadow | None:
    """The hard shadow of a straight view, or None unless there is clear evidence of one.

    log: (h, w, 3) float32, log of the colors. Light is a plane or a parabola and one step: pixels
    change sides between lit and shaded until none does. A shadow is as dark in each color, has a
    short border and one depth; a pattern of two materials has not. About 30 ms.
    """
    shorter = min(log.shape[:2])
    zoom = min(1.0, SMALL_SIDE / shorter)
    small = floats(cv2.resize(log, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA))
    splits = [split for level in LEVELS for split in _splits(small, level)]
    best = max(splits, key=lambda split: split.clear, default=None)
    if best is None or best.clear < CLEAR:
        return None
    return Shadow(_matte(log.mean(axis=2), best), best.step)


def _splits(small: Floats, level: float) -> Iterator[_Split]:
    blurred = floats(cv2.GaussianBlur(small, (0, 0), level))
    size = blurred.shape[:2]
    colors = blurred.reshape(-1, 3).astype(np.float64)
    light = colors.mean(axis=1)
    for degree in (1, 2):
        smooth = _polynomials(size, degree)
        for flat in (0, 1):
            plain = _polynomials(size, flat)
            rest = light - plain @ (plain.T @ light)
            for start in STARTS:
                shaded = _settled(light, smooth, rest < np.quantile(rest, start))
                if shaded is not None:
                    split = _judged(colors, smooth, shaded, size, level)
                    if split is not None:
                        yield split


def _polynomials(size: tuple[int, int], degree: int) -> NDArray[np.float64]:
    """(h·w, n) orthonormal polynomials up to the degree."""
    y, x = np.mgrid[-1 : 1 : size[0] * 1j, -1 : 1 : size[1] * 1j]
    powers = [(i, j) for i in range(degree + 1) for j in range(degree + 1 - i)]
    columns = np.stack([(x**i * y**j).ravel() for i, j in powers], axis=1)
    return np.linalg.qr(columns)[0]


def _step(
    values: NDArray[np.float64], smooth: NDArray[np.float64], shaded: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """How much lower values, (n,) or (n, 3), are where it is shaded, beside all that is smooth."""
    alone = shaded - smooth @ (smooth.T @ shaded)
    return np.asarray(-(alone @ values) / max(1e-9, float(alone @ alone)))


def _settled(
    light: NDArray[np.float64], smooth: NDArray[np.float64], shaded: NDArray[np.bool_]
) -> NDArray[np.bool_] | None:
    for _ in range(ROUNDS):
        step = float(_step(light, smooth, shaded))
        share = float(shaded.mean())
        if step < LEAST_STEP or not LEAST_SHARE < share < 1 - LEAST_SHARE:
            return None
        lit = smooth @ (smooth.T @ (light + step * shaded))
        moved = light < lit - step / 2
        if (moved == shaded).all():
            break
        shaded = moved
    return shaded


def _judged(
    colors: NDArray[np.float64],
    smooth: NDArray[np.float64],
    shaded: NDArray[np.bool_],
    size: tuple[int, int],
    level: float,
) -> _Split | None:
    """The split with how clear it is, or None where it is no shadow's."""
    step = _step(colors, smooth, shaded)
    depth = float(step.mean())
    if depth < LEAST_STEP or float(step.std()) > TINTED * depth:
        return None
    sides = floats(shaded.reshape(size))
    border = np.abs(np.diff(sides, axis=0)).sum() + np.abs(np.diff(sides, axis=1)).sum()
    if border > WINDING * sides.size**0.5:
        return None
    lit = smooth @ (smooth.T @ (colors.mean(axis=1) + depth * shaded))
    kernel = np.ones((2 * round(level) + 1,) * 2, np.uint8)
    core = (cv2.dilate(sides, kernel) == cv2.erode(sides, kernel)).ravel()
    if core.mean() < 0.3:
        return None
    off = (colors.mean(axis=1) - lit + depth * shaded)[core]
    return _Split(sides, floats(lit.reshape(size)), step, depth / float(np.sqrt((off**2).mean())))


def _matte(light: Floats, split: _Split) -> Floats:
    """The border found anew at full size: there the light itself says how much is shaded."""
    size = light.shape[1], light.shape[0]
    soft = SOFT * min(size)
    lit = cv2.resize(split.lit, size, interpolation=cv2.INTER_LINEAR)
    sides = cv2.resize(split.shaded, size, interpolation=cv2.INTER_LINEAR)
    near = cv2.GaussianBlur(sides, (0, 0), soft)
    seen = cv2.GaussianBlur(light, (0, 0), soft / 4)
    part = np.clip((lit - seen) / np.float32(split.step.mean()), 0, 1)
    sure = np.clip((np.abs(near - 0.5) - 0.3) / 0.15, 0, 1)
    return floats(sure * (near > 0.5) + (1 - sure) * part)
