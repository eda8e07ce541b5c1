"""The surface as seen straight on: which plane it lies in, and where its best rectangle is."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from tilewright.engine.synthesis.arrays import Mask, Matrix, Pixels, pixels
from tilewright.engine.synthesis.words import GROUND

VIEW_SIDE = 900
"""Long side, in pixels, of the picture in which lines and grain are looked at."""

FOCAL_RATIO = 0.8
"""Focal length over the photo's long side where EXIF says nothing: a phone's main camera."""

SLANTS = np.radians([0, 8, 15, 22, 29, 36, 43, 50, 56, 62, 67, 71])
"""Angles tried between the surface and the picture plane; past 71 degrees texels are 3 times
longer than wide and a tile would be mostly invented."""

TILTS = np.radians(np.arange(0, 360, 15))
"""Directions tried in which the surface recedes."""

SHORTEST_LINE = 18
"""Pixels; shorter segments point anywhere (LSD's own angle tolerance is 22.5 degrees)."""

FEWEST_LINES = 24
"""Fewer segments are no evidence."""

ALIGNED = np.radians(2.5)
"""A segment within this of an axis counts as lying along it."""

LINE_GAIN = 0.07
"""Share of line length that must fall into place before perspective is undone."""

LINE_SHARE = 0.45
"""Share of line length along the axes before lines are believed at all."""

TREND = 0.35
"""Correlation with the expected change of grain before a texture gradient is believed."""

FARTHEST_TEXEL = 0.5
"""Texels seen smaller than this share of the near ones are a smear and are not used."""

STRIP = 4.0
"""A rectangle more than this many times longer than wide is worth no more for being longer."""

EDGE, EDGE_SHARE = 6.0, 0.03
"""Pixels taken off the region's rim, where it blends into its neighbor; less from small regions,
by this share of the root of their area."""

PLAN_SIDE = 200
"""Long side of the plan in which the rectangle is looked for."""


class Straight(NamedTuple):
    """A straight view. to_photo: 3x3, straight pixels → photo pixels. width, height: its size in
    straight pixels. how: what was done, in words.
    """

    to_photo: Matrix
    width: int
    height: int
    how: str


def straighten(photo: Pixels, mask: Mask, lies: str, focal_ratio: float | None) -> Straight:
    """Look at the surface straight on, and take the largest clean rectangle of that view.

    photo: (H, W, 3) uint8 sRGB. mask: (H, W) bool, the surface.
    Planes are tried by the camera rotation that would face them. Two cues: lines should fall on
    two crossing directions; grain should be as fine near as far. Without evidence nothing is done.
    """
    zoom = min(1.0, VIEW_SIDE / max(mask.shape))
    view = cv2.resize(photo, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA)
    seen = cv2.resize(mask.astype(np.uint8), view.shape[1::-1], interpolation=cv2.INTER_NEAREST) > 0
    gray = cv2.cvtColor(view, cv2.COLOR_RGB2GRAY)
    camera = Camera((focal_ratio or FOCAL_RATIO) * max(seen.shape), _center(seen), seen.shape)
    plane, how = _plane(pixels(gray), seen, lies, camera)
    straight = _rectangle(plane, seen, how)
    grow = np.diag([view.shape[1] / mask.shape[1], view.shape[0] / mask.shape[0], 1.0])
    shrink = np.diag([zoom, zoom, 1.0])
    return Straight(
        np.linalg.inv(grow) @ straight.to_photo @ shrink,
        int(straight.width / zoom),
        int(straight.height / zoom),
        how,
    )


class Camera(NamedTuple):
    """Focal length in pixels, the surface's center, and the picture's shape."""

    focal: float
    center: NDArray[np.float64]
    shape: tuple[int, ...]


def _center(mask: Mask) -> NDArray[np.float64]:
    rows, columns = np.nonzero(mask)
    return np.array([np.median(columns), np.median(rows)], np.float64)


def facing(slant: float, tilt: float, turn: float, camera: Camera) -> Matrix:
    """3x3: straight coordinates around the region's center → photo pixels.

    slant: angle of the plane to the picture; tilt: direction in which it recedes; turn: rotation
    within the plane. One straight pixel is one photo pixel at the center.
    """
    focal, center, shape = camera
    principal = np.array([shape[1] / 2, shape[0] / 2])
    ray = np.array([*((center - principal) / focal), 1.0])
    sin_s, cos_s = np.sin(slant), np.cos(slant)
    away = np.array([np.cos(tilt), np.sin(tilt)])
    aside = np.array([-away[1], away[0]])
    along = np.array([*(away * cos_s), sin_s])
    across = np.array([*aside, 0.0])
    basis_x = along * away[0] + across * aside[0]
    basis_y = along * away[1] + across * aside[1]
    cos_t, sin_t = np.cos(turn), np.sin(turn)
    axis_x = (basis_x * cos_t + basis_y * sin_t) / focal
    axis_y = (basis_y * cos_t - basis_x * sin_t) / focal
    lens = np.array([[focal, 0, principal[0]], [0, focal, principal[1]], [0, 0, 1.0]])
    return np.asarray(lens @ np.stack([axis_x, axis_y, ray], axis=1))


def _plane(gray: Pixels, mask: Mask, lies: str, camera: Camera) -> tuple[Matrix, str]:
    """The straight view's matrix and what was done, from lines first and grain second."""
    lines = _lines(gray, mask)
    base_share, base_turn = _aligned(lines, facing(0, 0, 0, camera))
    best = (base_share, 0.0, 0.0, base_turn)
    for slant in SLANTS[1:-2]:
        for tilt in TILTS:
            share, turn = _aligned(lines, facing(slant, tilt, 0, camera))
            if share > best[0] + 0.01:
                best = (share, slant, tilt, turn)
    grain_slant = _grain_slant(gray, mask, camera) if lies == GROUND else 0.0
    share, slant, tilt, turn = best
    lined = share > LINE_SHARE
    if lined and slant and share - base_share > LINE_GAIN and not _vetoed(lies, slant, tilt):
        matrix = facing(slant, tilt, turn, camera)
        return matrix, f"turned by {np.degrees(slant):.0f} degrees, from its lines"
    if grain_slant:
        matrix = facing(grain_slant, -np.pi / 2, 0, camera)
        return matrix, f"turned by {np.degrees(grain_slant):.0f} degrees, from its grain"
    if base_share > LINE_SHARE and abs(base_turn) > ALIGNED / 2:
        matrix = facing(0, 0, base_turn, camera)
        return matrix, f"leveled by {np.degrees(base_turn):.0f} degrees, from its lines"
    return facing(0, 0, 0, camera), "left as it was: no sure sign of perspective"


def _vetoed(lies: str, slant: float, tilt: float) -> bool:
    """A floor does not recede downwards or sideways."""
    return bool(lies == GROUND and np.sin(tilt) > -0.5 and slant > SLANTS[2])


def _lines(gray: Pixels, mask: Mask) -> NDArray[np.float64]:
    """(n, 4) segments x0, y0, x1, y1 whose middle lies on the surface (LSD; Grompone 2010)."""
    found = cv2.createLineSegmentDetector().detect(gray)[0]
    if found is None:
        return np.zeros((0, 4))
    lines = found.reshape(-1, 4).astype(np.float64)
    middle = ((lines[:, :2] + lines[:, 2:]) / 2).astype(int)
    inside = mask[
        np.clip(middle[:, 1], 0, mask.shape[0] - 1), np.clip(middle[:, 0], 0, mask.shape[1] - 1)
    ]
    length = np.hypot(lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1])
    keep = inside & (length > SHORTEST_LINE)
    order = np.argsort(-length[keep], kind="stable")[:400]
    return np.asarray(lines[keep][order])


def _aligned(lines: NDArray[np.float64], matrix: Matrix) -> tuple[float, float]:
    """Share of line length along two crossing directions of the straight view, and their turn."""
    if len(lines) < FEWEST_LINES:
        return 0.0, 0.0
    back = np.linalg.inv(matrix)
    ends = lines.reshape(-1, 2)
    depth = ends[:, 0] * back[2, 0] + ends[:, 1] * back[2, 1] + back[2, 2]
    if (depth <= 1e-6 * np.abs(depth).max()).any():
        return 0.0, 0.0
    x = (ends[:, 0] * back[0, 0] + ends[:, 1] * back[0, 1] + back[0, 2]) / depth
    y = (ends[:, 0] * back[1, 0] + ends[:, 1] * back[1, 1] + back[1, 2]) / depth
    dx, dy = x[1::2] - x[::2], y[1::2] - y[::2]
    weight = np.hypot(lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1])
    angle = np.arctan2(dy, dx) % (np.pi / 2)
    turns = np.radians(np.arange(-15.0, 15.5, 0.5))
    off = np.abs((angle[None, :] - turns[:, None] + np.pi / 4) % (np.pi / 2) - np.pi / 4)
    shares = (np.exp(-((off / ALIGNED) ** 2)) * weight).sum(axis=1) / weight.sum()
    best = int(np.argmax(shares - 1e-3 * np.abs(turns)))
    return float(shares[best]), float(turns[best])


def _grain_slant(gray: Pixels, mask: Mask, camera: Camera) -> float:
    """The slant at which the change of grain down the picture is what a floor would show."""
    rows, columns, fineness = _fineness(gray, mask)
    if len(rows) < 30 or np.ptp(rows) < 100:
        return 0.0
    best, nearest = 0.0, 0.35
    for slant in SLANTS[2:]:
        matrix = facing(slant, -np.pi / 2, 0, camera)
        expected = _smallness(matrix, columns, rows)
        if not np.isfinite(expected).all():
            continue
        expected = expected - expected.mean()
        spread = float((expected**2).sum())
        slope = float((fineness * expected).sum()) / max(spread, 1e-9)
        trend = slope * np.sqrt(spread / max(float((fineness**2).sum()), 1e-9))
        if trend > TREND and abs(slope - 1) < nearest:
            best, nearest = float(slant), abs(slope - 1)
    return best


def _smallness(
    matrix: Matrix, columns: NDArray[np.float64], rows: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Log of how much smaller the surface is seen at each point than at the region's center."""
    back = np.linalg.inv(matrix)
    back /= np.cbrt(abs(np.linalg.det(back)))
    depth = columns * back[2, 0] + rows * back[2, 1] + back[2, 2]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(-1.5 * np.log(depth))


def _fineness(
    gray: Pixels, mask: Mask
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Log spatial frequency of the surface on a grid: rows, columns, values with mean 0."""
    light = gray.astype(np.float32)
    weight = cv2.erode(mask.astype(np.uint8), np.ones((9, 9), np.uint8)).astype(np.float32)
    window = (0, 0)
    sigma = max(mask.shape) / 40
    detail = light - cv2.GaussianBlur(light, window, 12)
    slope = cv2.Sobel(light, cv2.CV_32F, 1, 0) ** 2 + cv2.Sobel(light, cv2.CV_32F, 0, 1) ** 2
    total = cv2.GaussianBlur(weight, window, sigma)
    rough = cv2.GaussianBlur(slope * weight, window, sigma)
    strong = cv2.GaussianBlur(detail**2 * weight, window, sigma)
    step = max(8, int(sigma))
    grid = np.zeros(mask.shape, bool)
    grid[step // 2 :: step, step // 2 :: step] = True
    rows, columns = np.nonzero(grid & (total > 0.6))
    values = 0.5 * np.log((rough[rows, columns] + 1) / (strong[rows, columns] + 1))
    values = values - values.mean() if len(values) else values
    return rows.astype(np.float64), columns.astype(np.float64), values.astype(np.float64)


def _rectangle(plane: Matrix, mask: Mask, how: str) -> Straight:
    """The largest rectangle of the straight view that shows only the surface, well resolved."""
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
    x, y, wide, tall = largest_rectangle(view > 0)
    grow = _scale_at(plane, shift @ np.array([x + wide / 2, y + tall / 2, 1.0]))
    origin = shift @ np.array([x, y, 1.0])
    matrix = plane @ np.array([[1 / grow, 0, origin[0]], [0, 1 / grow, origin[1]], [0, 0, 1.0]])
    return Straight(matrix, int(wide / zoom * grow), int(tall / zoom * grow), how)


def _cored(mask: Mask) -> Mask:
    """The surface without its rim; the picture's own border is no rim."""
    edge = round(min(EDGE, EDGE_SHARE * float(mask.sum()) ** 0.5))
    kernel = np.ones((2 * edge + 1, 2 * edge + 1), np.uint8)
    core = cv2.erode(mask.astype(np.uint8), kernel) > 0
    return core if core.any() else mask


def _well_seen(mask: Mask, plane: Matrix) -> Mask:
    """The part of the surface that is not much farther away than its near end."""
    rows, columns = np.nonzero(mask)
    back = np.linalg.inv(plane)
    depth = columns * back[2, 0] + rows * back[2, 1] + back[2, 2]
    usable = depth <= np.quantile(depth, 0.1) / FARTHEST_TEXEL ** (2 / 3)
    kept = np.zeros_like(mask)
    kept[rows[usable], columns[usable]] = True
    return kept


def _scale_at(matrix: Matrix, point: NDArray[np.float64]) -> float:
    """Photo pixels per straight pixel at a point, the geometric mean of both directions."""
    depth = float(matrix[2] @ point)
    return float(np.sqrt(abs(np.linalg.det(matrix)) / abs(depth) ** 3))


def largest_rectangle(view: Mask) -> tuple[int, int, int, int]:
    """x, y, width, height of the largest all-true rectangle; strips count for less.

    O(H·W·runs), for pictures of about 200 pixels.
    """
    run = np.zeros(view.shape[1], np.int64)
    best, found = -1.0, (0, 0, 1, 1)
    for row, line in enumerate(view):
        run = np.where(line, run + 1, 0)
        starts = np.flatnonzero((run > 0) & (run != np.concatenate([[0], run[:-1]])))
        for x in starts:
            high = np.minimum.accumulate(run[x:])
            worth = _worth(np.arange(1, len(high) + 1), high)
            end = int(np.argmax(worth))
            if worth[end] > best:
                best = float(worth[end])
                found = int(x), row - int(high[end]) + 1, end + 1, int(high[end])
    return found


def _worth(wide: NDArray[np.int64], high: NDArray[np.int64]) -> NDArray[np.float64]:
    long, short = np.maximum(wide, high), np.minimum(wide, high)
    return np.asarray(wide * high * np.minimum(1.0, STRIP * short / long))
