"""What is compared with the truth: the region, the plane, the light."""

import math
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.evalset import Pixels
from tilewright.engine.synthesis.keep import Grid
from tilewright.engine.synthesis.landmarks import without_landmarks
from tilewright.engine.synthesis.rectangle import largest_rectangle
from tilewright.engine.synthesis.stock import read_stock
from tilewright.engine.synthesis.straighten import Straight
from tilewright.engine.synthesis.swatch import Swatch

Mask = NDArray[np.bool_]
Matrix = NDArray[np.float64]

GRID = 6
"""The plane is compared at 6 x 6 points of the rectangle."""

LIGHT_SIDE = 128
"""Long side, in pixels, of the pictures whose light is compared."""

LIGHT_REACH = 1 / 8
"""Sigma of the low frequencies, as a share of the short side; the scorecard's own."""

DARK = 0.01
"""Added to the luminance, 0..1, before the logarithm; the scorecard's own."""

PLAN_SIDE = 200
"""Long side of the plan in which rectangles are looked for."""


class Plane(NamedTuple):
    """How wrong a straight view is, in % of the true rectangle's diagonal.

    skewed: largest distance on the grid after the best similarity (scale, turn, shift).
    keystone: after the best affine map, which also forgives unequal scales and slant: what is
    left is perspective.
    """

    skewed: float
    keystone: float


class Light(NamedTuple):
    """Low frequencies of log luminance that are not the true tile's, as standard deviations.

    residue: level beyond that of the truth at the same place, subtracted in quadrature, as the
    scorecard does. off: of the difference to the truth at the same place: too flat counts too.
    before: the same as `off` before the light was evened. tint: the same as `off` of red and of
    blue over green, in quadrature.
    """

    residue: float
    off: float
    before: float
    tint: float


def shares(found: Mask, true: Mask) -> tuple[float, float]:
    """Share of `found` that lies in `true`, and intersection over union."""
    common = float((found & true).sum())
    return common / max(1, int(found.sum())), common / max(1, int((found | true).sum()))


def used(straight: Straight, shape: tuple[int, ...]) -> Mask:
    """The photo's pixels under the straight view's rectangle, (H, W) bool."""
    size = float(straight.width), float(straight.height)
    corners = np.array([[[0, 0], [size[0], 0], size, [0, size[1]]]], np.float64)
    seen = cv2.perspectiveTransform(corners, straight.to_photo)
    mask = np.zeros(shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, np.rint(seen[0]).astype(np.int32), 1)
    return mask > 0


def offered(photo: Pixels, straight: Straight, tile: tuple[int, int]) -> Mask:
    """The photo's pixels that a tile of that (width, height) may be made of, (H, W) bool: the
    rectangle, and what is like it around it where that is smaller than the tile.
    """
    if straight.width >= tile[0] and straight.height >= tile[1]:
        return used(straight, photo.shape)
    swatch = Swatch(photo, straight)
    grid = Grid(np.eye(2, 3), swatch.width, swatch.height)
    stock = without_landmarks(read_stock(swatch, grid, tile))
    top, left = (side.start or 0 for side in stock.clean)
    to_photo = straight.to_photo @ np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1.0]])
    size = photo.shape[1], photo.shape[0]
    around = cv2.warpPerspective(stock.kept.astype(np.uint8), to_photo, size)
    return np.asarray(used(straight, photo.shape) | (around > 0))


def to_tile(straight: Straight, to_photo: Matrix, size: tuple[int, int]) -> Matrix:
    """3x3: straight pixels → texels of the true tile, (width, height) of which are `size`."""
    centered = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1.0]])
    texels = np.diag([float(size[0]), float(size[1]), 1.0])
    return np.asarray(texels @ np.linalg.inv(to_photo) @ centered @ straight.to_photo)


def plane_error(straight: Straight, to_texel: Matrix) -> Plane:
    """Compare the straight view with the true plane, up to what no photo can tell."""
    steps = np.linspace(0, 1, GRID)
    grid = np.array([(x * straight.width, y * straight.height) for y in steps for x in steps])
    true = cv2.perspectiveTransform(grid[None], to_texel)[0]
    diagonal = float(np.hypot(*np.ptp(true, axis=0)))
    ours, true = grid - grid.mean(axis=0), true - true.mean(axis=0)
    spun, wanted = ours @ np.array([1, 1j]), true @ np.array([1, 1j])
    factor = np.vdot(spun, wanted) / np.vdot(spun, spun)
    left = true - ours @ np.linalg.lstsq(ours, true, rcond=None)[0]
    return Plane(
        100 * float(np.abs(factor * spun - wanted).max()) / diagonal,
        100 * float(np.hypot(*left.T).max()) / diagonal,
    )


def texels_per_pixel(straight: Straight, to_texel: Matrix) -> float:
    """True texels per straight pixel, in the middle of the rectangle."""
    middle = np.array([straight.width / 2, straight.height / 2, 1.0])
    return math.sqrt(abs(np.linalg.det(to_texel)) / abs(float(to_texel[2] @ middle)) ** 3)


def light_left(
    even: Pixels, plain: Pixels, straight: Straight, to_texel: Matrix, tile: Pixels, true: Mask
) -> Light:
    """Compare the light of a swatch with the true tile's, texel by texel.

    even, plain: (h, w, 3) uint8, the swatch with and without evening. tile: the true one.
    true: the surface's mask in the photo; what lies before the surface is left out.
    """
    zoom = min(1.0, LIGHT_SIDE / max(straight.width, straight.height))
    size = max(8, round(straight.width * zoom)), max(8, round(straight.height * zoom))
    enlarge = np.diag([straight.width / size[0], straight.height / size[1], 1.0])
    nearest = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    mask, view = true.astype(np.uint8), straight.to_photo @ enlarge
    seen = cv2.warpPerspective(mask, view, size, flags=nearest)
    truth = _seen_tile(tile, to_texel @ enlarge, size)
    weight = (seen > 0).astype(np.float32)
    ours, before = (
        np.asarray(cv2.resize(swatch, size, interpolation=cv2.INTER_AREA), np.uint8)
        for swatch in (even, plain)
    )
    light, true_light = _log_light(ours), _log_light(truth)
    level = math.sqrt(max(0.0, _low(light, weight) ** 2 - _low(true_light, weight) ** 2))
    tints = _log_tints(ours) - _log_tints(truth)
    return Light(
        level,
        _low(light - true_light, weight),
        _low(_log_light(before) - true_light, weight),
        math.hypot(*(_low(tints[..., each], weight) for each in (0, 1))),
    )


def _seen_tile(tile: Pixels, matrix: Matrix, size: tuple[int, int]) -> Pixels:
    """The true tile, repeated, as it is seen in a view of `size`; finer detail is averaged."""
    height, width = tile.shape[:2]
    fine = max(1, round(512 / max(size)))
    x, y = np.meshgrid(*(np.arange(fine * n) / fine for n in size))
    points = np.stack([x, y], -1).reshape(1, -1, 2)
    texels = cv2.perspectiveTransform(points, matrix)[0].astype(np.int64)
    view = tile[texels[:, 1] % height, texels[:, 0] % width].reshape(*x.shape, 3)
    return np.asarray(cv2.resize(view, size, interpolation=cv2.INTER_AREA), np.uint8)


def _log_light(picture: Pixels) -> NDArray[np.float32]:
    return _log_linear(np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8))


def _log_tints(picture: Pixels) -> NDArray[np.float32]:
    """(h, w, 2): red and blue over green."""
    return _log_linear(picture[..., [0, 2]]) - _log_linear(picture[..., [1]])


def _log_linear(values: Pixels) -> NDArray[np.float32]:
    srgb = values.astype(np.float32) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return np.asarray(np.log(linear + DARK), np.float32)


def _low(log: NDArray[np.float32], weight: NDArray[np.float32]) -> float:
    """Standard deviation of the low frequencies where `weight` is 1."""
    if not weight.any():
        return math.nan
    sigma = LIGHT_REACH * min(log.shape)
    total = cv2.GaussianBlur(weight, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    blurred = cv2.GaussianBlur(log * weight, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    return float((blurred / np.maximum(total, 1e-3))[weight > 0].std())


def hand_given(photo: Pixels, true: Mask) -> Pixels:
    """What somebody would cut out by hand: the largest rectangle of the true surface."""
    x, y, wide, high = _largest(true)
    return np.ascontiguousarray(photo[y : y + high, x : x + wide])


def true_rectangle(straight: Straight, true: Mask) -> Straight:
    """The same plane, but the largest rectangle of the true surface in it."""
    rows, columns = np.nonzero(cv2.erode(true.astype(np.uint8), np.ones((5, 5), np.uint8)))
    back = np.linalg.inv(straight.to_photo)
    depth = columns * back[2, 0] + rows * back[2, 1] + back[2, 2]
    near = (depth > 0) & (depth <= np.median(depth) / 0.5 ** (2 / 3))
    points = np.stack([columns, rows], 1).astype(np.float64)[near]
    plan = cv2.perspectiveTransform(points[None], back)[0]
    low, high = np.quantile(plan, [0.01, 0.99], axis=0)
    zoom = PLAN_SIDE / max(*(high - low), 1.0)
    size = np.maximum(2, (high - low) * zoom).astype(int)
    shift = np.array([[1 / zoom, 0, low[0]], [0, 1 / zoom, low[1]], [0, 0, 1.0]])
    view = cv2.warpPerspective(
        true.astype(np.uint8),
        straight.to_photo @ shift,
        (int(size[0]), int(size[1])),
        flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP,
    )
    x, y, wide, tall = largest_rectangle(view > 0)
    origin = shift @ np.array([x, y, 1.0])
    moved = straight.to_photo @ np.array([[1, 0, origin[0]], [0, 1, origin[1]], [0, 0, 1.0]])
    return straight._replace(to_photo=moved, width=int(wide / zoom), height=int(tall / zoom))


def _largest(mask: Mask) -> tuple[int, int, int, int]:
    """x, y, width, height of the largest rectangle, found in a small plan."""
    zoom = min(1.0, PLAN_SIDE / max(mask.shape))
    size = max(1, int(mask.shape[1] * zoom)), max(1, int(mask.shape[0] * zoom))
    share = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    found = largest_rectangle(share > 0.99)
    x, y, wide, high = (int(value / zoom) for value in found)
    return x, y, max(1, wide), max(1, high)
