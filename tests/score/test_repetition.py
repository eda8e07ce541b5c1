"""Nothing in a tile may be seen twice by accident; what is regular by nature may."""

from collections.abc import Callable

import numpy as np
import pytest

from tests.score.textures import Pixels, bricks, gingham, grain, mirrored
from tilewright.score import score_tile


def repetition(tile: Pixels) -> float:
    return score_tile(tile).repetition


@pytest.mark.parametrize("surface", [grain, bricks])
def test_a_tile_without_copies_has_full_marks(surface: Callable[[], Pixels]) -> None:
    assert repetition(surface()) > 0.9


def test_a_regular_material_is_not_punished_into_the_ground() -> None:
    assert repetition(gingham()) > 0.6


@pytest.mark.parametrize("surface", [grain, bricks])
@pytest.mark.parametrize("times", [(2, 2, 1), (1, 2, 1), (3, 3, 1)])
def test_a_tile_laid_several_times_is_found(
    surface: Callable[[int, int], Pixels], times: tuple[int, int, int]
) -> None:
    assert repetition(np.tile(surface(128, 128), times)) < 0.2


def test_a_mirrored_half_is_found() -> None:
    assert repetition(mirrored(grain())) < 0.5


def test_a_copied_piece_costs_a_little() -> None:
    tile = grain(512, 512)
    copied = tile.copy()
    copied[300:450, 320:470] = tile[40:190, 60:210]
    assert repetition(tile) - 0.3 < repetition(copied) < repetition(tile) - 0.02


def laid_of_few(surface: Pixels, side: int, keep: int, seed: int = 5) -> Pixels:
    """Square pieces from one corner of a surface, laid side by side at random."""
    draw = np.random.default_rng(seed)
    tile = np.empty((512, 512, 3), np.uint8)
    for down in range(0, 512, side):
        for right in range(0, 512, side):
            top, left = draw.integers(0, keep - side + 1, 2)
            tile[down : down + side, right : right + side] = surface[
                top : top + side, left : left + side
            ]
    return tile


def test_the_more_often_a_piece_is_shown_the_lower_is_the_mark() -> None:
    wall = bricks(512, 512)
    few, fewer = (laid_of_few(wall, 64, keep) for keep in (256, 128))
    assert repetition(wall) > repetition(few) + 0.05 > repetition(fewer) + 0.15


def test_what_is_too_even_to_be_recognized_may_come_again() -> None:
    wall = laid_of_few(bricks(512, 512), 64, 128)
    faint = (wall.astype(np.float64) * 0.06 + 120).astype(np.uint8)
    assert repetition(faint) > repetition(wall) + 0.2


def stained(places: list[tuple[int, int]], looks: list[int]) -> Pixels:
    """Even plaster with stains; those drawn by the same number look the same."""
    wall = 180 + 0.15 * (grain(512, 512, coarseness=1.0).astype(np.float64) - 115)
    for (top, left), number in zip(places, looks, strict=True):
        blots = np.random.default_rng(number).random((8, 8, 1)).repeat(5, 0).repeat(5, 1)
        edge = np.hanning(40)
        wall[top : top + 40, left : left + 40] -= 90 * blots * np.outer(edge, edge)[..., None]
    return np.clip(wall, 0, 255).astype(np.uint8)


STAINS = [(30, 40), (200, 300), (350, 100), (420, 430), (120, 180)]


def test_one_stain_in_five_places_is_found_and_five_stains_are_not() -> None:
    same, others = (stained(STAINS, looks) for looks in ([1] * 5, [1, 2, 3, 4, 5]))
    found = score_tile(same)
    assert found.repetition < 0.6
    assert "5 times" in found.words[0]
    assert repetition(others) > 0.9


def test_rivets_are_no_accident() -> None:
    places = [(row, column) for row in range(20, 480, 100) for column in range(20, 480, 100)]
    assert repetition(stained(places, [1] * len(places))) > 0.6


def test_a_straight_crack_is_seen_once_though_it_looks_alike_all_along() -> None:
    wall = 180 + 0.15 * (grain(512, 512, coarseness=1.0).astype(np.float64) - 115)
    wall[200:204, 100:190] -= 90
    assert repetition(np.clip(wall, 0, 255).astype(np.uint8)) > 0.9
