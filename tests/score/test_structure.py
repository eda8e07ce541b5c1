"""Structure says whether a tile is put together inside as its surface is."""

from collections.abc import Callable

import numpy as np
import pytest

from tests.score.textures import Pixels, bricks, gingham, grain
from tilewright.score import score_tile


def structure(tile: Pixels, reference: Pixels) -> float:
    found = score_tile(tile, reference).structure
    assert found is not None
    return found


def strips_out_of_order(tile: Pixels, wide: int) -> Pixels:
    """Upright strips, each moved down by another length."""
    moves = np.random.default_rng(3).integers(0, tile.shape[0], tile.shape[1] // wide)
    parts = [
        np.roll(tile[:, index * wide : (index + 1) * wide], int(move), 0)
        for index, move in enumerate(moves)
    ]
    return np.concatenate(parts, axis=1)


def test_without_a_reference_of_its_scale_it_is_not_measured() -> None:
    assert score_tile(bricks()).structure is None
    assert score_tile(bricks(), bricks(), same_scale=False).structure is None


@pytest.mark.parametrize("surface", [grain, bricks, gingham])
def test_a_tile_is_put_together_as_itself(surface: Callable[[], Pixels]) -> None:
    assert structure(surface(), surface()) > 0.95


def test_so_is_another_part_of_the_same_surface_at_any_size() -> None:
    assert structure(bricks(512, 512), bricks(512, 512)[64:448, 30:478]) > 0.85
    assert structure(grain(256, 256, seed=1), grain(200, 330, seed=2)) > 0.85
    assert structure(bricks(1024, 1024), bricks(1024, 1024)[100:800, 50:750]) > 0.8


def test_strips_of_bricks_out_of_order_are_a_ruin_whose_wraps_are_good() -> None:
    wall = bricks(512, 512)
    found = score_tile(strips_out_of_order(wall, 16), wall)
    assert found.structure is not None
    assert found.structure < 0.6
    assert found.fidelity is not None
    assert found.fidelity > 0.85
    assert found.overall < 0.75
    assert found.words[0].startswith("Inside, the tile is put together")


def test_grain_has_no_structure_that_could_break() -> None:
    sand = grain(512, 512)
    assert structure(strips_out_of_order(sand, 64), sand) > 0.85


def test_what_is_too_faint_to_be_seen_counts_less() -> None:
    wall = bricks(512, 512)
    broken = strips_out_of_order(wall, 16)
    faint, faintly_broken = (
        (one.astype(np.float64) * 0.1 + 120).astype(np.uint8) for one in (wall, broken)
    )
    assert structure(faintly_broken, faint) > structure(broken, wall) + 0.1
