"""The engine knows when what the words name is not in the photo, and says so."""

import numpy as np
import pytest

from tests.engine.pictures import brick_wall, example
from tests.engine.test_surface import planks, rough
from tilewright.engine.arrays import Pixels
from tilewright.engine.synthesis.surface import Found, find_surface
from tilewright.engine.synthesis.told import choice_notes
from tilewright.engine.synthesis.words import understand
from tilewright.intake import decode

ROAD = decode(example("asphalt_street")).pixels
WALL = brick_wall(640, 480)
BLUE = planks((150, 172, 190), 480)


def found(photo: Pixels, prompt: str) -> Found:
    return find_surface(photo, understand(prompt))


def said(photo: Pixels, prompt: str) -> str:
    return " ".join(choice_notes(found(photo, prompt), understand(prompt)))


def test_asphalt_is_no_water_and_the_report_says_what_it_is() -> None:
    there, absent = (found(ROAD, f"{name} texture") for name in ("asphalt", "water"))
    assert there.confidence > 0.5 > absent.confidence
    note = said(ROAD, "Extract water texture from the lake.")
    assert note.startswith(
        "Nothing that looks like water was found in the photo; what was taken looks"
    )
    assert "asphalt" in note
    assert "Nothing" not in said(ROAD, "Extract asphalt texture from the road.")


@pytest.mark.parametrize("prompt", ["water", "sand", "grass", "snow", "leaves", "concrete"])
def test_of_a_brick_wall_nothing_else_is_believed(prompt: str) -> None:
    assert found(WALL, f"{prompt} texture").confidence < 0.5 < found(WALL, "brick").confidence


def test_a_color_that_is_nowhere_is_told() -> None:
    assert "looks blue" in said(WALL, "the blue surface")
    assert "looks blue" not in said(BLUE, "the blue surface")
    assert "looks like red wood" in said(BLUE, "red wood texture from the wall")


def test_what_is_painted_or_has_its_color_named_may_have_any_color() -> None:
    for prompt in ("painted wood", "blue wood"):
        assert found(BLUE, prompt).likeness.chance > 0.5
    assert found(BLUE, "wood").likeness.chance < 0.5


def test_a_photo_without_colors_is_not_blamed_for_it() -> None:
    gray = np.repeat(np.mean(WALL, axis=2, keepdims=True), 3, axis=2).astype(np.uint8)
    assert found(gray, "brick").likeness.chance > 0.5
    assert found(gray, "brick").likeness.chance > found(gray, "water").likeness.chance
    rough_bricks = decode(example("old_brick_grey")).pixels
    assert found(rough_bricks, "brick").likeness.fits


def test_what_cannot_be_told_apart_is_not_sure() -> None:
    """Smooth and gray: asphalt and concrete both, and neither beyond doubt."""
    gray = rough(110, 480, grain=6)
    chances = {name: found(gray, name).likeness for name in ("asphalt", "concrete", "fabric")}
    assert all(like.chance < 0.9 for like in chances.values())
    assert "concrete" in chances["asphalt"].others
    assert "asphalt" in chances["concrete"].others


def test_where_only_a_place_is_named_nothing_can_be_absent() -> None:
    assert found(WALL, "the surface on the left").likeness.chance == 1
