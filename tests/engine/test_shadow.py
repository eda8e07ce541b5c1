"""Uneven light and hard shadows leave; what belongs to the material stays."""

import cv2
import numpy as np

from tests.engine.pictures import brick_wall, grass
from tilewright.engine.arrays import Floats, Pixels, floats, pixels
from tilewright.engine.synthesis.shadow import find_shadow
from tilewright.engine.synthesis.straighten import Straight
from tilewright.engine.synthesis.swatch import Swatch


def shaded(picture: Pixels, darkness: float = 0.55) -> Pixels:
    """The lower right of a slanting line is as much darker."""
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]]
    off = 0.5 * x + y - 0.85 * picture.shape[0]
    light = darkness + (1 - darkness) / (1 + np.exp(np.clip(off / 3, -30, 30)))
    return pixels(picture * light[..., None])


def even(picture: Pixels) -> Floats:
    height, width = picture.shape[:2]
    return Swatch(picture, Straight(np.eye(3), width, height, "")).view(width)


def unevenness(picture: Floats, wanted: Pixels) -> float:
    """Standard deviation of the log of the two pictures' low frequencies."""
    one, other = (cv2.GaussianBlur(floats(each), (0, 0), 30) for each in (picture, wanted))
    return float(np.log(one.mean(axis=2) / other.mean(axis=2)).std())


def tinted(picture: Floats, wanted: Pixels) -> float:
    """The same of red over blue."""
    one, other = (cv2.GaussianBlur(floats(each), (0, 0), 30) for each in (picture, wanted))
    change = np.log(one / other)
    return float((change[..., 0] - change[..., 2]).std())


def test_a_hard_shadow_on_grass_leaves() -> None:
    lawn = grass(600, 480)
    assert unevenness(floats(shaded(lawn)), lawn) > 0.2
    assert unevenness(even(shaded(lawn)), lawn) < 0.05


def test_a_hard_shadow_on_bricks_leaves() -> None:
    wall = brick_wall(720, 600)
    assert unevenness(even(shaded(wall)), wall) < 0.06


def test_a_wall_of_two_colors_has_no_shadow() -> None:
    wall = grass(480, 480)
    wall[:, 240:] = wall[:, 240:] // 2 + np.array([50, 0, 0], np.uint8)
    assert find_shadow(np.log(floats(wall) + 6)) is None


def test_bricks_and_joints_are_no_shadow() -> None:
    assert find_shadow(np.log(floats(brick_wall(480, 480, (120, 60))) + 6)) is None


def test_a_surface_in_even_light_keeps_its_colors() -> None:
    lawn = grass(600, 480)
    assert unevenness(even(lawn), lawn) < 0.02


def test_light_that_turns_blue_as_it_fades_leaves() -> None:
    lawn = grass(600, 480)
    fading = np.linspace(0, 1, 600)[None, :, None] * np.array([0.8, 0.7, 0.6])
    faded = pixels(lawn * np.exp(-fading))
    assert unevenness(floats(faded), lawn) > 0.15
    assert tinted(floats(faded), lawn) > 0.05
    assert unevenness(even(faded), lawn) < 0.03
    assert tinted(even(faded), lawn) < 0.02


def test_a_board_of_another_color_is_no_light() -> None:
    boards = grass(600, 480)
    boards[320:] = boards[320:, :, [2, 1, 0]]
    assert tinted(even(boards), boards) < 0.03
