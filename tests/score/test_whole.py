"""Any tile gets valid marks, and the same ones every time."""

import cv2
import numpy as np
import pytest

from tests.score.textures import Pixels, bricks, cut_out, grain
from tilewright.score import score_tile

NOISE = np.random.default_rng(4)


def noise(height: int, width: int) -> Pixels:
    return NOISE.integers(0, 256, (height, width, 3), np.uint8)


ODD_TILES = {
    "tiny noise": noise(16, 16),
    "tiny black": np.zeros((16, 16, 3), np.uint8),
    "white": np.full((50, 40, 3), 255, np.uint8),
    "wide": noise(16, 700),
    "high": noise(700, 16),
    "odd sides": noise(97, 131),
    "gray": np.repeat(noise(64, 64)[..., :1], 3, axis=2),
    "half and half": np.repeat(np.array([[0], [255]], np.uint8), 32, 0)
    .repeat(192, 1)
    .reshape(64, 64, 3),
}


@pytest.mark.parametrize("name", ODD_TILES)
def test_odd_tiles_get_marks_between_0_and_1(name: str) -> None:
    tile = ODD_TILES[name]
    for reference in (None, tile, grain(64, 64), tile[:16, :16]):
        found = score_tile(tile, reference)
        marks = [found.seam, found.repetition, found.across.score, found.down.score]
        marks += [] if found.fidelity is None else [found.fidelity]
        assert all(0 <= mark <= 1 for mark in marks)
        assert found.seam == min(found.across.score, found.down.score)
        assert found.words


@pytest.mark.parametrize("name", ["tiny black", "white"])
def test_one_color_is_a_perfect_tile(name: str) -> None:
    found = score_tile(ODD_TILES[name], ODD_TILES[name])
    assert (found.seam, found.repetition, found.fidelity) == (1, 1, 1)


@pytest.mark.parametrize("side", [64, 128, 256])
def test_pure_noise_has_neither_seam_nor_repetition(side: int) -> None:
    found = score_tile(noise(side, side))
    assert found.seam > 0.85
    assert found.repetition > 0.9


def test_the_number_of_threads_changes_nothing() -> None:
    tile, threads = cut_out(bricks()), cv2.getNumThreads()
    scores = []
    for count in (1, 2, 5):
        cv2.setNumThreads(count)
        scores.append(score_tile(tile, grain()))
    cv2.setNumThreads(threads)
    assert scores[0] == scores[1] == scores[2]


def test_a_read_only_view_is_scored_like_a_copy() -> None:
    tile = grain()[::2, ::2]
    tile.flags.writeable = False
    assert score_tile(tile) == score_tile(tile.copy())
