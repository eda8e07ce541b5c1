"""Herringbone comes again at 45 degrees to its bricks' edges; other patterns along them."""

import cv2
import numpy as np
import pytest

from tests.engine.pictures import brick_wall, checks, grass
from tilewright.engine.arrays import Pixels, pixels
from tilewright.engine.synthesis.camera import Camera, facing
from tilewright.engine.synthesis.periods import lie_halfway
from tilewright.engine.synthesis.straighten import FOCAL_RATIO, straighten
from tilewright.engine.synthesis.words import GROUND

SIZE = (960, 720)


def herringbone(side: int, width: int = 30, length: int = 66) -> Pixels:
    """Bricks along the sides, with light joints; each has its own shade."""
    random = np.random.default_rng(5)
    floor = np.full((side, side, 3), 190.0)
    for step in range(-side // width, 2 * side // width):
        for lane in range(-side // length - 2, side // length + 2):
            x, y = step * width + lane * length, step * width - lane * length
            for wide, high, up in ((length, width, 0), (width, length, width)):
                left, top = max(0, x), max(0, y + up)
                shade = np.array([150, 90, 70]) + random.integers(-25, 25)
                floor[top : max(0, y + up + high - 3), left : max(0, x + wide - 3)] = shade
    return pixels(floor + random.normal(0, 6, (side, side, 1)))


def gray(picture: Pixels) -> Pixels:
    return pixels(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY))


def test_herringbone_comes_again_halfway_between_its_edges() -> None:
    assert lie_halfway(gray(herringbone(600)), np.eye(3), 600, 600)


@pytest.mark.parametrize("picture", [brick_wall(600, 500), checks(600, 500, 60), grass(600, 400)])
def test_other_patterns_come_again_along_their_edges_or_nowhere(picture: Pixels) -> None:
    height, width = picture.shape[:2]
    assert not lie_halfway(gray(picture), np.eye(3), width, height)


def test_a_floor_in_herringbone_is_turned_so_that_it_can_wrap() -> None:
    camera = Camera(FOCAL_RATIO * SIZE[0], np.array([SIZE[0] / 2, SIZE[1] / 2]), SIZE[::-1])
    middle = np.array([[1, 0, -900], [0, 1, -900], [0, 0, 1.0]])
    to_photo = facing(np.radians(40), np.radians(-90), 0.0, camera) @ middle
    photo = pixels(cv2.warpPerspective(herringbone(1800), to_photo, SIZE, flags=cv2.INTER_AREA))
    straight = straighten(photo, np.ones(photo.shape[:2], bool), GROUND, None)
    assert straight.how.endswith("from its lines, with its periods")
    way = np.linalg.inv(to_photo) @ straight.to_photo
    ends = np.array([[[0, 0], [straight.width, 0]]], np.float64)
    start, end = cv2.perspectiveTransform(ends, way)[0]
    angle = np.degrees(np.arctan2(*(end - start)[::-1])) % 90
    assert angle == pytest.approx(45, abs=4)
