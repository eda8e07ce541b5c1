"""The straightened, evenly lit surface, read from the photo in one single resampling."""

from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from tilewright.engine.arrays import Floats, Mask, Matrix, Pixels, floats, pixels
from tilewright.engine.synthesis.camera import scale_at
from tilewright.engine.synthesis.drawn import only_inside
from tilewright.engine.synthesis.light import even_light
from tilewright.engine.synthesis.straighten import Straight

LIGHT_SIDE = 192
"""Long side of the picture in which the light is measured: the border of a shadow is sharp."""

SHARP = 1.2
"""Photo pixels per texel up to which no blur is needed before reading."""


class Swatch:
    """A straight view of a surface with even light.

    `width` and `height` are its size in pixels; `read` gives its colors under any affine map.
    `corner` is where it begins in the swatch that it may be a window of.
    """

    def __init__(self, photo: Pixels, straight: Straight) -> None:
        self.width = straight.width
        self.height = straight.height
        self.corner = np.zeros(2)
        self._straight = straight
        self._levels = [photo]
        zoom = LIGHT_SIDE / max(self.width, self.height)
        size = max(8, round(self.width * zoom)), max(8, round(self.height * zoom))
        self._to_gain = np.diag([size[0] / self.width, size[1] / self.height, 1.0])
        self._gain = self._even(np.linalg.inv(self._to_gain), size)

    @cached_property
    def around(self) -> "Around | None":
        """All of the surface that is seen as well as this, if that is known."""
        if self._straight.kept is None:
            return None
        return Around(self._levels[0], self._straight, self._straight.kept)

    def _even(self, affine: Matrix, size: tuple[int, int]) -> Floats:
        """The factor that makes the light even, at affine·(x, y, 1)."""
        whole: Mask = np.ones(size[::-1], np.bool_)
        return even_light(self._colors(affine, *size), whole, whole)

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
        to_photo = self._straight.to_photo @ affine
        shrink = scale_at(to_photo, np.array([width / 2, height / 2, 1.0]))
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


class Around(Swatch):
    """All that is well seen of a surface, with holes, in a box; light that is even in all of it.

    `inner` is the swatch that it lies around: left, top, width and height, in pixels of the box.
    """

    def __init__(self, photo: Pixels, straight: Straight, kept: Mask) -> None:
        shrink = np.diag([kept.shape[1] / photo.shape[1], kept.shape[0] / photo.shape[0], 1.0])
        rows, columns = np.nonzero(kept)
        points = np.stack([columns, rows], 1).astype(np.float64)
        seen = cv2.perspectiveTransform(points[None], np.linalg.inv(shrink @ straight.to_photo))[0]
        left, top = np.minimum(0, np.floor(seen.min(axis=0))).astype(int).tolist()
        right, bottom = np.ceil(seen.max(axis=0)).astype(int).tolist()
        self.inner = -left, -top, straight.width, straight.height
        moved = straight.to_photo @ np.array([[1, 0, left], [0, 1, top], [0, 0, 1.0]])
        self._kept = kept.astype(np.float32)
        self._to_kept = shrink @ moved
        width = max(straight.width, right) - left
        height = max(straight.height, bottom) - top
        super().__init__(photo, Straight(moved, width, height, straight.how))

    def shows(self, matrix: NDArray[np.float64], width: int, height: int) -> Mask:
        """(height, width) bool: where at matrix·(x, y, 1), 2x3, the surface is."""
        seen = cv2.warpPerspective(
            self._kept,
            self._to_kept @ np.vstack([matrix, [0, 0, 1]]),
            (width, height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        )
        return np.asarray(seen > 0.5)

    def _even(self, affine: Matrix, size: tuple[int, int]) -> Floats:
        kept = self.shows(affine[:2], *size)
        scale = size[0] / self.width
        left, top, width, height = (round(side * scale) for side in self.inner)
        clean = np.zeros_like(kept)
        clean[top : top + max(3, height), left : left + max(3, width)] = True
        kept |= clean
        view = only_inside(pixels(self._colors(affine, *size)), kept)
        return even_light(floats(view), kept, clean)
