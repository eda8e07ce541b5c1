"""Each fault is named in a plain sentence, the worst first."""

import numpy as np

from tests.score.textures import bricks, cross_faded, cut_out, grain, mirrored
from tilewright.score import score_tile
from tilewright.score.words import GOOD, SURE


def test_a_good_tile_is_called_good() -> None:
    assert score_tile(grain()).words == [
        "Neither wrap can be told from the inside, and nothing repeats."
    ]
    assert "looks like its source" in score_tile(grain(), grain(seed=3)).words[0]


def test_a_tile_of_one_color_is_not_said_to_look_like_its_source() -> None:
    red = np.full((128, 128, 3), (200, 30, 30), np.uint8)
    assert score_tile(red, red).words == ["It is of one color: no texture is to be seen on it."]
    assert "of one color" not in " ".join(score_tile(grain()).words)


def test_a_tile_with_a_few_spots_twice_is_not_said_to_have_none() -> None:
    tile = grain(256, 256).copy()
    tile[140:220, 150:230] = tile[150:230, 30:110] = tile[5:85, 20:100]
    score = score_tile(tile)
    assert GOOD < score.repetition < SURE
    assert "a few spots come again" in score.words[0]


def test_a_spot_seen_many_times_is_told_as_that_and_not_as_a_mirror() -> None:
    tile, chance = grain(512, 512).copy(), np.random.default_rng(0)
    for top, left in chance.integers(0, 490, (7, 2)):
        tile[top : top + 14, left : left + 14] = (250, 240, 120)
    assert score_tile(tile).words[0].startswith("The same spot that catches the eye is seen")


def test_a_hard_seam_is_told_in_steps() -> None:
    words = score_tile(cut_out(grain())).words
    assert "times the steps inside." in words[0]
    assert {sentence.split(" shows")[0] for sentence in words} == {
        "The wrap from right to left",
        "The wrap from bottom to top",
    }


def test_a_mirror_is_called_a_mirror() -> None:
    words = " ".join(score_tile(mirrored(grain())).words)
    assert "its two sides mirror each other" in words
    assert "its own mirror image" in words


def test_a_cross_fade_is_called_fading() -> None:
    assert "detail fades" in " ".join(score_tile(cross_faded(grain(384, 384))).words)


def test_a_repeat_is_told_with_its_shift() -> None:
    words = score_tile(np.tile(bricks(256, 128), (1, 2, 1))).words
    assert "shifted by 50% of its width and 0% of its height" in words[0]


def test_an_unlike_tile_is_told_why() -> None:
    dark = (grain() * 0.5).astype(np.uint8)
    assert "unlike the photo" in score_tile(dark, grain()).words[0]


def test_the_worst_comes_first() -> None:
    twice = np.tile(grain(128, 128), (2, 2, 1))
    repeated, unlike = score_tile((twice * 0.85).astype(np.uint8), grain()).words
    assert "repeats itself" in repeated
    assert "a little unlike the photo" in unlike
