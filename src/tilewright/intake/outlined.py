"""Draws on a photo which parts of it are meant, each with its number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tilewright.intake.decode import decode

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Pixels = npt.NDArray[np.uint8]
    Points = npt.NDArray[np.int32]

LONGEST_SIDE = 1600
"""Of the picture, in pixels: it is looked at, not worked with."""

LINES_ACROSS = 400
"""Widths of a line in the longer side; its dark border is as wide again."""

MARKS_ACROSS, LEAST_MARK = 60, 11
"""Radii of the disk that bears a number in the longer side, and its radius in pixels at least: with
less its digits cannot be read."""

LIGHT, DARK = (255, 255, 255), (0, 0, 0)
"""One of them is seen on any photo."""


def outlined(photo: bytes, outlines: Sequence[Sequence[tuple[float, float]]]) -> bytes:
    """A JPEG of the photo, upright, with each outline drawn and numbered from 1.

    outlines: x and y in fractions of the photo as it is seen upright. Raises `PhotoRefused`.
    """
    import cv2
    import numpy as np

    pixels = decode(photo).pixels
    scale = min(1.0, LONGEST_SIDE / max(pixels.shape))
    size = round(scale * pixels.shape[1]), round(scale * pixels.shape[0])
    picture = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    drawn = [np.rint(np.asarray(one) * size).astype(np.int32) for one in outlines]
    width = max(1, max(size) // LINES_ACROSS)
    for points in reversed(drawn):  # the first lies on top
        for color, wide in ((DARK, 3 * width), (LIGHT, width)):
            cv2.polylines(picture, [points], True, color, wide, cv2.LINE_AA)
    for number, at in reversed(list(enumerate(_places(drawn, picture.shape), start=1))):
        _mark(picture, at, str(number), width)
    _, file = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    return file.tobytes()


def _places(drawn: Sequence[Points], shape: tuple[int, ...]) -> list[tuple[int, int]]:
    """Where each outline is widest; what a smaller one encloses is that one's, not its own."""
    import cv2
    import numpy as np

    filled = [cv2.fillPoly(np.zeros(shape[:2], np.uint8), [points], 1) for points in drawn]
    places = []
    for whole in filled:
        smaller = [other > 0 for other in filled if other.sum() < whole.sum()]
        own = np.where(np.any(smaller, axis=0), 0, whole) if smaller else whole.copy()
        own = own if own.any() else whole.copy()
        own[[0, -1]] = own[:, [0, -1]] = 0  # the photo's border is a border too
        _, _, _, (x, y) = cv2.minMaxLoc(cv2.distanceTransform(own, cv2.DIST_L2, 5))
        places.append((x, y))
    return places


def _mark(picture: Pixels, at: tuple[int, int], number: str, width: int) -> None:
    """A number in a dark disk with a light ring, around `at`; drawn into `picture`."""
    import cv2

    radius = max(LEAST_MARK, max(picture.shape) // MARKS_ACROSS)
    cv2.circle(picture, at, radius + 2 * width, DARK, cv2.FILLED, cv2.LINE_AA)
    cv2.circle(picture, at, radius, LIGHT, width, cv2.LINE_AA)
    font, scale, stroke = cv2.FONT_HERSHEY_SIMPLEX, radius / 20, max(1, radius // 8)
    (wide, high), _ = cv2.getTextSize(number, font, scale, stroke)
    corner = (at[0] - wide // 2, at[1] + high // 2)
    cv2.putText(picture, number, corner, font, scale, LIGHT, stroke, cv2.LINE_AA)
