"""The engine knows when what the words name is not in the photo, and says so."""

from functools import cache

import numpy as np
import pytest

from tests.engine.pictures import brick_wall, example
from tests.engine.test_surface import planks, rough
from tilewright.engine.arrays import pixels
from tilewright.engine.synthesis.patches import Patches, patches_of
from tilewright.engine.synthesis.regions import Region, regions_of
from tilewright.engine.synthesis.surface import Found, choose
from tilewright.engine.synthesis.told import choice_notes
from tilewright.engine.synthesis.words import understand
from tilewright.intake import decode

WALL = brick_wall(320, 240, (32, 12))
PHOTOS = {
    "road": decode(example("asphalt_street")).pixels,
    "wall": WALL,
    "blue boards": planks((150, 172, 190), 240),
    "gray wall": pixels(np.repeat(np.mean(WALL, axis=2, keepdims=True), 3, axis=2)),
    "old gray bricks": decode(example("old_brick_grey")).pixels,
    "smooth gray": rough(110, 240, grain=6),
}


@cache
def parts(photo: str) -> tuple[Patches, list[Region]]:
    patches = patches_of(PHOTOS[photo])
    return patches, regions_of(patches, PHOTOS[photo].shape[0] * PHOTOS[photo].shape[1])


@cache
def found(photo: str, prompt: str) -> Found:
    """As `find_surface` does it; a photo is cut into patches and regions once."""
    patches, regions = parts(photo)
    return choose(regions, patches, understand(prompt), PHOTOS[photo].shape)


def said(photo: str, prompt: str) -> str:
    return " ".join(choice_notes(found(photo, prompt), understand(prompt)))


def test_asphalt_is_no_water_and_the_report_says_what_it_is() -> None:
    there, absent = (found("road", f"{name} texture") for name in ("asphalt", "water"))
    assert there.confidence > 0.5 > absent.confidence
    note = said("road", "Extract water texture from the lake.")
    assert note.startswith(
        "Nothing that looks like water was found in the photo; what was taken looks"
    )
    assert "asphalt" in note
    assert "Nothing" not in said("road", "Extract asphalt texture from the road.")


@pytest.mark.parametrize("prompt", ["water", "sand", "grass", "snow", "leaves", "concrete"])
def test_of_a_brick_wall_nothing_else_is_believed(prompt: str) -> None:
    assert found("wall", f"{prompt} texture").confidence < 0.5 < found("wall", "brick").confidence


def test_a_color_that_is_nowhere_is_told() -> None:
    assert "looks blue" in said("wall", "the blue surface")
    assert "looks blue" not in said("blue boards", "the blue surface")
    assert "looks like red wood" in said("blue boards", "red wood texture from the wall")


def test_what_is_painted_or_has_its_color_named_may_have_any_color() -> None:
    for prompt in ("painted wood", "blue wood"):
        assert found("blue boards", prompt).likeness.chance > 0.5
    assert found("blue boards", "wood").likeness.chance < 0.5


def test_a_photo_without_colors_is_not_blamed_for_it() -> None:
    there, absent = (found("gray wall", name).likeness for name in ("brick", "water"))
    assert there.chance > 0.5
    assert there.chance > absent.chance
    assert found("old gray bricks", "brick").likeness.fits


def test_what_cannot_be_told_apart_is_not_sure() -> None:
    """Smooth and gray: asphalt and concrete both, and neither beyond doubt."""
    chances = {
        name: found("smooth gray", name).likeness for name in ("asphalt", "concrete", "fabric")
    }
    assert all(like.chance < 0.9 for like in chances.values())
    assert "concrete" in chances["asphalt"].others
    assert "asphalt" in chances["concrete"].others


def test_where_only_a_place_is_named_nothing_can_be_absent() -> None:
    assert found("wall", "the surface on the left").likeness.chance == 1
