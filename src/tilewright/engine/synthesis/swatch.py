"""The straightened, evenly lit surface, read from the photo in one single resampling."""

import cv2
import numpy as np
from numpy.typing import NDArray

from tilewright.engine.synthesis.arrays import Floats, Matrix, Pixels, floats, pixels
from tilewright.engine.synthesis.straighten import Straight

LIGHT_SIDE = 96
"""Long side of the picture in which the light is measured."""

LIGHT_REACH = 0.16
"""Sigma of the light, as a share of the swatch's shorter side: what varies slower than this is
taken for light, what varies faster for the material. On rendered scenes a smaller value began to
flatten stones."""

DARKEST = 6.0
"""Added to the luminance, 0..255, before the logarithm: noise in the black is no light."""

STRONGEST = 2.5
"""Light is divided out up to this factor; beyond it there is nothing left to bring up."""

SHARP = 1.2
"""Photo pixels per texel up to which no blur is needed before reading."""


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
    """The factor for each color that makes the low frequencies even. (h, w, 3) float32."""
    log = np.log(np.clip(small, 0, 255) + np.float32(DARKEST))
    sigma = LIGHT_REACH * min(small.shape[:2])
    light = cv2.GaussianBlur(log, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    gain = np.exp(np.median(light, axis=(0, 1)) - light)
    return floats(np.clip(gain, 1 / STRONGEST, STRONGEST))
