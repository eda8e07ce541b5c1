"""A quilt fills any tile from a small exemplar, meets itself, and does not repeat one piece."""

import numpy as np
import pytest

from tests.engine.pictures import brick_wall, grass
from tilewright.engine.arrays import Floats, Pixels, floats, pixels
from tilewright.engine.synthesis.keep import Layout
from tilewright.engine.synthesis.quilt import quilt
from tilewright.score import score_tile


def quilted(picture: Pixels, size: tuple[int, int], seed: int = 5) -> Layout:
    return quilt(floats(picture), size, seed, lambda fraction: None)


def tile(layout: Layout) -> Floats:
    return layout.exemplar[layout.rows, layout.columns]


@pytest.mark.parametrize("source", [(200, 150), (40, 300), (24, 24), (700, 90)])
def test_any_exemplar_fills_any_tile(source: tuple[int, int]) -> None:
    layout = quilted(grass(*source), (416, 320))

    assert layout.rows.shape == layout.columns.shape == (320, 416)
    assert 0 <= layout.rows.min() <= layout.rows.max() < source[1]
    assert 0 <= layout.columns.min() <= layout.columns.max() < source[0]


def test_bricks_stay_on_their_courses_across_cuts_and_the_wrap() -> None:
    """The cell is whole courses high and whole bricks wide, as the lattice makes it."""
    layout = quilted(brick_wall(320, 240), (512, 384))
    score = score_tile(pixels(tile(layout)))

    # a course is 24 texels high: every piece is moved up or down by the same part of one
    moved = (layout.rows - np.arange(384)[:, None]) % 24
    assert np.bincount(moved.ravel()).max() > 0.95 * moved.size
    assert score.seam > 0.9


def test_a_tile_is_no_repeat_of_its_exemplar() -> None:
    tile_score = score_tile(pixels(tile(quilted(grass(160, 160), (512, 512)))))
    repeat_score = score_tile(np.tile(grass(128, 128), (4, 4, 1)))

    assert tile_score.repetition > 0.8 > 2 * repeat_score.repetition


def test_the_seed_chooses_the_pieces() -> None:
    one, again, other = (quilted(grass(160, 160), (256, 256), seed) for seed in (5, 5, 6))

    assert np.array_equal(one.rows, again.rows)
    assert (one.rows != other.rows).mean() > 0.5


def test_the_tick_can_stop_it_at_every_piece() -> None:
    shares: list[float] = []
    layout = quilt(floats(grass(100, 100)), (256, 256), 5, shares.append)

    assert len(shares) == layout.pieces
    assert shares == sorted(shares)
    assert max(np.diff(shares)) < 0.1
