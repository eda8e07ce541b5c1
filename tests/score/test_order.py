"""The one number puts tiles in the order in which people would, and is not fooled by cheats."""

from collections.abc import Callable
from itertools import pairwise

import cv2
import numpy as np
import pytest

from tests.score.textures import (
    PHOTOS,
    Pixels,
    bricks,
    gingham,
    grain,
    photo,
)
from tilewright.engine.arrays import pixels
from tilewright.engine.synthesis.keep import cut_torus, grid_of
from tilewright.engine.synthesis.lattice import find_lattices
from tilewright.engine.synthesis.mend import mend
from tilewright.engine.synthesis.straighten import Straight
from tilewright.engine.synthesis.swatch import Swatch
from tilewright.score import score_tile

Spoil = Callable[[Pixels], Pixels]
SURFACES = pytest.mark.parametrize("surface", [grain, bricks, gingham])


def overall(tile: Pixels, reference: Pixels) -> float:
    return score_tile(tile, reference).overall


def turned(picture: Pixels) -> Pixels:
    return np.ascontiguousarray(np.swapaxes(picture, 0, 1))


def both_ways(spoil: Spoil, picture: Pixels) -> Pixels:
    """What `spoil` does to the wrap across, done to the wrap down as well."""
    return turned(spoil(turned(spoil(picture))))


def synthesized(crop: Pixels) -> Pixels:
    """What the engine makes of a crop at its own scale."""
    swatch = Swatch(crop, Straight(np.eye(3), crop.shape[1], crop.shape[0], ""))
    [lattice] = find_lattices(swatch, (0.8 * swatch.width, 0.8 * swatch.height), 1)
    size = round(lattice.across.x), round(lattice.down.y)
    layout = cut_torus(swatch.read(*grid_of(swatch, lattice, *size)), *size)
    return pixels(mend(layout.exemplar, layout.rows, layout.columns))


def faded(crop: Pixels) -> Pixels:
    """The right tenth faded into the left one."""
    width = crop.shape[1] * 9 // 10
    over = crop.shape[1] - width
    weight = np.linspace(0, 1, over)[None, :, None]
    tile = crop[:, :width].astype(np.float64)
    tile[:, :over] = tile[:, :over] * weight + crop[:, width:] * (1 - weight)
    return pixels(tile)


def doubled(crop: Pixels) -> Pixels:
    """The crop beside its mirror image."""
    return np.concatenate([crop, crop[:, ::-1]], axis=1)


def in_order(tiles: list[Pixels], reference: Pixels) -> bool:
    marks = [overall(tile, reference) for tile in tiles]
    return all(better > worse for better, worse in pairwise(marks))


def out_of_focus(tile: Pixels) -> Pixels:
    side = tile.shape[0]
    soft = cv2.GaussianBlur(np.tile(tile, (3, 3, 1)), (0, 0), 2.0)
    return pixels(soft[side : 2 * side, side : 2 * side])


def one_color(tile: Pixels) -> Pixels:
    return np.broadcast_to(tile.mean(axis=(0, 1)), tile.shape).astype(np.uint8)


def shrunken_repeat(tile: Pixels) -> Pixels:
    half = cv2.resize(tile, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return np.tile(pixels(half), (2, 2, 1))


def test_a_true_tile_synthesis_a_cross_fade_a_mirror_a_crop_come_in_this_order() -> None:
    true = grain(512, 512)
    crop = true[:390, :390]
    order = [synthesized(crop), both_ways(faded, crop), both_ways(doubled, crop), crop]
    assert in_order(order, true)
    assert overall(true, true) >= overall(order[0], true)


def test_a_photo_of_bricks_keeps_that_order() -> None:
    crop = photo("old_brick_grey.jpg")
    order = [synthesized(crop), both_ways(faded, crop), both_ways(doubled, crop), crop]
    assert in_order(order, crop)


@pytest.mark.parametrize("name", PHOTOS)
def test_a_cross_fade_of_any_photo_is_better_than_a_mirror_and_that_than_a_crop(name: str) -> None:
    crop = photo(name)
    assert in_order([both_ways(faded, crop), both_ways(doubled, crop), crop], crop)


@SURFACES
@pytest.mark.parametrize("cheat", [out_of_focus, one_color, shrunken_repeat])
def test_a_cheat_is_far_below_the_tile_it_was_made_of(
    cheat: Spoil, surface: Callable[[], Pixels]
) -> None:
    true = surface()
    assert overall(cheat(true), true) < overall(true, true) - 0.25


@SURFACES
def test_a_mirror_is_far_below_the_true_tile(surface: Callable[[], Pixels]) -> None:
    true = surface()
    assert overall(both_ways(doubled, true), true) < overall(true, true) - 0.25


def test_one_bad_mark_is_not_bought_back() -> None:
    crop = photo("oak_leaves.jpg")
    found = score_tile(crop, crop)
    assert (found.repetition + (found.fidelity or 0)) / 2 > 0.9
    assert found.overall < 0.4


def test_without_a_reference_seam_and_repetition_make_the_number() -> None:
    true = grain()
    assert score_tile(true).overall > 0.9
    assert score_tile(shrunken_repeat(true)).overall < 0.5
