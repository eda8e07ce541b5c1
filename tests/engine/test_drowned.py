"""What is far out of focus is left out of a quilt where enough of the surface is sharper."""

import numpy as np
import pytest

from tests.engine.test_focus import DOWN, fading
from tests.engine.test_sharpen import blurred, leaves, stone
from tilewright.engine.arrays import Floats
from tilewright.engine.synthesis.drowned import ENOUGH, sharp_part
from tilewright.engine.synthesis.stock import Stock, whole_stock


def test_the_soft_end_is_not_taken_and_half_is_at_least() -> None:
    picture = fading(stone(), softest=6.0)
    taken = sharp_part(whole_stock(picture), DOWN)
    high = len(taken.colors)
    assert int(ENOUGH * len(picture)) <= high < 0.7 * len(picture)
    assert np.array_equal(taken.colors, picture[-high:])
    assert taken.kept.shape == taken.colors.shape[:2]


def test_on_its_side_it_is_the_same() -> None:
    picture = fading(stone(), softest=6.0).swapaxes(0, 1)
    taken = sharp_part(whole_stock(np.ascontiguousarray(picture)), DOWN[::-1])
    assert np.array_equal(taken.colors, picture[:, -taken.colors.shape[1] :])


def test_what_lies_around_the_clean_part_goes_with_its_end() -> None:
    picture = fading(stone(), softest=6.0)
    kept = np.ones(picture.shape[:2], np.bool_)
    clean = slice(20, len(picture) - 30), slice(10, picture.shape[1] - 10)
    taken = sharp_part(Stock(picture, kept, clean), DOWN)
    start = len(picture) - len(taken.colors)
    assert start > 20
    assert np.array_equal(taken.colors, picture[start:])
    part = taken.colors[taken.clean]
    assert np.array_equal(part, picture[start : clean[0].stop, clean[1]])


@pytest.mark.parametrize("surface", [stone(), leaves(), blurred(stone(), 1.2)])
def test_all_of_what_is_equally_sharp_is_taken(surface: Floats) -> None:
    stock = whole_stock(surface)
    assert sharp_part(stock, DOWN) is stock
    assert sharp_part(whole_stock(fading(stone())), None).colors.shape == stone().shape
