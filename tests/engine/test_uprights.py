"""Ground is level under what stands upright on it, and is turned to face us by that."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tilewright.engine.arrays import Mask, Pixels
from tilewright.engine.synthesis.camera import Camera, center_of
from tilewright.engine.synthesis.straighten import straighten
from tilewright.engine.synthesis.uprights import level_ground
from tilewright.engine.synthesis.words import GROUND

WIDE, HIGH, FOCAL = 900, 600, 900.0
POSTS = 16


def street(pitch: float, roll: float = 0.0, lean: float = 0.0) -> tuple[Pixels, Mask, Mask]:
    """Gray ground with posts along its far end, seen by a camera held so (degrees), the ground, and
    what of the picture is below its horizon. lean: how far posts lean this way and that.
    """
    turned = (
        cv2.Rodrigues(np.radians([0, 0, roll]))[0] @ cv2.Rodrigues(np.radians([pitch, 0, 0]))[0]
    )
    rows, columns = np.mgrid[:HIGH, :WIDE]
    rays = np.stack([(columns - WIDE / 2) / FOCAL, (rows - HIGH / 2) / FOCAL, np.ones_like(rows)])
    down = np.einsum("i,ijk->jk", turned[:, 1], rays)
    far = np.einsum("i,ijk->jk", turned[:, 2], rays) / np.maximum(down, 1e-9)
    below = down > 0
    ground = below & (far < 4)
    chance = np.random.default_rng(1)
    picture = np.where(ground, 120 + chance.normal(0, 6, (HIGH, WIDE)), 210).astype(np.uint8)
    for number in range(POSTS):
        x, tilt = (number - POSTS / 2) * 0.24, np.radians(chance.uniform(-lean, lean))
        foot = np.array([x, 1.0, 4.2])
        top = foot + 1.9 * np.array([np.sin(tilt), -np.cos(tilt), 0])
        wide = np.array([0.09, 0, 0])
        quad = np.array([foot, top, top + wide, foot + wide]) @ turned.T
        corners = FOCAL * quad[:, :2] / quad[:, 2:] + [WIDE / 2, HIGH / 2]
        cv2.fillPoly(picture, [np.rint(corners).astype(np.int32)], 40)
    return np.dstack([picture] * 3), ground & (picture > 60), below


def horizon(photo: Pixels, ground: Mask) -> NDArray[np.float64] | None:
    """Where the middle column of a photo meets the horizon, in pixels from the top; None if the
    ground is not known to be level.
    """
    camera = Camera(FOCAL, center_of(ground), ground.shape)
    level = level_ground(np.ascontiguousarray(photo[..., 0]), ground, ~ground, camera)
    if level is None:
        return None
    off = level.fade[0] * (WIDE / 2 - camera.center[0])
    return np.asarray(camera.center[1] - (1 + off) / level.fade[1])


@pytest.mark.parametrize(("pitch", "roll"), [(0, 0), (15, 0), (8, 4), (-3, -3)])
def test_posts_tell_how_the_camera_was_held_and_so_where_the_horizon_is(
    pitch: float, roll: float
) -> None:
    photo, ground, _ = street(pitch, roll)
    true = HIGH / 2 - FOCAL * np.tan(np.radians(pitch)) / np.cos(np.radians(roll))
    found = horizon(photo, ground)
    assert found is not None
    assert abs(found - true) < FOCAL * np.radians(2.5)


def test_ground_without_grain_is_turned_by_what_stands_on_it() -> None:
    photo, ground, _ = street(0)
    straight = straighten(photo, ground, GROUND, None)
    assert straight.how.endswith("from what stands upright around it")
    assert 70 < float(straight.how.split()[2]) < 85


def test_what_is_not_shown_stands_nowhere() -> None:
    photo, ground, _ = street(0)
    straight = straighten(photo, ground, GROUND, None, ground)
    assert straight.how == "seen as photographed: no sure sign of perspective"


def test_poles_that_lean_every_way_tell_nothing() -> None:
    photo, ground, _ = street(0, lean=30)
    assert horizon(photo, ground) is None


def test_few_posts_tell_nothing() -> None:
    photo, ground, _ = street(0)
    photo[:, : WIDE * 2 // 3][~ground[:, : WIDE * 2 // 3]] = 210
    assert horizon(photo, ground) is None


def test_what_reaches_above_the_horizon_is_no_ground() -> None:
    photo, ground, below = street(0)
    house = np.zeros_like(ground)
    house[:, :60] = ~below[:, :60]
    assert horizon(photo, ground | house) is None
