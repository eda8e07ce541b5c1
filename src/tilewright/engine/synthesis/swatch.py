"""The straightened, evenly lit surface, read from the photo in one single resampling."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from tilewright.engine.arrays import Floats, Matrix, Pixels, floats, pixels
from tilewright.engine.synthesis.shadow import find_shadow
from tilewright.engine.synthesis.straighten import Straight

LIGHT_SIDE = 192
"""Long side of the picture in which the light is measured: the border of a shadow is sharp."""

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

SHARP = 1.2
"""Photo pixels per texel up to which no blur is needed before reading."""


REFLECT = cv2.BORDER_REFLECT


class Swatch:
    """A straight view of a surface with even light.

    `width` and `height` are its size in pixels; `read` gives its colors under any affine map.
    """

    def __init__(self, photo: Pixels, straight: Straight) -> None:
        self.width = straight.width
        self.height = straight.height
        self._levels = [photo]
        self._to_photo = straight.to_photo
        zoom = LIGHT_SIDE / max(self.width, self.height)
        size = max(8, round(self.width * zoom)), max(8, round(self.height * zoom))
        self._to_gain = np.diag([size[0] / self.width, size[1] / self.height, 1.0])
        self._gain = _even_light(self._colors(np.linalg.inv(self._to_gain), *size))

    def read(self, matrix: NDArray[np.float64], width: int, height: int) -> Floats:
        """(height, width, 3) float32 sRGB, 0..255: the swatch at matrix·(x, y, 1), 2x3."""
        affine = np.vstack([matrix, [0, 0, 1]])
        view = self._colors(affine, width, height)
        view *= cv2.warpAffine(
            self._gain,
            (self._to_gain @ affine)[:2],
            (width, height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.clip(view, 0, 255, out=view)

    def view(self, longest: int) -> Floats:
        """The whole swatch, its longer side at most `longest` pixels."""
        zoom = min(1.0, longest / max(self.width, self.height))
        size = max(2, int(self.width * zoom)), max(2, int(self.height * zoom))
        return self.read(np.array([[1 / zoom, 0, 0], [0, 1 / zoom, 0]]), *size)

    def _colors(self, affine: Matrix, width: int, height: int) -> Floats:
        """The photo's own colors, without the gain; shrunk views come from a halved photo."""
        to_photo = self._to_photo @ affine
        shrink = _shrinkage(to_photo, width, height)
        level = max(0, int(np.log2(max(shrink, 1.0))))
        photo = floats(self._halved(level))
        rest = shrink / 2**level
        if rest > SHARP:
            photo = floats(cv2.GaussianBlur(photo, (0, 0), 0.45 * np.sqrt(rest * rest - 1)))
        whole = self._halved(0).shape
        halved = np.diag([photo.shape[1] / whole[1], photo.shape[0] / whole[0], 1])
        view = cv2.warpPerspective(
            photo,
            halved @ to_photo,
            (width, height),
            flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REFLECT_101,
        )
        return floats(view)

    def _halved(self, level: int) -> Pixels:
        while len(self._levels) <= level:
            last = self._levels[-1]
            half = max(1, last.shape[1] // 2), max(1, last.shape[0] // 2)
            self._levels.append(pixels(cv2.resize(last, half, interpolation=cv2.INTER_AREA)))
        return self._levels[level]


def _shrinkage(matrix: Matrix, width: int, height: int) -> float:
    """Photo pixels per texel in the middle of the view."""
    middle = np.array([width / 2, height / 2, 1.0])
    depth = float(matrix[2] @ middle)
    return float(np.sqrt(abs(np.linalg.det(matrix)) / abs(depth) ** 3))


def _even_light(small: Floats) -> Floats:
    """The factor for each color that makes the light even. small: (h, w, 3) float32, 0..255."""
    shorter = min(small.shape[:2])
    small = np.clip(small, 0, 255)
    log = np.log(small + np.float32(DARKEST))
    size = max(3, round(ELEMENTS * shorter) | 1)
    plain = np.log(cv2.medianBlur(pixels(small), size).astype(np.float32) + np.float32(DARKEST))
    shadow = find_shadow(plain)
    dark = np.zeros_like(log)
    light = _smooth_light(log)
    if shadow is not None:
        shaded = floats(-shadow.matte[..., None] * shadow.step)
        without = _smooth_light(log - shaded)
        if without.left < EXPLAINED * light.left:
            dark, light = shaded, without
    light_there = _as_light_is(light.values + dark)
    gain = np.exp(np.median(light_there, axis=(0, 1)) - light_there)
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


def _smooth_light(log: Floats) -> _Light:
    shorter = min(log.shape[:2])
    soft = floats(cv2.GaussianBlur(log, (0, 0), SMOOTH * shorter, borderType=REFLECT))
    parabola = _parabola(soft)
    rest = cv2.GaussianBlur(log - parabola, (0, 0), LIGHT_REACH * shorter, borderType=REFLECT)
    return _Light(floats(parabola + rest), float((soft - parabola).std()))


def _parabola(log: Floats) -> Floats:
    """The parabola through values, (h, w, 3), by robust least squares."""
    height, width = log.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=2).reshape(-1, 6)
    values = log.reshape(-1, 3).astype(np.float64)
    weight = np.ones(len(values))
    for _ in range(5):
        weighed = terms * weight[:, None]
        found = np.linalg.solve(weighed.T @ terms, weighed.T @ values)
        off = np.sqrt(((values - terms @ found) ** 2).mean(axis=1))
        weight = np.minimum(1.0, OUTLIER * np.median(off) / (off + 1e-9))
    return floats((terms @ found).reshape(log.shape))
