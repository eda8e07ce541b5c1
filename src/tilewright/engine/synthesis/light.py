"""The light on a surface: what makes it even, and leaves the material's own colors."""

from typing import NamedTuple

import cv2
import numpy as np

from tilewright.engine.arrays import Floats, Mask, floats, pixels
from tilewright.engine.synthesis.shadow import find_shadow

ELEMENTS = 0.05
"""Side of the median that takes the material's elements out before shadows are looked for, as a
share of the swatch's shorter side."""

SMOOTH, LIGHT_REACH = 0.06, 0.2
"""Sigmas, as shares of the swatch's shorter side: of what the parabola of light is fitted to, and
of what is taken for light beside it. Rendered scenes: .16 without the parabola left a residue of
.063, .2 with it .054."""

EXPLAINED = 0.8
"""A shadow is taken out if no more than this share of the uneven light is left then."""

OUTLIER = 1.5
"""Median deviations from the parabola beyond which a pixel counts less (Huber)."""

DARKEST = 6.0
"""Added to the luminance, 0..255, before the logarithm: noise in the black is no light."""

STRONGEST = 2.5
"""Light is divided out up to this factor; beyond it there is nothing left to bring up."""

LUMA = np.array([[0.299, 0.587, 0.114]], np.float32)
"""Share of each color in the strength of light (ITU-R BT.601)."""

MOST_TINTED = 0.15
"""Light changes its color only as it changes its strength, as from sun to open sky: the logarithm
of a color over the strength by no more than this share of the strength's own. What goes beyond is
the material's: green paint is not blue paint in another light."""

FAINTEST = 1e-4
"""Share of a blur's window that is seen, below which nothing is told of it."""

REFLECT = cv2.BORDER_REFLECT


def even_light(small: Floats, kept: Mask, clean: Mask) -> Floats:
    """The factor for each color that makes the light even, as it is in the middle of what is clean.

    small: (h, w, 3) float32, 0..255. kept, clean: (h, w) bool: the surface, its largest rectangle.
    """
    shorter = min(int(clean.any(axis=0).sum()), int(clean.any(axis=1).sum()))
    small = np.clip(small, 0, 255)
    log = np.log(small + np.float32(DARKEST))
    size = max(3, round(ELEMENTS * shorter) | 1)
    plain = np.log(cv2.medianBlur(pixels(small), size).astype(np.float32) + np.float32(DARKEST))
    shadow = find_shadow(plain)
    dark = np.zeros_like(log)
    light = _smooth_light(log, kept, shorter)
    if shadow is not None:
        shaded = floats(-shadow.matte[..., None] * shadow.step)
        without = _smooth_light(log - shaded, kept, shorter)
        if without.left < EXPLAINED * light.left:
            dark, light = shaded, without
    light_there = _as_light_is(light.values + dark)
    gain = np.exp(np.median(light_there[clean], axis=0) - light_there)
    return floats(np.clip(gain, 1 / STRONGEST, STRONGEST))


def _as_light_is(log: Floats) -> Floats:
    """(h, w, 3) log light with only such changes of color as go with its strength."""
    strength = cv2.transform(log, LUMA)[..., None]
    change = strength - strength.mean()
    tint = (change * (log - strength)).sum(axis=(0, 1)) / max(float((change**2).sum()), 1e-9)
    return floats(strength + change * np.clip(tint, -MOST_TINTED, MOST_TINTED))


class _Light(NamedTuple):
    """values: (h, w, 3) float32, smooth log light. left: what the parabola did not explain."""

    values: Floats
    left: float


def _smooth_light(log: Floats, kept: Mask, shorter: int) -> _Light:
    soft = _blurred(log, kept, SMOOTH * shorter)
    parabola = _parabola(soft, kept)
    rest = _blurred(log - parabola, kept, LIGHT_REACH * shorter)
    return _Light(floats(parabola + rest), float((soft - parabola)[kept].std()))


def _blurred(values: Floats, kept: Mask, sigma: float) -> Floats:
    """Values (h, w, 3), blurred, of what is kept only."""
    if kept.all():
        return floats(cv2.GaussianBlur(values, (0, 0), sigma, borderType=REFLECT))
    weight = kept.astype(np.float32)
    whole = cv2.GaussianBlur(weight, (0, 0), sigma, borderType=REFLECT)[..., None]
    sums = cv2.GaussianBlur(values * weight[..., None], (0, 0), sigma, borderType=REFLECT)
    return floats(sums / np.maximum(whole, FAINTEST))


def _parabola(log: Floats, kept: Mask) -> Floats:
    """The parabola through values, (h, w, 3), where they are kept, by robust least squares."""
    height, width = log.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=2).reshape(-1, 6)
    inside = kept.ravel()
    told = terms[inside]
    values = log.reshape(-1, 3)[inside].astype(np.float64)
    weight = np.ones(len(values))
    for _ in range(5):
        weighed = told * weight[:, None]
        found = np.linalg.solve(weighed.T @ told, weighed.T @ values)
        off = np.sqrt(((values - told @ found) ** 2).mean(axis=1))
        weight = np.minimum(1.0, OUTLIER * np.median(off) / (off + 1e-9))
    return floats((terms @ found).reshape(log.shape))
