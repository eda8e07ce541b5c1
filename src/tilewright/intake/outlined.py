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

MARK = 5
"""Radius of the disk that bears a number, in widths of a line."""

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
    for number, points in reversed(list(enumerate(drawn, start=1))):
        _mark(picture, points, str(number), width)
    _, file = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    return file.tobytes()


def _mark(picture: Pixels, points: Points, number: str, width: int) -> None:
    """Its number, in a disk where the outline is widest; drawn into `picture`."""
    import cv2
    import numpy as np

    inside = cv2.fillPoly(np.zeros(picture.shape[:2], np.uint8), [points], 1)
    inside[[0, -1]] = inside[:, [0, -1]] = 0  # the photo's border is a border too
    _, _, _, (x, y) = cv2.minMaxLoc(cv2.distanceTransform(inside, cv2.DIST_L2, 5))
    cv2.circle(picture, (x, y), MARK * width, DARK, cv2.FILLED, cv2.LINE_AA)
    font, scale = cv2.FONT_HERSHEY_SIMPLEX, MARK * width / 20
    (wide, high), _ = cv2.getTextSize(number, font, scale, max(1, width // 2))
    corner = (x - wide // 2, y + high // 2)
    cv2.putText(picture, number, corner, font, scale, LIGHT, max(1, width // 2), cv2.LINE_AA)
