"""The straightened, evenly lit surface, read from the photo in one single resampling."""

import cv2
import numpy as np
from numpy.typing import NDArray

from tilewright.engine.synthesis.regions import Floats
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


class Swatch:
    """A straight view of a surface with even light.

    `width` and `height` are its size in pixels; `read` gives its colors under any affine map.
    """

    def __init__(self, photo: Floats, straight: Straight) -> None:
        self.width = straight.width
        self.height = straight.height
        self._photo = photo
        self._to_photo = straight.to_photo
        self._gain: Floats | None = None
        self._gain_zoom = LIGHT_SIDE / max(self.width, self.height)
        size = (max(8, round(self.width * self._gain_zoom)), max(8, round(self.height * self._gain_zoom)))
        self._gain_map = np.diag(
            [(size[0]) / self.width, (size[1]) / self.height, 1.0]
        )
        small = self.read(np.linalg.inv(self._gain_map)[:2], *size)
        self._gain = _even_light(small)

    def read(self, matrix: NDArray[np.float64], width: int, height: int) -> Floats:
        """(height, width, 3) float32 sRGB, 0..255: the swatch at matrix·(x, y, 1)."""
        affine = np.vstack([matrix, [0, 0, 1]])
        to_photo = self._to_photo @ affine
        scale = _shrinkage(to_photo, width, height)
        photo = self._photo
        if scale > 1.2:
            photo = cv2.GaussianBlur(photo, (0, 0), 0.45 * np.sqrt(scale * scale - 1))
        view = cv2.warpPerspective(
            photo, to_photo, (width, height),
            flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REFLECT_101,
        )
        if self._gain is not None:
            gain = cv2.warpAffine(
                self._gain, (self._gain_map @ affine)[:2], (width, height),
                flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE,
            )
            view *= gain
        return np.clip(view, 0, 255, out=view)


def _shrinkage(matrix: NDArray[np.float64], width: int, height: int) -> float:
    """Photo pixels per texel in the middle of the view."""
    middle = np.array([width / 2, height / 2, 1.0])
    depth = float(matrix[2] @ middle)
    return float(np.sqrt(abs(np.linalg.det(matrix)) / abs(depth) ** 3))


def _even_light(small: Floats) -> Floats:
    """The factor for each color that makes the low frequencies even. (h, w, 3) float32."""
    log = np.log(small + np.float32(DARKEST))
    sigma = LIGHT_REACH * min(small.shape[:2])
    light = cv2.GaussianBlur(log, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    gain = np.exp(np.median(light, axis=(0, 1)) - light)
    return np.clip(gain, 1 / STRONGEST, STRONGEST).astype(np.float32)
