"""A second material is mixed in as the words say, and a third gathers where it would."""

import cv2
import numpy as np
import pytest

from tests.engine.pictures import brick_wall
from tilewright.engine.arrays import Floats, Mask, floats
from tilewright.engine.synthesis.combine import blend, layer
from tilewright.engine.synthesis.mixing import (
    Manner,
    Place,
    manner_of,
    of_the_material,
    place_of,
    spoken,
)
from tilewright.engine.synthesis.words import understand

BRICKS = floats(brick_wall(512, 480))
JOINT = np.tile(brick_wall(64, 48)[..., 1] > 150, (10, 8))
GREEN = np.full(BRICKS.shape, (0, 255, 0), np.float32)


def shown(tile: Floats) -> Mask:
    return np.asarray(tile[..., 1] - tile[..., 0] > 100)


@pytest.mark.parametrize(
    ("prompt", "manner"),
    [
        ("Extract brick texture from the wall.", Manner.PATCHES),
        ("brick, half and half with plaster", Manner.HALVES),
        ("brick with plaster along the edges", Manner.EDGES),
        ("brick with patches of plaster", Manner.PATCHES),
    ],
)
def test_the_words_say_how_to_blend(prompt: str, manner: Manner) -> None:
    assert manner_of(prompt) is manner


@pytest.mark.parametrize(
    ("prompt", "place"),
    [
        ("Extract stone texture from the wall.", Place.LOW),
        ("stone with moss", Place.LOW),
        ("cobbles under snow", Place.HIGH),
        ("moss over a stone wall, with snow", Place.HIGH),
        ("steel plate with rust", Place.SPOTS),
        ("roof with snow in the joints", Place.LOW),
    ],
)
def test_the_words_say_where_it_gathers(prompt: str, place: Place) -> None:
    assert place_of(prompt) is place


@pytest.mark.parametrize(
    ("prompt", "base", "blend", "layer"),
    [
        ("Extract brick from the wall with moss in the joints", "brick", "moss", "moss"),
        ("Extract brick from the wall", "brick", "", ""),
        ("half brick, half plaster", "brick", "plaster", "plaster"),
        ("blend brick with white plaster in patches", "brick", "white plaster", "white plaster"),
        ("with moss", "", "moss", "moss"),
    ],
)
def test_each_photo_is_searched_for_its_own_material(
    prompt: str, base: str, blend: str, layer: str
) -> None:
    of_two, of_third = (
        spoken(prompt, blend=True, layer=False),
        spoken(prompt, blend=False, layer=True),
    )
    for text, named in (
        (of_two.base, base),
        (of_two.blend, blend),
        (of_third.base, base),
        (of_third.layer, layer),
    ):
        assert understand(text).named == understand(named).named


@pytest.mark.parametrize(
    "prompt",
    [
        "brick from the wall with patches of plaster and moss in the joints",
        "brick from the wall with moss in the joints and patches of plaster",
    ],
)
def test_of_two_more_the_one_that_gathers_is_laid_over(prompt: str) -> None:
    said = spoken(prompt, blend=True, layer=True)
    assert "plaster" in said.blend
    assert "moss" in said.layer
    only_moss = spoken("brick with moss", blend=True, layer=True)
    assert (only_moss.blend, only_moss.layer) == ("", " moss")


def test_where_it_goes_in_the_tile_is_not_where_it_lies_in_the_photo() -> None:
    said = spoken("brick with snow on top and in the middle", blend=False, layer=True)
    assert understand(of_the_material(said.layer)).place_y is None


@pytest.mark.parametrize("dark_joints", [False, True])
def test_moss_grows_in_joints_and_snow_lies_on_bricks(dark_joints: bool) -> None:
    """Whether mortar is lighter than bricks or darker."""
    wall = np.where(JOINT[..., None], np.float32(20), BRICKS) if dark_joints else BRICKS
    moss, snow = (shown(layer(wall, GREEN, 1, where)) for where in (Place.LOW, Place.HIGH))
    assert moss[JOINT].mean() > 2 * moss[~JOINT].mean()
    assert snow[JOINT].mean() < 0.7 * snow[~JOINT].mean()


def test_halves_are_two_and_edges_follow_the_bricks() -> None:
    halves = shown(blend(BRICKS, GREEN, 1, Manner.HALVES))
    assert 0.4 < halves.mean() < 0.6
    assert halves[:, 64:192].mean() > 0.95
    assert halves[:, 320:448].mean() < 0.05
    edges = shown(blend(BRICKS, GREEN, 1, Manner.EDGES))
    rim = cv2.dilate(JOINT.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    assert edges[rim].mean() > 1.5 * edges[~rim].mean()


@pytest.mark.parametrize("manner", Manner)
def test_a_blend_wraps(manner: Manner) -> None:
    """Laid anywhere on the torus, the same comes out: no border is special."""
    assert_wraps(blend(BRICKS, GREEN, 1, manner))


@pytest.mark.parametrize("place", Place)
def test_a_layer_wraps(place: Place) -> None:
    assert_wraps(layer(BRICKS, GREEN, 1, place))


def assert_wraps(tile: Floats) -> None:
    for axis in (0, 1):
        steps = np.abs(tile - np.roll(tile, 1, axis)).sum(axis=2).mean(axis=1 - axis)
        assert steps[0] <= steps[1:].max() * 1.05
