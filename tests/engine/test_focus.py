"""A surface that recedes becomes as sharp far away and out of focus as it is at its best."""

import cv2
import numpy as np
import pytest

from tests.engine.test_sharpen import apart, blurred, leaves, stone
from tilewright.engine.arrays import Floats, floats
from tilewright.engine.synthesis.focus import find_fading, find_slope
from tilewright.engine.synthesis.sharpen import light_of, sharpened
from tilewright.engine.synthesis.straighten import Straight

DOWN = (0.0, 1e-3)
"""Nearer by a thousandth from row to row."""


def fading(picture: Floats, softest: float = 2.0) -> Floats:
    """In focus at the lower end, and less and less above."""
    levels = [blurred(picture, max(0.01, softest * step / 4)) for step in range(5)]
    where = np.linspace(4, 0, len(picture))[:, None, None]
    parts = [np.maximum(0, 1 - np.abs(where - step)) * level for step, level in enumerate(levels)]
    return floats(np.sum(parts, axis=0))


@pytest.mark.parametrize("lack", [0.0, 0.3])
def test_the_soft_end_comes_nearer_to_the_surface_and_the_sharp_end_stays_near(lack: float) -> None:
    soft = fading(stone())
    found = find_fading(light_of(soft), DOWN)
    assert found is not None
    evened = sharpened(soft, 1.0, lack, found)
    far, near = slice(0, 150), slice(-150, None)
    assert apart(evened[far], stone()[far]) < 0.9 * apart(soft[far], stone()[far])
    assert apart(evened[near], soft[near]) < 0.3 * float(soft[near].std())


def test_the_gain_is_where_the_softness_is_in_a_larger_picture_too() -> None:
    soft = fading(stone())
    found = find_fading(light_of(soft), DOWN)
    larger = floats(cv2.copyMakeBorder(soft, 40, 0, 60, 0, cv2.BORDER_REFLECT))
    clean = slice(40, None), slice(60, None)
    inside = sharpened(larger, 1.0, 0.3, found, clean)[clean]
    assert apart(inside, sharpened(soft, 1.0, 0.3, found)) < 0.5


@pytest.mark.parametrize("surface", [stone(), leaves(), blurred(stone(), 1.2)])
def test_what_is_equally_sharp_everywhere_stays_so(surface: Floats) -> None:
    assert find_fading(light_of(surface), DOWN) is None


def test_soft_patches_are_the_material_and_no_distance() -> None:
    patches = np.zeros((512, 512, 1))
    patches[100:230, 60:200] = patches[300:420, 280:440] = patches[40:140, 330:450] = 1
    mixed = floats(patches * blurred(stone(), 2.0) + (1 - patches) * stone())
    assert find_fading(light_of(mixed), DOWN) is None


def test_what_is_too_small_to_compare_is_left_alone() -> None:
    assert find_fading(light_of(fading(stone())[:100]), DOWN) is None


def test_only_a_view_that_recedes_has_a_far_end() -> None:
    flat = Straight(np.eye(3), 800, 600, "")
    assert find_slope(flat) is None
    receding = np.array([[1, 0, 0], [0, 1, 0], [0, 5e-4, 1.0]])
    assert find_slope(Straight(receding, 800, 600, "")) == (0.0, 5e-4)
