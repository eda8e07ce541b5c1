"""The surface as seen straight on: which plane it lies in, and where its best rectangle is."""

from typing import NamedTuple

import cv2
import numpy as np

from tilewright.engine.arrays import Mask, Matrix, Pixels, pixels
from tilewright.engine.synthesis.camera import (
    Camera,
    Plane,
    Vector,
    center_of,
    fade_at,
    flat,
    receding,
)
from tilewright.engine.synthesis.grain import Grain, measure_grain, steeper, upright
from tilewright.engine.synthesis.lines import Belief, align, find_lines
from tilewright.engine.synthesis.periods import HALFWAY, lie_halfway
from tilewright.engine.synthesis.rectangle import Rectangle, best_rectangle
from tilewright.engine.synthesis.runs import with_runs
from tilewright.engine.synthesis.uprights import level_ground
from tilewright.engine.synthesis.words import GROUND, WALL

VIEW_SIDE = 900
"""Long side, in pixels, of the picture in which lines and grain are looked at."""

FOCAL_RATIO = 1.0
"""Focal length over the photo's long side where EXIF says nothing: between a phone's main camera
(0.72) and a normal lens (1.2)."""

LINE_SHARE = 0.25
"""Share of line length along the axes before lines are believed at all; 0.05 falls there by
chance."""

FEW_SHARE = 1.4
"""That share for few lines, where they only bear out the grain: this over the root of their number.
28 lines of a street's setts had 1.35 and turned it by 56 degrees; planes that are right 1.5 to 2.2.
"""

LINE_GAIN = 0.03
"""Share of line length that must fall into place before perspective is undone."""

CHANCE = 0.7
"""The same for few lines: this over the root of their number."""

SURE = 10.0
"""Standard deviations of the change of grain before it is believed alone."""

LEFT = 0.82, 1.15
"""Most unlikeness of grain that may be left once it is faced, for it to be believed: of walls, and
of floors that reach the photo's top. Measured: scenes and photos of walls that do recede .33 to
.78, of floors .38 to 1.07, but 1.17 to 1.81 of four below a horizon, where it is no doubt; parts of
true tiles that seemed to, .80 to 14."""

FADE_SPREAD, FADE_SHARE = 0.24, 0.2
"""How far off the grain's word is: of the change of distance over the photo, and of itself."""

CONTRADICTED = 2.0
"""Lines must gain this many times more where they are this many times farther from what the grain
says than it may be off."""

LEAST_FADE = 0.24
"""Change of distance over the photo below which grain is not believed alone: straight tiles of
real materials show up to 0.2."""

LEVEL, MOST_LEVEL = np.radians(1.0), np.radians(20.0)
"""Smaller turns are not worth a resampling; larger ones are a pattern that lies at a slant, and
half of the surface would be lost with the corners."""

LINES, GRAIN, UPRIGHTS = "its lines", "its grain", "what stands upright around it"
"""The cues, as the report names them."""

STRAIGHT = "seen as photographed: it is straight already"

SAME_WORD = 0.1
"""Most that the grain of a floor may say otherwise, as change of distance over the photo, where the
search begins with a straight view instead of a slanted one. 22 rendered floors that recede: .09 and
less; asphalt seen from straight above: .14 to .35."""

TOPMOST, TO_THE_TOP = 0.02, 0.5
"""The topmost share of the photo, and how much of it is floor where no horizon can be seen."""

DRAWN = 0.75
"""Grain that runs in one direction more than this (planks, slats) tells nothing by itself."""

GROUND_LEAN = 0.7
"""Where a floor's slant is looked for first: 35 degrees."""


class Straight(NamedTuple):
    """A straight view. to_photo: 3x3, straight pixels → photo pixels. width, height: its size in
    straight pixels. how: what was done, in words. kept: (h, w) bool, on the photo or a smaller
    picture of it, what more of the surface is seen as well, if that is known.
    """

    to_photo: Matrix
    width: int
    height: int
    how: str
    kept: Mask | None = None


def straighten(
    photo: Pixels, mask: Mask, lies: str, focal_ratio: float | None, shown: Mask | None = None
) -> Straight:
    """Look at the surface straight on, and take the largest clean rectangle of that view.

    photo: (H, W, 3) uint8 sRGB. mask: (H, W) bool, the surface.
    focal_ratio: focal length over the photo's long side, if known. shown: (H, W) bool, what of the
    photo may be looked at, if not all. About 0.4 s for any size.
    Cues, each of which can veto the others: lines fall on two crossing directions (`lines`); grain
    is alike everywhere (`grain`); ground is level under what stands upright around it (`uprights`),
    and that is asked before its grain. Without evidence nothing is done. Only lines tell a turn
    within the plane, and it is by 45 degrees more where its periods lie so. On rendered scenes the
    corners of the rectangle are off by 1.4 % of its size (surfaces with lines), 3 % (without).
    """
    view = _view(photo, mask, focal_ratio, shown)
    plane, how = _plane(view, lies, focal_ratio is not None)
    found = _rectangle(view, plane)
    if plane.turn and lie_halfway(view.gray, found.to_photo, found.width, found.height):
        plane = plane._replace(turn=plane.turn - np.copysign(HALFWAY, plane.turn))
        done = _turned(plane, LINES) if how == STRAIGHT else how
        found, how = _rectangle(view, plane), f"{done}, with its periods"
    return _straight(view, found, how)


def as_photographed(photo: Pixels, mask: Mask) -> Straight:
    """The largest clean rectangle of the surface as it is, whatever its lines and grain say."""
    view = _view(photo, mask, None)
    return _straight(view, _rectangle(view, flat(view.camera)), "seen as photographed, as asked")


class _View(NamedTuple):
    """A small picture of the photo. gray: (h, w) uint8. seen, around: (h, w) bool, the surface, and
    what else is shown.
    grow: 3x3, photo pixels → its pixels. zoom: its pixels per pixel of the photo.
    """

    gray: Pixels
    seen: Mask
    around: Mask
    camera: Camera
    grow: Matrix
    zoom: float


def _view(photo: Pixels, mask: Mask, focal_ratio: float | None, shown: Mask | None = None) -> _View:
    zoom = min(1.0, VIEW_SIDE / max(mask.shape))
    view = cv2.resize(photo, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA)
    share = cv2.resize(mask.astype(np.float32), view.shape[1::-1], interpolation=cv2.INTER_AREA)
    seen = share >= min(0.5, float(share.max()))
    gray = pixels(cv2.cvtColor(view, cv2.COLOR_RGB2GRAY))
    camera = Camera((focal_ratio or FOCAL_RATIO) * max(seen.shape), center_of(seen), seen.shape)
    grow = np.diag([view.shape[1] / mask.shape[1], view.shape[0] / mask.shape[0], 1.0])
    return _View(gray, seen, _around(seen, shown), camera, grow, zoom)


def _around(seen: Mask, shown: Mask | None) -> Mask:
    if shown is None:
        return ~seen
    size = seen.shape[1], seen.shape[0]
    small = cv2.resize(shown.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    return np.asarray((small > 0) & ~seen)


def _rectangle(view: _View, plane: Plane) -> Rectangle:
    return best_rectangle(plane.matrix(view.camera), view.seen, view.gray)


def _straight(view: _View, found: Rectangle, how: str) -> Straight:
    """The rectangle at the photo's full resolution."""
    return Straight(
        np.linalg.inv(view.grow) @ found.to_photo @ np.diag([view.zoom, view.zoom, 1.0]),
        int(found.width / view.zoom),
        int(found.height / view.zoom),
        how,
        found.kept,
    )


class _Word(NamedTuple):
    """What is said of the plane but for its lines. fade: (x, y), and how far off it is, per photo
    pixel. sure: whether it is believed. cue: what says so.
    """

    fade: Vector
    spread: float
    sure: bool
    cue: str


def _plane(view: _View, lies: str, known: bool) -> tuple[Plane, str]:
    """The plane, and what was done. Lines decide, unless another cue that is sure contradicts."""
    gray, mask, camera = view.gray, view.seen, view.camera
    word = _upright_word(view, lies) or _grain_word(view, lies)
    fade = word.fade if word.sure else np.zeros(2)
    lines = find_lines(gray, mask)
    if lies == WALL:
        lines = with_runs(lines, gray, mask)
    found = align(lines, Belief(lies, fade, word.spread), camera, known)
    if found and found.share > LINE_SHARE and not found.strange:
        apart = float(np.hypot(*(fade_at(found.plane.lean, found.plane.focal) - fade)))
        needed = max(LINE_GAIN, CHANCE / found.equal**0.5)
        if word.sure and apart > CONTRADICTED * word.spread:
            needed *= CONTRADICTED
        if found.share - found.level_share > needed:
            return found.plane, _turned(found.plane, LINES)
        enough = found.share * found.equal**0.5 > FEW_SHARE
        if word.sure and apart < word.spread and enough:
            return found.plane, _turned(found.plane, f"{LINES} and {word.cue}")
    if word.sure and float(np.hypot(*fade)) > LEAST_FADE / max(mask.shape):
        plane = receding(fade, camera)
        return plane, _turned(plane, word.cue)
    if found and found.level_share > LINE_SHARE and LEVEL < abs(found.level.turn) < MOST_LEVEL:
        return found.level, _turned(found.level, LINES)
    return flat(camera), "seen as photographed: no sure sign of perspective"


def _upright_word(view: _View, lies: str) -> _Word | None:
    """What stands upright around the ground says, if enough does."""
    level = None
    if lies == GROUND:
        level = level_ground(view.gray, view.seen, view.around, view.camera)
    return _Word(level.fade, level.spread, True, UPRIGHTS) if level else None


def _grain_word(view: _View, lies: str) -> _Word:
    """What the grain says."""
    grain, spread = _grain(view.gray, view.seen, lies, view.camera)
    below = lies == GROUND and not _to_the_top(view.seen)
    alike = below or grain.left < LEFT[lies == GROUND]
    sure = grain.sure > SURE and grain.drawn < DRAWN and alike
    return _Word(grain.fade, spread, sure, GRAIN)


def _grain(gray: Pixels, mask: Mask, lies: str, camera: Camera) -> tuple[Grain, float]:
    """What the grain says, and how far off that is in `fade`, per photo pixel."""
    lean = np.array([0.0, -GROUND_LEAN if lies == GROUND else 0.0])
    grain = measure_grain(gray, mask, camera, fade_at(lean, camera.focal))
    strength = float(np.hypot(*grain.fade))
    spread = FADE_SPREAD / max(mask.shape) + FADE_SHARE * strength
    spread *= 1 + (grain.drawn / DRAWN) ** 2
    believed = grain.sure > SURE and strength > LEAST_FADE / max(mask.shape)
    if lies == GROUND and believed and grain.drawn < DRAWN:
        if not _recedes(grain, gray, mask, camera):
            return grain._replace(sure=0.0), spread
        grain = upright(steeper(grain, camera), spread)
    return grain, spread


def _recedes(grain: Grain, gray: Pixels, mask: Mask, camera: Camera) -> bool:
    """Whether the grain of a floor tells how it is seen: that it recedes upwards, as floors do, and
    where it may be seen from straight above, that wherever the search begins.
    """
    if grain.fade[1] <= 0:
        return False
    if not _to_the_top(mask):
        return True
    again = measure_grain(gray, mask, camera, np.zeros(2))
    off = float(np.hypot(*(again.fade - grain.fade)))
    return bool(off < SAME_WORD / max(mask.shape))


def _to_the_top(mask: Mask) -> bool:
    """Whether a surface fills the photo up to its top, so that no horizon can be seen."""
    return bool(mask[: max(1, round(TOPMOST * len(mask)))].mean() >= TO_THE_TOP)


def _turned(plane: Plane, cue: str) -> str:
    slant, turn = (round(abs(np.degrees(angle))) for angle in (plane.slant, plane.turn))
    if slant:
        return f"turned by {slant} degrees, from {cue}"
    return f"leveled by {turn} degrees, from {cue}" if turn else STRAIGHT
