"""Small spots that catch the eye are shown less often than the rest of a surface."""

import cv2
import numpy as np

from tests.engine.test_landmarks import RUST, rows_of, rusty, stained
from tests.engine.test_sharpen import stone
from tilewright.engine.lab import lab_features
from tilewright.engine.synthesis.landmarks import FEW, without_landmarks
from tilewright.engine.synthesis.quilt import quilt
from tilewright.engine.synthesis.spots import find_spots
from tilewright.engine.synthesis.stock import COARSE, whole_stock

CHIPS = rows_of(FEW + 1)
"""Too many to be left out."""


def test_chips_are_shown_less_often_than_the_rest() -> None:
    """On a strip of stone; they lie away from its ends, where pieces are taken from most."""
    strip = np.ascontiguousarray(stone(960)[:320])
    for index in range(FEW + 1):
        cv2.circle(strip, (60 + 105 * index, 90 + 70 * (index % 3)), 4, RUST, -1, cv2.LINE_AA)
    stock = whole_stock(strip)
    assert without_landmarks(stock) is stock
    for seed in range(3):
        layout = quilt(stock, (768, 768), seed, lambda fraction: None)
        shown = rusty(layout.exemplar[layout.rows, layout.columns])
        assert shown < rusty(layout.exemplar)


def test_each_chip_is_one_spot_and_stone_has_none() -> None:
    every = np.ones((320, 320), np.bool_)
    spots = find_spots(lab_features(stained(CHIPS, 4)), every)
    assert spots.shape == (320 // COARSE, 320 // COARSE)
    assert spots.sum() == len(CHIPS)
    assert all(spots[y // COARSE - 1 : y // COARSE + 2, :].any() for _, y in CHIPS)
    assert find_spots(lab_features(stone(320)), every).sum() == 0


def test_what_lies_in_a_hole_is_no_spot() -> None:
    kept = np.ones((320, 320), np.bool_)
    kept[:200] = False
    assert find_spots(lab_features(stained([(100, 90)], 4)), kept).sum() == 0
