"""The plane of a surface from its lines: they fall on two crossing directions."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from tilewright.engine.arrays import Mask, Pixels, floats
from tilewright.engine.synthesis.camera import ASKEW, Camera, Plane, Vector, fade_at, normals
from tilewright.engine.synthesis.words import GROUND, WALL

SHORTEST_LINE = 18
"""Pixels; shorter segments point anywhere (LSD's own angle tolerance is 22.5 degrees)."""

MOST_LINES = 400
"""The longest segments; more cost time and tell nothing new."""

FEWEST_LINES = 16
"""Fewer segments are no evidence. Few have to gain more (`straighten.CHANCE`); cloth has 22."""

COARSE = 0.5
"""LSD is run on the picture and on this share of it: joints that are rough in the fine picture
are straight in the coarse one."""

BORDER = 4
"""Pixels. Lines nearer than this to what is not the surface may be edges of what lies on it."""

INNER, INNER_SHARE = 0.2, 0.15
"""Where at least so much of the line length is off the surface's border, the least share of that
which must fall into place too. Planes that are right: .23 and more; one that the edges of papers
on a cloth told: 0, and .34 once the cloth's own lines had turned it."""

BETTER = 2.0
"""Where so many times more of them fall into place if the plane is turned otherwise, it is: at its
border are the edges of what lies on it. No turn that was right gains anything."""

SLANTS = np.radians([10, 20, 30, 40, 48, 55, 61, 66, 70, 74, 77])
TILTS = np.radians(np.arange(0, 360, 20))
TURNS = np.radians(np.arange(-45, 45, 4))
"""What is tried before the best are refined. Walls and ground of a street are at 70 to 80."""

WIDTHS = np.sin(np.radians([4.0, 2.5, 1.6, 1.2, 1.2, 1.2]))
"""How near to a vanishing point a segment must aim to count, from one round to the next."""

STARTS = 10
"""Candidates refined."""

FOCAL_SPREAD = 0.25
"""Standard deviation of the logarithm of an unknown focal length: 26 to 50 mm of full frame."""

PITCHED = 2 * ASKEW
"""Cameras are tilted up and down twice as freely; what the grain says is farther was tilted."""

LEAST_LEAN = 0.3
"""Below this lean the direction in which a floor recedes means little."""

PRIOR_WEIGHT, MOST_UNLIKELY = 0.015, 9.0
"""Share of line length that one standard deviation of a prior is worth, and the square of the
standard deviations beyond which it is worth no more."""

APART = 0.25
"""Starts nearer to each other than this (tangents, radians) are one."""

STEEPEST = float(np.tan(np.radians(80)))
"""Where a surface is looked at; of what leans more, 6 times longer than wide, hardly a rectangle is
left that is seen well."""

DAMPING = 0.02
"""Keeps a step finite in directions in which no line says anything (Levenberg)."""

ONLY_TURN = np.array([False, False, True, False])
"""What is free where no perspective is to be undone."""


class Lines(NamedTuple):
    """Segments: middle (n, 2) and unit direction (n, 2), and weight (n,), their share of length.
    inner: (n,) whether they are off its border. length: of them all, in pixels.
    """

    middle: NDArray[np.float64]
    direction: NDArray[np.float64]
    weight: Vector
    inner: NDArray[np.bool_]
    length: float

    @property
    def equal(self) -> float:
        """How many lines of equal length would be as sure."""
        return 1 / max(float((self.weight**2).sum()), 1e-9) if len(self.weight) else 0.0


class Aligned(NamedTuple):
    """The plane in which most lines are aligned, the level one in which they are, the shares of
    line length that are, and how many lines of equal length would be as sure.

    strange: whether the surface's own lines do not follow that plane, however it is turned.
    """

    plane: Plane
    level: Plane
    share: float
    level_share: float
    equal: float
    strange: bool


def find_lines(gray: Pixels, mask: Mask) -> Lines:
    """Straight segments on the surface, at two scales."""
    fine = segments(gray)
    small = cv2.resize(gray, None, fx=COARSE, fy=COARSE, interpolation=cv2.INTER_AREA)
    lines = np.concatenate([fine, segments(np.asarray(small, np.uint8)) / COARSE])
    middle = (lines[:, :2] + lines[:, 2:]) / 2
    row = np.clip(middle[:, 1].astype(int), 0, mask.shape[0] - 1)
    column = np.clip(middle[:, 0].astype(int), 0, mask.shape[1] - 1)
    span = lines[:, 2:] - lines[:, :2]
    length = np.hypot(span[:, 0], span[:, 1])
    inside = np.flatnonzero(mask[row, column] & (length > SHORTEST_LINE))
    kept = inside[np.argsort(-length[inside], kind="stable")[:MOST_LINES]]
    total = float(length[kept].sum())
    weight = length[kept] / max(total, 1.0)
    reach = cv2.getStructuringElement(cv2.MORPH_RECT, (2 * BORDER + 1, 2 * BORDER + 1))
    inner = cv2.erode(mask.astype(np.uint8), reach)[row, column] > 0
    return Lines(middle[kept], span[kept] / length[kept, None], weight, inner[kept], total)


def segments(gray: Pixels) -> NDArray[np.float64]:
    """(n, 4) straight edges, x and y of both ends (LSD; Grompone von Gioi 2010)."""
    found = cv2.createLineSegmentDetector().detect(gray)[0]
    return np.zeros((0, 4)) if found is None else found.reshape(-1, 4).astype(np.float64)


class Belief(NamedTuple):
    """What is likely before lines are looked at. lies: GROUND, WALL or ANY. fade: what its
    other cue says, (0, 0) if that is not sure, with its standard deviation per photo pixel.
    """

    lies: str
    fade: Vector
    spread: float


def align(lines: Lines, belief: Belief, camera: Camera, known: bool) -> Aligned | None:
    """The plane whose two axes most of the lines follow; None where there are too few lines.

    known: whether the focal length is. Vanishing points are tried by the plane that they stand
    for, and the best planes refined by reweighted least squares.
    """
    if len(lines.weight) < FEWEST_LINES:
        return None
    upright = [np.array([0, 0, turn, 0.0]) for turn in TURNS[::3]]
    level = _best(lines, ONLY_TURN, upright, belief, camera)
    freedom = np.array([True, True, True, not known])
    plane = _best(lines, freedom, _starts(lines, belief, camera), belief, camera)
    share, level_share = _share(lines, plane, camera), _share(lines, level, camera)
    plane, strange = _own_turn(lines, plane, belief, camera)
    return Aligned(plane, level, share, level_share, lines.equal, strange)


def _own_turn(lines: Lines, plane: Plane, belief: Belief, camera: Camera) -> tuple[Plane, bool]:
    """A plane turned by the lines off the border, where its edges turned it otherwise; and whether
    those do not follow it at all.
    """
    inner = lines._replace(weight=lines.weight * lines.inner)
    length = float(inner.weight.sum())
    turned = _best(inner, ONLY_TURN, _turned(plane, camera), belief, camera)
    follow, more = _share(inner, plane, camera), _share(inner, turned, camera)
    if length > INNER and more > BETTER * follow:
        plane, follow = turned, more
    return plane, length > INNER and follow < INNER_SHARE * length


def _turned(plane: Plane, camera: Camera) -> list[Vector]:
    """A plane at every turn."""
    stretch = np.log(plane.focal / camera.focal)
    return [np.array([*plane.lean, turn, stretch]) for turn in TURNS[::3]]


def _best(
    lines: Lines, free: NDArray[np.bool_], starts: list[Vector], belief: Belief, camera: Camera
) -> Plane:
    refined = [_refine(lines, free, start, belief, camera) for start in starts]
    return _plane(max(refined, key=lambda found: found[0])[1], camera)


def _plane(values: Vector, camera: Camera) -> Plane:
    return Plane(values[:2], float(values[2]), camera.focal * float(np.exp(values[3])))


def _aims(lines: Lines, plane: Plane, camera: Camera) -> NDArray[np.float64]:
    """(2, n) sines of the angles between each segment and its way to the vanishing points."""
    points = plane.matrix(camera)[:, :2].T
    way = points[:, None, :2] - lines.middle[None] * points[:, None, 2:]
    length = np.hypot(way[..., 0], way[..., 1]) + 1e-12
    cross = way[..., 0] * lines.direction[:, 1] - way[..., 1] * lines.direction[:, 0]
    return np.asarray(cross / length)


def _share(lines: Lines, plane: Plane, camera: Camera) -> float:
    """Share of line length that aims at one of the two vanishing points."""
    aims = _aims(lines, plane, camera)
    return float((np.exp(-((aims / WIDTHS[-1]) ** 2)).max(axis=0) * lines.weight).sum())


def _starts(lines: Lines, belief: Belief, camera: Camera) -> list[Vector]:
    """The most promising of a grid of planes, and none at all."""
    grid = _grid()
    points = np.concatenate([_vanishing(lean, camera) for lean in grid[:: len(TURNS), :2]])
    points = floats(points / np.linalg.norm(points, axis=2, keepdims=True))
    middle, direction = floats(lines.middle), floats(lines.direction)
    way_x = points[..., :1] - points[..., 2:] * middle[:, 0]
    way_y = points[..., 1:2] - points[..., 2:] * middle[:, 1]
    cross = (way_x * direction[:, 1] - way_y * direction[:, 0]) ** 2
    off = (cross / (way_x**2 + way_y**2 + 1e-9)).min(axis=1)
    worth = np.exp(-off / np.float32(WIDTHS[0] ** 2)) @ floats(lines.weight)
    worth = worth - _unlikely(grid, belief, camera)
    starts = [np.array([0, 0, turn, 0.0]) for turn in TURNS[::4]]
    for index in np.argsort(-worth, kind="stable"):
        if all(np.abs(grid[index] - other)[:3].max() > APART for other in starts):
            starts.append(grid[index])
        if len(starts) == STARTS + len(TURNS[::4]):
            break
    return starts


def _grid() -> NDArray[np.float64]:
    """(n, 4) planes: lean x and y, turn, log of the focal length's stretch; turns run fastest."""
    slant, tilt, turn = (part.ravel() for part in np.meshgrid(SLANTS, TILTS, TURNS, indexing="ij"))
    lean = np.tan(slant)
    return np.stack([lean * np.cos(tilt), lean * np.sin(tilt), turn, np.zeros_like(turn)], axis=1)


def _vanishing(lean: Vector, camera: Camera) -> NDArray[np.float64]:
    """(turns, 2, 3) homogeneous vanishing points of both axes of a plane, for each turn."""
    axes = Plane(lean, 0.0, camera.focal).matrix(camera)[:, :2].T
    cos, sin = np.cos(TURNS), np.sin(TURNS)
    turned = np.stack([np.stack([cos, sin], axis=1), np.stack([-sin, cos], axis=1)], axis=1)
    return np.asarray(turned @ axes)


def _priors(values: NDArray[np.float64], belief: Belief, camera: Camera) -> NDArray[np.float64]:
    """How unlikely planes, (..., 4), are before a line is seen: (..., k) standard deviations."""
    lean, turn, stretch = values[..., :2], values[..., 2], values[..., 3]
    focal = camera.focal * np.exp(stretch)
    off = [stretch / FOCAL_SPREAD]
    if belief.lies == GROUND:
        away = np.maximum(-lean[..., 1], LEAST_LEAN)
        off += [np.arctan2(lean[..., 0], away) / ASKEW, np.maximum(0, lean[..., 1]) / ASKEW]
    elif belief.lies == WALL:
        off.append(turn / ASKEW)
        if abs(np.arctan(belief.fade[1] * camera.focal)) < PITCHED:
            off.append(_tipped(lean, focal, camera))
    apart = (fade_at(lean, focal) - belief.fade) / belief.spread
    return np.concatenate([np.stack(off, axis=-1), apart], axis=-1)


def _tipped(lean: Vector, focal: Vector, camera: Camera) -> Vector:
    """How far walls, (..., 2), are from upright, (...): a camera's pitch tips those that face it,
    and its being held askew those at its sides.
    """
    aside, up, ahead = np.moveaxis(normals(lean, focal, camera), -1, 0)
    level = np.hypot(aside, ahead)
    usual = np.hypot(ahead * PITCHED, aside * ASKEW) / (level + 1e-9)
    return np.asarray(np.arctan2(up, level) / (usual + 1e-9))


def _unlikely(values: NDArray[np.float64], belief: Belief, camera: Camera) -> NDArray[np.float64]:
    """What planes lose for being unlikely, as shares of line length; a prior is no veto."""
    off = np.minimum(_priors(values, belief, camera) ** 2, MOST_UNLIKELY)
    return np.asarray(PRIOR_WEIGHT * off.sum(axis=-1))


def _refine(
    lines: Lines, free: NDArray[np.bool_], start: Vector, belief: Belief, camera: Camera
) -> tuple[float, Vector]:
    """Reweighted least squares from a start. Returns what the result is worth, and the result."""
    values = start.astype(np.float64)
    steps = 1e-4 * np.eye(4)[free]
    rows = np.arange(len(lines.weight))
    for width in WIDTHS:
        aims = _aims(lines, _plane(values, camera), camera)
        nearest = np.abs(aims).argmin(axis=0)
        weight = np.sqrt(np.exp(-((aims[nearest, rows] / width) ** 2)) * lines.weight) / width

        def residuals(
            at: Vector, weight: Vector = weight, nearest: NDArray[np.intp] = nearest
        ) -> Vector:
            off = _aims(lines, _plane(at, camera), camera)[nearest, rows] * weight
            return np.concatenate([off, _priors(at, belief, camera) * PRIOR_WEIGHT**0.5])

        here = residuals(values)
        slopes = np.stack([(residuals(values + step) - here) / 1e-4 for step in steps], axis=1)
        damped = slopes.T @ slopes + DAMPING**2 * np.eye(len(steps))
        values[free] -= np.clip(np.linalg.solve(damped, slopes.T @ here), -0.3, 0.3)
        values[:2] *= min(1.0, STEEPEST / max(1e-9, float(np.hypot(*values[:2]))))
    worth = _share(lines, _plane(values, camera), camera)
    return worth - float(_unlikely(values, belief, camera)), values
