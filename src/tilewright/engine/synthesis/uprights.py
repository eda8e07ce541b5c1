"""How a camera is held, from what stands upright in its photo: posts, doors, windows, walls."""

from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from tilewright.engine.arrays import Mask, Pixels
from tilewright.engine.synthesis.camera import ASKEW, Camera, Vector
from tilewright.engine.synthesis.lines import PITCHED, segments

PITCHES = np.radians(np.arange(-40.0, 66.0))
ROLLS = np.radians(np.arange(-12.0, 13.0))
"""How a camera may be held: down from level, and askew."""

SHORTEST, OFF_SURFACE = 25, 4
"""Pixels of an edge, and how far it is from the surface, whose own lines may lead anywhere."""

MOST_TIPPED = np.radians(40)
"""Edges farther from the picture's own upright are edges of roofs and kerbs."""

WIDTH = np.radians(1.0)
"""How near to the common vanishing point an edge must aim to count."""

FEWEST, LEAST_SHARE = 20.0, 0.35
"""Edges of equal length that must agree, and their share of all that may be upright. Ground among
houses in the public photographs has 23 to 76 and .39 to .84, other ground there 3 at most; rendered
scenes, where poles lie about at random, 12 at most."""

CLEAR, WIDEST = 0.85, np.radians(14)
"""Pitches with this share of the best one's edges are as good, and how far apart they may be."""

ABOVE, PLACES = 0.02, 500
"""The share of a surface that may lie above its horizon, for it may be drawn too large, and of how
many of its places that is asked."""

MOST_GRAZING = float(np.tan(np.radians(82)))
"""Where its middle is seen. Of ground that recedes more, a pixel is seven times longer than wide,
and too little is left for a tile: better as it was photographed."""

PITCH_OFF = np.radians(3)
"""How far off the pitch is: half of what is as good, on streets of the public photographs."""


class Level(NamedTuple):
    """The level ground. fade: (x, y), as `receding` takes it. spread: how far off that is."""

    fade: Vector
    spread: float


def level_ground(gray: Pixels, mask: Mask, around: Mask, camera: Camera) -> Level | None:
    """How level ground recedes under what stands upright around it; None where too little does.

    gray: (H, W) uint8. mask, around: (H, W) bool, the ground, and what of the picture is not.
    Upright edges meet in one point below (or above) the picture, and the horizon is at a right
    angle to the way there: where a camera is held level, that is the picture's middle, whatever its
    lens. Under 0.1 s.
    """
    down = _down(_edges(gray, around), _rays(mask, camera), camera)
    if down is None:
        return None
    fade = down[:2] / (camera.focal * float(down @ _ray(camera.center, camera)))
    if camera.focal * float(np.hypot(*fade)) > MOST_GRAZING:
        return None
    return Level(fade, PITCH_OFF * camera.focal * float(fade @ fade))


def _rays(mask: Mask, camera: Camera) -> NDArray[np.float64]:
    """(n, 3) the ways to some places of the surface."""
    rows, columns = np.nonzero(mask)
    some = slice(None, None, 1 + len(rows) // PLACES)
    return _ray(np.stack([columns[some], rows[some]], axis=1), camera)


def _ray(places: NDArray[Any], camera: Camera) -> NDArray[np.float64]:
    """The way to places of the picture, (..., 2): right, down, and 1 ahead."""
    off = (places - camera.middle) / camera.focal
    return np.concatenate([off, np.ones((*off.shape[:-1], 1))], axis=-1)


def _edges(gray: Pixels, around: Mask) -> NDArray[np.float64]:
    """(n, 4) long edges off the surface, and off what is not shown."""
    if not around.any():
        return np.zeros((0, 4))
    found = segments(gray)
    reach = cv2.getStructuringElement(cv2.MORPH_RECT, (2 * OFF_SURFACE + 1,) * 2)
    off = cv2.erode(around.astype(np.uint8), reach) > 0
    middle = ((found[:, :2] + found[:, 2:]) / 2).astype(int)
    row, column = (np.clip(middle[:, 1 - axis], 0, around.shape[axis] - 1) for axis in (0, 1))
    length = np.hypot(*(found[:, 2:] - found[:, :2]).T)
    return np.asarray(found[off[row, column] & (length > SHORTEST)])


def _down(edges: NDArray[np.float64], rays: NDArray[np.float64], camera: Camera) -> Vector | None:
    """The way down, (right, down, ahead), on which most edges agree; None where few do.

    Every way that a camera may be held is tried in which the surface is below its horizon; the more
    level it is, the likelier.
    """
    ways = _ways()
    counts, length = _agreement(edges, ways, camera)
    possible = (ways @ rays.T <= 0).mean(axis=-1) < ABOVE
    usual = np.exp(-0.5 * ((PITCHES[:, None] / PITCHED) ** 2 + (ROLLS / ASKEW) ** 2))
    agree = counts.sum(axis=-1) * possible
    best = np.unravel_index(np.argmax(agree * usual), agree.shape)
    equal = agree[best] ** 2 / max(1e-9, float((counts[best] ** 2).sum()))
    if equal < FEWEST or agree[best] < LEAST_SHARE * length:
        return None
    most = agree.max(axis=1)
    as_good = PITCHES[most > CLEAR * most.max()]
    return ways[best] if np.ptp(as_good) < WIDEST else None


def _agreement(
    edges: NDArray[np.float64], ways: NDArray[np.float64], camera: Camera
) -> tuple[NDArray[np.float64], float]:
    """What of each edge that may be upright agrees with each way down, (pitches, rolls, n), in
    pixels, and the length of all of them.
    """
    span = edges[:, 2:] - edges[:, :2]
    angle = np.arctan(span[:, 0] / np.where(span[:, 1] == 0, 1e-9, span[:, 1]))
    upright = np.abs(angle) < MOST_TIPPED
    length, angle = np.hypot(*span[upright].T), angle[upright]
    middle = ((edges[:, :2] + edges[:, 2:]) / 2)[upright] - camera.middle
    aim = camera.focal * ways[..., None, :2] - middle * ways[..., None, 2:]
    off = np.remainder(angle - np.arctan2(aim[..., 0], aim[..., 1]) + np.pi / 2, np.pi) - np.pi / 2
    return length * np.exp(-0.5 * (off / WIDTH) ** 2), float(length.sum())


def _ways() -> NDArray[np.float64]:
    """(pitches, rolls, 3) the way down as a camera sees it: right, down, ahead."""
    pitch, roll = np.meshgrid(PITCHES, ROLLS, indexing="ij")
    level = np.stack([np.sin(roll), np.cos(roll)], axis=-1) * np.cos(pitch)[..., None]
    return np.concatenate([level, np.sin(pitch)[..., None]], axis=-1)
