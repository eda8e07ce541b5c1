"""Courses of bricks, boards and slabs are found by their joints, and nothing else is taken so."""

import cv2
import numpy as np
import pytest

from tests.engine.pictures import brick_wall, floor, grass, pebbles
from tilewright.engine.arrays import Pixels
from tilewright.score.courses import Joints, element_length, find_joints
from tilewright.score.plane import to_lab


def joints(picture: Pixels, *, wraps: bool = False) -> Joints:
    return find_joints(to_lab(picture), wraps=wraps)


@pytest.mark.parametrize("course", [8, 13, 24, 40])
def test_the_step_from_course_to_course_is_found(course: int) -> None:
    _, down = joints(brick_wall(320, 240, (3 * course, course)))

    assert down.length == pytest.approx(course, rel=0.01)
    assert down.clear > 0.5


def test_slabs_have_joints_both_ways_and_a_tile_is_read_across_its_border() -> None:
    assert [one.length for one in joints(floor(320))] == pytest.approx([40, 40], rel=0.01)
    assert [one.length for one in joints(floor(320), wraps=True)] == pytest.approx(
        [40, 40], rel=0.01
    )


def test_joints_as_light_as_the_bricks_are_told_by_their_color() -> None:
    wall = brick_wall(320, 240)
    lab = cv2.cvtColor(wall, cv2.COLOR_RGB2LAB)
    lab[..., 0] = 120
    _, down = joints(np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), np.uint8))

    assert down.length == pytest.approx(24, rel=0.01)


def test_bricks_are_measured_along_their_courses_by_the_color_of_the_joints() -> None:
    """Each brick has its own shade, every other course is moved by half a brick."""
    lab = to_lab(brick_wall(400, 240, (48, 16)))
    bricks = element_length(lab, find_joints(lab, wraps=False)[1])

    assert bricks.length == pytest.approx(48, rel=0.02)


def test_courses_may_sag() -> None:
    wall = brick_wall(320, 240)
    sag = 6 * np.sin(np.arange(320) / 50).astype(np.float32)
    x, y = np.meshgrid(np.arange(320, dtype=np.float32), np.arange(240, dtype=np.float32))
    _, down = joints(np.asarray(cv2.remap(wall, x, y + sag, cv2.INTER_LINEAR), np.uint8))

    assert down.length == pytest.approx(24, rel=0.02)


@pytest.mark.parametrize("picture", [grass(320, 240), pebbles(320, 240)], ids=["grass", "pebbles"])
def test_what_lies_in_no_courses_has_none(picture: Pixels) -> None:
    assert all(one.clear == 0 for one in joints(picture))


def test_a_shift_is_off_by_what_it_leads_between_the_joints() -> None:
    _, down = joints(brick_wall(320, 240))

    assert down.off(24 * 5) < 0.01
    assert down.off(24 * 5 + 12) > 0.99
    assert down.scaled(2).off(24 * 5 * 2 + 12) == pytest.approx(down.off(24 * 5 + 6), abs=1e-6)
