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
