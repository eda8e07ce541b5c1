"""The seam is measured by what the eye finds at the wrap, against what is inside the tile."""

from collections.abc import Callable

import numpy as np
import pytest

from tests.score.textures import (
    PHOTOS,
    Pixels,
    blurred_at_the_wrap,
    bricks,
    cross_faded,
    cut_out,
    gingham,
    grain,
    mirrored,
    photo,
    to_bytes,
)
from tilewright.score import seam_score

SURFACES = pytest.mark.parametrize("surface", [grain, bricks, gingham])


def across(tile: Pixels) -> float:
    return seam_score(tile)[0].score


@SURFACES
def test_a_true_tile_has_no_seam(surface: Callable[[], Pixels]) -> None:
    assert min(axis.score for axis in seam_score(surface())) > 0.8


@SURFACES
def test_a_true_tile_has_none_wherever_it_is_rolled_to(surface: Callable[[], Pixels]) -> None:
    tile = surface()
    rolled = [np.roll(tile, shift, (0, 1)) for shift in ((17, 40), (100, 3), (64, 128))]
    assert min(axis.score for one in rolled for axis in seam_score(one)) > 0.85


@pytest.mark.parametrize("name", PHOTOS)
def test_a_crop_of_a_photo_has_a_seam(name: str) -> None:
    assert min(axis.score for axis in seam_score(photo(name))) < 0.45


def test_the_kinds_of_failure_come_in_the_order_in_which_they_disturb() -> None:
    tile = grain(384, 384)
    order = [tile, cross_faded(tile), mirrored(tile), cut_out(tile)]
    scores = [across(one) for one in order]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == len(scores)


def test_a_blurred_seam_is_not_a_good_seam() -> None:
    assert across(blurred_at_the_wrap(grain())) < 0.5


def test_a_wide_cross_fade_is_found() -> None:
    assert across(cross_faded(photo("oak_leaves.jpg"), 0.25)) < 0.8


def test_each_wrap_is_measured_by_itself() -> None:
    tile = grain()
    broken = np.concatenate([tile[:, :100], tile[:, 140:]], axis=1)
    right, down = seam_score(np.roll(broken, -100, axis=1))
    assert right.score < 0.5
    assert down.score > 0.85
    assert seam_score(np.ascontiguousarray(np.swapaxes(tile, 0, 1))) == seam_score(tile)[::-1]


def test_a_short_broken_stretch_counts() -> None:
    tile = grain()
    broken = tile.copy()
    broken[80:118, :40] = np.roll(tile, 90, axis=0)[80:118, :40]
    assert across(broken) < across(tile) - 0.3


def test_a_thin_line_of_another_brightness_counts() -> None:
    tile = grain()
    lined = tile.astype(np.int64)
    lined[:, 0] += 25
    assert across(to_bytes(lined)) < 0.7


def test_a_step_of_brightness_counts() -> None:
    tile = grain() * 0.8 + np.linspace(0, 40, 256)[None, :, None]
    assert across(tile.astype(np.uint8)) < 0.5


def test_the_steps_are_delta_e_per_line() -> None:
    tile = np.full((64, 64, 3), 119, np.uint8)
    tile[:, 32:] = 144
    axis = seam_score(tile)[0]
    assert axis.wrap_step == pytest.approx(10, abs=0.3)
    assert axis.inner_step == 0
    assert axis.inner_p99 < axis.wrap_step
