"""Fidelity says how like the reference a tile is, and is null without one."""

import numpy as np
import pytest

from tests.score.textures import PHOTOS, Pixels, bricks, gingham, grain, photo
from tilewright.score import score_tile


def fidelity(tile: Pixels, reference: Pixels) -> float:
    found = score_tile(tile, reference).fidelity
    assert found is not None
    return found


def test_without_a_reference_it_is_not_measured() -> None:
    assert score_tile(grain(64, 64)).fidelity is None


@pytest.mark.parametrize("name", PHOTOS)
def test_a_picture_is_like_itself(name: str) -> None:
    assert fidelity(photo(name), photo(name)) > 0.95


def test_another_piece_of_the_same_surface_is_alike_at_any_size() -> None:
    assert fidelity(grain(256, 256, seed=1), grain(200, 330, seed=2)) > 0.9
    assert fidelity(bricks(seed=1), bricks(seed=7)[:190, :230]) > 0.8


def test_another_material_is_not() -> None:
    assert fidelity(bricks(), grain()) < 0.5
    assert fidelity(bricks(), gingham()) < 0.5


def test_a_small_change_of_scale_is_tolerated() -> None:
    assert fidelity(grain(coarseness=3.4), grain(coarseness=3.0)) > 0.8


def test_a_blurred_tile_is_less_alike() -> None:
    tile = photo("oak_leaves.jpg")
    shifts = [(down, right) for down in range(-2, 3) for right in range(-2, 3)]
    soft = np.mean([np.roll(tile, shift, (0, 1)) for shift in shifts], axis=0)
    assert fidelity(soft.astype(np.uint8), tile) < 0.8


def test_another_color_is_less_alike() -> None:
    tile = grain()
    assert fidelity(np.ascontiguousarray(tile[..., ::-1]), tile) < 0.75


def test_turned_lines_are_less_alike() -> None:
    planks = grain(256, 256).copy()
    planks = np.ascontiguousarray(np.repeat(planks[:, ::16], 16, axis=1))
    assert fidelity(np.ascontiguousarray(np.swapaxes(planks, 0, 1)), planks) < 0.7
