"""What is seen once in a surface and stands out does not come again and again in its tile."""

import cv2
import numpy as np
import pytest

from tests.engine.test_sharpen import stone
from tilewright.engine.arrays import Floats, floats
from tilewright.engine.synthesis.landmarks import FEW, MANY, without_landmarks
from tilewright.engine.synthesis.quilt import quilt
from tilewright.engine.synthesis.stock import Stock, whole_stock

RUST = (190.0, 80.0, 30.0)


def stained(places: list[tuple[int, int]], reach: int = 12) -> Floats:
    picture = stone(320)
    for place in places:
        cv2.circle(picture, place, reach, RUST, -1, cv2.LINE_AA)
    return picture


def rusty(picture: Floats) -> float:
    """Share that is as red as a stain; stone has none."""
    return float((picture[..., 0] - picture[..., 2] > 80).mean())


def rows_of(count: int) -> list[tuple[int, int]]:
    return [(30 + 62 * (index % 5), 30 + 62 * (index // 5)) for index in range(count)]


def test_a_stain_is_not_in_the_tile_nor_in_what_it_is_compared_with() -> None:
    stock = without_landmarks(whole_stock(stained([(100, 90)])))
    layout = quilt(stock, (512, 512), 3, lambda fraction: None)
    assert not stock.kept[80:100, 90:110].any()
    assert stock.kept.mean() > 0.95
    assert rusty(layout.exemplar[layout.rows, layout.columns]) == 0
    assert rusty(layout.exemplar[layout.clean]) == 0


def test_a_chip_of_a_few_texels_is_a_landmark_too() -> None:
    stock = without_landmarks(whole_stock(stained(rows_of(2), 4)))
    assert rusty(stock.colors) > 0
    assert rusty(stock.colors * stock.kept[..., None]) == 0
    assert stock.kept.mean() > 0.98


def test_a_heap_of_what_comes_often_is_the_material() -> None:
    """Blurred, a heap of leaves is one large spot, and there are few heaps."""
    heap = [(160 + 22 * (index % 3), 150 + 22 * (index // 3)) for index in range(9)]
    stock = whole_stock(stained([*rows_of(MANY), *heap], 9))
    assert without_landmarks(stock) is stock


def test_of_many_the_one_that_stands_out_by_far_goes() -> None:
    picture = floats((stone(320) + stained(rows_of(2 * FEW), 8)) / 2)
    cv2.circle(picture, (200, 250), 8, (250.0, 30.0, 10.0), -1, cv2.LINE_AA)
    stock = without_landmarks(whole_stock(picture))
    assert not stock.kept[245:255, 195:205].any()
    assert stock.kept[30, 30]


def test_a_ledge_across_the_wall_goes_and_both_sides_of_it_stay() -> None:
    picture = stone(320)
    picture[100:112] = RUST
    stock = without_landmarks(whole_stock(picture))
    assert not stock.kept[98:114].any()
    assert stock.kept[:90].all()
    assert stock.kept[124:].all()
    assert stock.clean[0].start >= 112


def test_what_comes_often_is_the_material() -> None:
    stock = whole_stock(stained(rows_of(FEW + 1)))
    assert without_landmarks(stock) is stock
    assert without_landmarks(whole_stock(stained(rows_of(FEW)))).kept.mean() < 0.97


@pytest.mark.parametrize("reach", [75, 160])
def test_what_is_no_small_part_stays(reach: int) -> None:
    stock = whole_stock(stained([(160, 160)], reach))
    assert without_landmarks(stock) is stock


def test_one_in_the_middle_of_little_stays() -> None:
    """Around it there is no room to cut from."""
    stock = whole_stock(np.ascontiguousarray(stained([(160, 160)], 16)[100:220, 100:220]))
    assert without_landmarks(stock) is stock


def test_holes_stay_holes() -> None:
    kept = np.ones((320, 320), np.bool_)
    kept[:, 290:] = False
    stock = without_landmarks(Stock(stained([(100, 90)]), kept, (slice(0, 320), slice(0, 288))))
    assert not stock.kept[:, 290:].any()
    assert not stock.kept[80:100, 90:110].any()
    assert stock.clean[1].stop <= 288
