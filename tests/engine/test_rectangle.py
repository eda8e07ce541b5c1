"""Of a surface the part is taken that is large and sharp."""

import itertools

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from tests.engine.test_sharpen import blurred, stone
from tilewright.engine.arrays import Pixels, pixels
from tilewright.engine.synthesis.rectangle import (
    Rectangle,
    best_rectangle,
    largest_rectangle,
    worth,
)

SIDE = 512


def best(gray: Pixels) -> Rectangle:
    """Of a photo that is seen straight on, all of it the surface."""
    return best_rectangle(np.eye(3), np.ones(gray.shape, np.bool_), gray)


def half_soft(sigma: float, sharp: slice) -> Pixels:
    picture, soft = stone(SIDE), blurred(stone(SIDE), sigma)
    soft[:, sharp] = picture[:, sharp]
    return pixels(soft[..., 0])


@pytest.mark.parametrize("sharp", [slice(0, 256), slice(256, SIDE)])
def test_the_half_in_focus_is_taken(sharp: slice) -> None:
    found = best(half_soft(2.0, sharp))
    left = found.to_photo[0, 2]
    assert sharp.start - 16 <= left
    assert left + found.width <= sharp.stop + 16
    assert found.width > 220
    assert found.height > 480


@pytest.mark.parametrize("sigma", [0.4, 2.0])
def test_all_of_what_is_equally_sharp_is_taken(sigma: float) -> None:
    found = best(pixels(blurred(stone(SIDE), sigma)[..., 0]))
    assert min(found.width, found.height) > 480


def test_a_small_sharp_corner_is_not_enough() -> None:
    found = best(half_soft(2.0, slice(0, 64)))
    assert min(found.width, found.height) > 480


def test_what_is_too_smooth_to_be_sharp_is_taken_whole() -> None:
    smooth = np.tile(np.linspace(90, 160, SIDE), (SIDE, 1)).astype(np.uint8)
    found = best(smooth)
    assert min(found.width, found.height) > 480


def test_no_rectangle_of_a_plan_is_worth_more_than_the_one_found() -> None:
    random = np.random.default_rng(3)
    for share in (0.0, 0.5, 0.8, 0.95, 1.0):
        view = random.random((9, 14)) < share
        whole = [
            float(worth(np.array(width), np.array(height)))
            for width, height in itertools.product(range(1, 15), range(1, 10))
            if sliding_window_view(view, (height, width)).all(axis=(2, 3)).any()
        ]
        x, y, width, height = largest_rectangle(view)

        assert view[y : y + height, x : x + width].all() or not whole
        assert worth(np.array(width), np.array(height)) == max(whole, default=1)
