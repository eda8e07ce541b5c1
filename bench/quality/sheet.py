"""Contact sheets: what was seen and what was made of it, one strip for each case, to look at."""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw

from bench.evalset import Pixels
from bench.quality.case import Case
from bench.quality.measures import Mask
from tilewright.engine.synthesis.straighten import Straight

SIDE, LINE, PAGE = 380, 18, 6
"""Pixels of a picture, pixels of a line of text, strips of a page."""

TRUE, FOUND, USED = (0, 255, 0), (255, 255, 0), (255, 0, 0)
"""Outlines: drawn by hand, chosen by the engine, the rectangle that the pixels came from."""

SHOWN = (
    "purity",
    "iou",
    "sure",
    "skewed",
    "light_off",
    "seam",
    "judge_overall",
    "judge_overall.img2texture",
)


def outlined(photo: Pixels, true: Mask, found: Mask, straight: Straight | None) -> Pixels:
    """The photo with what is true, what was found, and what was used."""
    drawn, width = photo.copy(), max(2, max(photo.shape) // 250)
    for mask, color in ((true, TRUE), (found, FOUND)):
        contours, _ = cv2.findContours(
            mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
        )
        cv2.drawContours(drawn, contours, -1, color, width)
    if straight is not None:
        size = float(straight.width), float(straight.height)
        corners = np.array([[[0, 0], [size[0], 0], size, [0, size[1]]]], np.float64)
        seen = cv2.perspectiveTransform(corners, straight.to_photo)
        cv2.polylines(drawn, [np.rint(seen[0]).astype(np.int32)], True, USED, width)
    return fitted(drawn)


def fitted(picture: Pixels) -> Pixels:
    """Made to fit into a square of `SIDE`."""
    zoom = SIDE / max(picture.shape[:2])
    size = max(1, int(picture.shape[1] * zoom)), max(1, int(picture.shape[0] * zoom))
    how = cv2.INTER_AREA if zoom < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, size, interpolation=how), np.uint8)


def write_sheets(cases: list[Case], folder: Path) -> list[Path]:
    """One or more pages for each kind."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = []
    for kind in dict.fromkeys(case.kind for case in cases):
        strips = [_strip(case) for case in cases if case.kind == kind and case.pictures]
        for first in range(0, len(strips), PAGE):
            path = folder / f"{kind}-{first // PAGE + 1}.png"
            _stack(strips[first : first + PAGE]).save(path)
            pages.append(path)
    return pages


def _strip(case: Case) -> Image.Image:
    pictures = [Image.fromarray(fitted(picture)) for picture in case.pictures]
    high = max(picture.height for picture in pictures)
    strip = Image.new("RGB", (len(pictures) * (SIDE + 4), high + LINE), "black")
    for place, picture in enumerate(pictures):
        strip.paste(picture, (place * (SIDE + 4), 0))
    marks = [f"{name} {case.figures[name]:.2f}" for name in SHOWN if name in case.figures]
    text = f"{case.name} {case.material}: {', '.join(marks)} {case.said}"
    ImageDraw.Draw(strip).text((2, high + 3), text, fill="white")
    return strip


def _stack(strips: list[Image.Image]) -> Image.Image:
    size = max(strip.width for strip in strips), sum(strip.height for strip in strips)
    page, top = Image.new("RGB", size), 0
    for strip in strips:
        page.paste(strip, (0, top))
        top += strip.height
    return page
