"""The largest clean, well-resolved, sharp rectangle of the straight view."""

from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from tilewright.engine.arrays import Floats, Mask, Matrix, Pixels
from tilewright.engine.synthesis.camera import scale_at
from tilewright.engine.synthesis.sharpness import sharpness_of

FARTHEST_TEXEL = 0.5
"""Texels that are seen shorter than this share of the near ones, along the way the surface recedes,
are a smear and are not used; that goes with the square of the distance. Of 32 rendered scenes with
.4 the tiles were judged .669 in the mean, with .5 .676; of 12, with .5 .718 and with .63 .644."""

STRIP = 4.0
"""A rectangle more than this many times longer than wide is worth no more for being longer."""

EDGE, EDGE_SHARE = 6.0, 0.03
"""Pixels taken off the region's rim, where it blends into its neighbor; less from small regions,
by this share of the root of their area."""

PLAN_SIDE = 200
"""Long side of the plan in which the rectangle is looked for."""

SOFTEST = (0.9, 0.6, 0.4)
"""What places may lack against the sharpest, as log of a factor; each is tried."""

SHARPNESS = 2.0
"""What a log of sharpness is worth in logs of area: a quarter of the surface for twice as sharp."""

LEAST_SHARP = 200
"""Root of the pixels that a sharper rectangle has at least, in a photo of 900: from fewer the same
pieces come again and again, however sharp (moss at 179, planks at 150)."""

WORTHWHILE = 0.1
"""By how much a sharper rectangle must be better than the largest, in logs of area."""

Place = tuple[int, int, int, int]
"""x, y, width, height."""


class Rectangle(NamedTuple):
    """to_photo: 3x3, pixels of the rectangle → photo pixels. width, height: its size in pixels.

    kept: (H, W) bool, what of the surface is no farther away than the rectangle's far end.
    """

    to_photo: Matrix
    width: int
    height: int
    kept: Mask


def best_rectangle(plane: Matrix, mask: Mask, gray: Pixels) -> Rectangle:
    """The best rectangle of the straight view that shows only the surface, well resolved: a large
    one, or a smaller one that is so much sharper.

    plane: straight coordinates → photo pixels. mask: (H, W) bool, the surface. gray: (H, W) uint8.
    """
    kept = _well_seen(_cored(mask), plane)
    rows, columns = np.nonzero(kept)
    points = np.stack([columns, rows], 1).astype(np.float64)
    straight = cv2.perspectiveTransform(points[None], np.linalg.inv(plane))[0]
    low, high = straight.min(axis=0), straight.max(axis=0)
    zoom = PLAN_SIDE / max(*(high - low), 1.0)
    size = np.maximum(2, np.ceil((high - low) * zoom)).astype(int)
    shift = np.array([[1 / zoom, 0, low[0]], [0, 1 / zoom, low[1]], [0, 0, 1.0]])
    view = cv2.warpPerspective(
        kept.astype(np.uint8),
        plane @ shift,
        (int(size[0]), int(size[1])),
        flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP,
    )
    x, y, wide, tall = _sharpest(view > 0, plane @ shift, gray)
    grow = scale_at(plane, shift @ np.array([x + wide / 2, y + tall / 2, 1.0]))
    origin = shift @ np.array([x, y, 1.0])
    matrix = plane @ np.array([[1 / grow, 0, origin[0]], [0, 1 / grow, origin[1]], [0, 0, 1.0]])
    width, height = int(wide / zoom * grow), int(tall / zoom * grow)
    return Rectangle(matrix, width, height, _as_near(kept, matrix, width, height))


def _sharpest(plan: Mask, matrix: Matrix, gray: Pixels) -> Place:
    """The largest rectangle of a plan, or of what of it is sharper if that is worth more.

    matrix: plan → photo pixels.
    """
    sharpness = sharpness_of(gray, matrix, plan)
    best = largest_rectangle(plan)
    most = _value(best, sharpness) + WORTHWHILE
    for lack in SOFTEST:
        sharp = plan & (sharpness > -lack)
        if np.log(max(1, int(sharp.sum()))) <= most or sharp.sum() == plan.sum():
            continue  # it cannot be better than the best, or is all of it
        found = largest_rectangle(sharp)
        value = _value(found, sharpness)
        if value > most and _pixels(found, matrix) >= LEAST_SHARP**2:
            best, most = found, value
    return best


def _pixels(place: Place, matrix: Matrix) -> float:
    """About how many pixels of the photo a place of the plan shows."""
    x, y, wide, tall = place
    return wide * tall * scale_at(matrix, np.array([x + wide / 2, y + tall / 2, 1.0])) ** 2


def _value(place: Place, sharpness: Floats) -> float:
    x, y, wide, tall = place
    area = float(worth(np.array(wide), np.array(tall)))
    return float(np.log(area) + SHARPNESS * sharpness[y : y + tall, x : x + wide].mean())


def _cored(mask: Mask) -> Mask:
    """The surface without its rim; the picture's own border is no rim."""
    edge = round(min(EDGE, EDGE_SHARE * float(mask.sum()) ** 0.5))
    kernel = np.ones((2 * edge + 1, 2 * edge + 1), np.uint8)
    core = cv2.erode(mask.astype(np.uint8), kernel) > 0
    return core if core.any() else mask


def _well_seen(mask: Mask, plane: Matrix) -> Mask:
    """The part of the surface that is not much farther away than its near end."""
    rows, columns = np.nonzero(mask)
    depth = _depth(plane, np.stack([columns, rows], 1))
    return _only(mask, depth <= np.quantile(depth, 0.1) / FARTHEST_TEXEL**0.5)


def _as_near(mask: Mask, to_photo: Matrix, width: int, height: int) -> Mask:
    """The part of the surface that is no farther away than a rectangle is."""
    corners = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float64)
    seen = cv2.perspectiveTransform(corners, to_photo)[0]
    rows, columns = np.nonzero(mask)
    depth = _depth(to_photo, np.stack([columns, rows], 1))
    return _only(mask, depth <= _depth(to_photo, seen).max())


def _only(mask: Mask, taken: NDArray[np.bool_]) -> Mask:
    """What is `taken`, (n,), of the pixels of the surface, row by row."""
    kept = np.zeros_like(mask)
    kept[mask] = taken
    return kept


def _depth(plane: Matrix, points: NDArray[Any]) -> NDArray[np.float64]:
    """How far away points (n, 2) of the photo are, in some unit; inf beyond the horizon."""
    back = np.linalg.inv(plane)[2]
    depth = points @ back[:2] + back[2]
    return np.asarray(np.where(depth > 0, 1 / np.maximum(depth, 1e-9), np.inf))


def largest_rectangle(view: Mask) -> Place:
    """x, y, width, height of the largest all-true rectangle; strips count for less.

    Of equals the one that ends first, from the top down. For pictures of about 200 pixels: 5 ms.
    """
    run = np.zeros(view.shape[1], np.int64)
    best, found = 0.0, (0, 0, 1, 1)
    for row, line in enumerate(view):
        run = np.where(line, run + 1, 0)
        starts = np.flatnonzero(np.diff(run, prepend=0) > 0)
        starts = starts[worth(len(run) - starts, run[starts]) > best]  # the others cannot win
        if not len(starts):
            continue
        wide = np.arange(1, len(run) + 1) - starts[:, None]
        high = np.minimum.accumulate(np.where(wide > 0, run, row + 1), axis=1)
        values = np.where(wide > 0, worth(wide, high), 0)
        at = np.unravel_index(np.argmax(values), values.shape)
        if values[at] > best:
            best, tall = float(values[at]), int(high[at])
            found = int(starts[at[0]]), row - tall + 1, int(wide[at]), tall
    return found


def worth(wide: NDArray[np.int64], high: NDArray[np.int64]) -> NDArray[np.float64]:
    """The areas of rectangles, but for what makes strips longer than `STRIP` allows."""
    long, short = np.maximum(wide, high), np.minimum(wide, high)
    return np.asarray(wide * high * np.minimum(1.0, STRIP * short / long))
