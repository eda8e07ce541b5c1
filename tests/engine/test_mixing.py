"""A second material is mixed in as the words say, and a third gathers where it would."""

import cv2
import numpy as np
import pytest

from tests.engine.pictures import brick_wall
from tilewright.engine.arrays import Floats, Mask, floats
from tilewright.engine.synthesis.combine import Mixed, alone, blend, layer
from tilewright.engine.synthesis.mixing import (
    LITTLE,
    SHARES,
    Manner,
    Place,
    manner_of,
    of_the_material,
    place_of,
    share_of,
    spoken,
)
from tilewright.engine.synthesis.words import understand

BRICKS = floats(brick_wall(512, 480))
JOINT = np.tile(brick_wall(64, 48)[..., 1] > 150, (10, 8))
GREEN = np.full(BRICKS.shape, (0, 255, 0), np.float32)


BLUE = np.full(BRICKS.shape, (0, 0, 255), np.float32)
WALLS = {False: BRICKS, True: np.where(JOINT[..., None], np.float32(20), BRICKS)}
"""Two of bricks: mortar is lighter than they are, or joints are darker."""


def shown(mixed: Mixed) -> Mask:
    return np.asarray(mixed.tile[..., 1] - mixed.tile[..., 0] > 100)


def blended(manner: Manner) -> Mixed:
    return blend(alone(BRICKS), GREEN, 1, manner, share_of("", manner))


def covered(wall: Floats, place: Place) -> Mixed:
    return layer(alone(wall), GREEN, 1, place, share_of("", place))


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


@pytest.mark.parametrize(
    ("part", "way", "least", "most"),
    [
        ("patches of asphalt", Manner.PATCHES, 0.25, 0.4),
        ("half asphalt", Manner.HALVES, 0.5, 0.5),
        ("asphalt at the edges", Manner.EDGES, 0.2, 0.35),
        ("moss in the joints", Place.LOW, 0.12, 0.25),
        ("a dusting of dirt", Place.LOW, 0.05, 0.1),
        ("snow", Place.HIGH, 0.25, 0.4),
        ("a dusting of snow", Place.HIGH, 0.1, 0.2),
        ("covered in snow", Place.HIGH, 0.55, 0.75),
        ("overgrown with moss", Place.LOW, 0.55, 0.75),
        ("a thick layer of rust", Place.SPOTS, 0.55, 0.75),
    ],
)
def test_the_words_say_how_much(part: str, way: Manner | Place, least: float, most: float) -> None:
    said = spoken(f"brick wall with {part}", blend=False, layer=True).layer
    assert least <= share_of(said or part, way) <= most


def test_the_words_for_one_do_not_say_how_much_of_the_other() -> None:
    said = spoken("brick covered with moss and patches of plaster", blend=True, layer=True)
    assert share_of(said.layer, Place.LOW) > 0.5
    assert share_of(said.blend, Manner.PATCHES) < 0.5


@pytest.mark.parametrize(
    ("prompt", "base", "other"),
    [
        ("brick worn at its edges to asphalt", "brick", "asphalt"),
        ("brick turning into sand", "brick", "sand"),
        ("moss growing over the stone", "stone", "moss"),
        ("cobblestone with moss growing over the stone", "cobblestone", "moss"),
        ("planks with a thick layer of snow", "planks", "snow"),
    ],
)
def test_what_lies_on_which_is_understood(prompt: str, base: str, other: str) -> None:
    said = spoken(prompt, blend=False, layer=True)
    found = understand(of_the_material(said.layer)).named
    assert understand(said.base).named == understand(base).named
    assert found == understand(other).named


@pytest.mark.parametrize("dark_joints", WALLS)
def test_moss_keeps_to_joints_and_snow_to_bricks(dark_joints: bool) -> None:
    """Whether mortar is lighter than bricks or darker."""
    moss, snow = (shown(covered(WALLS[dark_joints], at)) for at in (Place.LOW, Place.HIGH))
    assert moss[JOINT].mean() > 6 * moss[~JOINT].mean()
    assert moss[~JOINT].mean() < 0.1
    assert snow[JOINT].mean() < 0.3 * snow[~JOINT].mean()


@pytest.mark.parametrize("dark_joints", WALLS)
def test_of_three_materials_each_is_plainly_there(dark_joints: bool) -> None:
    """Bricks with patches, and moss in the joints of those that are left."""
    patched = blend(alone(WALLS[dark_joints]), BLUE, 1, Manner.PATCHES, 0.35)
    mixed = layer(patched, GREEN, 1, Place.LOW, 0.18)
    bricks, patches, moss = mixed.shares
    assert bricks > 0.45
    assert 0.25 < patches < 0.4
    assert 0.1 < moss < 0.2
    assert shown(mixed)[patched.shown[1] > 0.9].mean() < 0.02


def test_halves_are_two_and_edges_follow_the_bricks() -> None:
    halves = shown(blended(Manner.HALVES))
    assert halves[:, 64:192].mean() > 0.95
    assert halves[:, 320:448].mean() < 0.05
    edges = shown(blended(Manner.EDGES))
    rim = cv2.dilate(JOINT.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    assert edges[rim].mean() > 1.5 * edges[~rim].mean()


@pytest.mark.parametrize("manner", Manner)
def test_a_blend_wraps(manner: Manner) -> None:
    """Laid anywhere on the torus, the same comes out: no border is special."""
    assert_wraps(blended(manner).tile)


@pytest.mark.parametrize("place", Place)
def test_a_layer_wraps(place: Place) -> None:
    assert_wraps(covered(BRICKS, place).tile)


def assert_wraps(tile: Floats) -> None:
    for axis in (0, 1):
        steps = np.abs(tile - np.roll(tile, 1, axis)).sum(axis=2).mean(axis=1 - axis)
        assert steps[0] <= steps[1:].max() * 1.05


def test_a_comma_stands_between_materials_where_no_other_word_does() -> None:
    said = spoken("cobbles, wet, fallen leaves scattered thinly on them", blend=False, layer=True)
    assert said == ("cobbles, wet", "", " fallen leaves scattered thinly on them")
    assert share_of(said.layer, place_of(said.layer)) == LITTLE * SHARES[Place.LOW]
    assert spoken("brick, red, old", blend=True, layer=False).base == "brick, red, old"
