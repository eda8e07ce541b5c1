"""The prompt is understood as far as its words are known, and never an error."""

import pytest

from tilewright.engine.synthesis.words import GROUND, WALL, understand


def test_material_object_and_place_are_found_in_the_sentence() -> None:
    wish = understand("Extract red brick texture from the wall on the left.")
    assert {"red", "brick", "wall", "left"} <= set(wish.matched)
    assert wish.lies == WALL
    assert wish.place_x is not None
    assert wish.place_x < 0.5


def test_a_street_lies_on_the_ground() -> None:
    assert understand("cobblestone texture from the street").lies == GROUND


def test_brick_from_the_street_is_a_wall_in_it() -> None:
    assert understand("brick from the street").lies == WALL
    assert understand("brick from the floor").lies == GROUND
    assert "paving" in understand("brick from the floor").kinds


def test_trees_are_foliage_where_nothing_else_is_named() -> None:
    assert understand("the trees").kinds == ("foliage",)
    assert understand("bark from the trees").kinds == ("bark",)


@pytest.mark.parametrize(
    ("prompt", "kind"),
    [
        ("the tree trunk", "bark"),
        ("the old pier", "wood"),
        ("the road", "asphalt"),
        ("the footpath", "soil"),
        ("the curtains", "fabric"),
        ("purple velvet from the sofa", "fabric"),
        ("the avenue", "asphalt"),
        ("the driftwood", "wood"),
        ("the tweed", "fabric"),
        ("the old quartzite", "stone"),
    ],
)
def test_a_thing_is_what_it_is_made_of_where_nothing_else_is_named(prompt: str, kind: str) -> None:
    wish = understand(prompt)
    assert kind in wish.kinds
    assert "sand" in understand(f"sand on {prompt}").kinds
    assert not wish.unknown or wish.unknown == ("old",)


def test_what_lies_in_front_of_something_is_said_to_be_nowhere_else() -> None:
    wish = understand("the grass in front of the castle")
    assert wish.place_y is None
    assert wish.matched == ("grass",)
    assert understand("the grass in the front").place_y is not None


def test_bricks_are_a_wall_unless_they_are_said_to_lie_on_the_ground() -> None:
    assert understand("the bricks on the left").lies == WALL
    assert understand("brick paving").lies == GROUND


def test_leaves_of_a_tree_are_green_and_fallen_ones_lie_about() -> None:
    assert understand("tree leaf texture from the trees").kinds == ("foliage",)
    assert understand("leaves of the ivy").kinds == ("foliage",)
    assert understand("fallen leaves from under the trees").kinds == ("leaves",)
    assert understand("fallen tree leaves").kinds == ("leaves",)
    assert understand("leaves").kinds == ("leaves",)


@pytest.mark.parametrize("word", ["behind", "under", "next to", "in front of", "between", "beside"])
def test_what_the_surface_lies_beside_says_nothing_of_its_color_and_place(word: str) -> None:
    wish = understand(f"white wall {word} the red car on the brick road, on the left")
    assert wish.hue == "white"
    assert wish.kinds == ()
    assert wish.lies == WALL
    assert wish.place_x is not None
    assert wish.place_x < 0.5


def test_a_path_is_long_and_narrow_and_a_road_need_not_be() -> None:
    assert understand("earth texture from the path").strip
    assert not understand("asphalt texture from the road").strip
    assert not understand("grass beside the path").strip


def test_cobblestones_between_houses_lie_on_the_ground() -> None:
    assert understand("cobblestones between the houses").lies == GROUND


def test_shades_are_the_color_that_they_are_shades_of() -> None:
    assert understand("ochre plaster").color == understand("yellow plaster").color
    assert understand("ochre plaster").named == "ochre plaster"
    assert understand("reddish rock").color == understand("red rock").color
    assert understand("rusty metal on a sandy beach").color is None


def test_what_is_painted_is_what_it_is_made_of_in_any_color() -> None:
    wood, painted = understand("wood").looks[0], understand("painted wood").looks[0]
    assert painted.grain == wood.grain
    assert painted.spread > 1000 * wood.spread
    assert len(understand("painted wood").looks) == 1
    assert understand("the painted wall").looks


def test_moss_on_a_rock_is_a_mixture_and_a_leafy_hedge_is_not() -> None:
    assert understand("mossy rock from the ground").mixed
    assert not understand("moss from the log").mixed
    assert not understand("leaf texture from the hedge").mixed


def test_gravel_has_no_direction_and_bricks_have_two() -> None:
    assert understand("gravel texture from the path").loose
    assert not understand("brick texture from the path").loose
    assert not understand("the surface").loose


@pytest.mark.parametrize(
    "prompt", ["🧱", "Извлеки текстуру", "!!! ???", "x" * 2000, "texture", "Extract into a texture"]
)
def test_words_that_say_nothing_are_no_error(prompt: str) -> None:
    assert understand(prompt).matched == ()


def test_words_that_were_meant_to_say_more_are_named() -> None:
    assert understand("Extract purple scales from the lizard.").unknown == ("scales", "lizard")
    assert (
        understand("Extract stone texture from the wall. Extract into a texture image.").unknown
        == ()
    )


def test_letters_with_marks_are_read_without() -> None:
    said = "brick from the facade on the left"
    assert understand(said.replace("facade", "façade")) == understand(said)
    assert understand("STRASSE aus Stein") == understand("Straße aus Stein")
