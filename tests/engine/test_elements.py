"""As many bricks lie across the tile as were asked for."""

import re
from io import BytesIO

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.engine.pictures import brick_wall, encoded, floor, grass
from tests.engine.test_synthesis import run
from tilewright.contract import SurfaceUnusable
from tilewright.engine.arrays import Pixels, pixels
from tilewright.score.period import steps
from tilewright.score.plane import to_lab

SIDE = 256


def light(data: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    with Image.open(BytesIO(data)) as image:
        return np.ascontiguousarray(to_lab(np.asarray(image.convert("RGB")))[..., 0])


@pytest.mark.parametrize("elements", [3, 6, 11])
def test_bricks_are_counted(elements: int) -> None:
    """The wall shows ten bricks across, and comes again after two courses: 32 by 24 pixels."""
    wall = encoded(brick_wall(320, 240, (32, 12)))
    outcome = run(wall, elements=elements, width=SIDE, image_format="png")
    across, down = steps(light(outcome.data), wraps=True)
    assert SIDE / across.length == pytest.approx(elements, rel=0.02)
    rows = SIDE / down.length
    assert rows == pytest.approx(round(rows), abs=0.1)
    courses = 2 * down.length if 3 * down.length < 2 * across.length else down.length
    assert courses / across.length == pytest.approx(24 / 32, rel=0.15)
    assert outcome.report.elements == elements
    assert outcome.report.score.seam > 0.8


def test_thin_courses_are_counted() -> None:
    """In the small picture in which they are looked for, no whole pixel lies so near."""
    wall = encoded(brick_wall(1280, 960, (32, 12)))
    outcome = run(wall, elements=20, width=SIDE, image_format="png")
    across, _ = steps(light(outcome.data), wraps=True)
    assert SIDE / across.length == pytest.approx(20, rel=0.02)


@pytest.mark.parametrize(("side", "slab"), [(480, 60), (320, 40)])
def test_slabs_are_counted_one_by_one_whatever_their_blotches(side: int, slab: int) -> None:
    ground = np.ascontiguousarray(to_lab(floor(side, slab))[..., 0])

    assert [step.length for step in steps(ground, wraps=False)] == pytest.approx([slab] * 2, abs=1)


def as_light_as_the_bricks(wall: Pixels) -> Pixels:
    lab = cv2.cvtColor(wall, cv2.COLOR_RGB2LAB)
    lab[..., 0] = cv2.GaussianBlur(lab[..., 0], (0, 0), 9)
    return pixels(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB))


def test_bricks_are_counted_by_joints_that_are_no_lighter() -> None:
    """Cells are 48 by 16 pixels; at the scale of the tile four are 256 texels, and a course 21."""
    wall = as_light_as_the_bricks(brick_wall(400, 240, (48, 16)))
    outcome = run(encoded(wall), elements=4, width=SIDE, image_format="png")

    assert outcome.report.scale == pytest.approx(SIDE / 4 / 48, rel=0.03)


def test_a_number_that_is_a_guess_is_called_one() -> None:
    guess = "is a guess"
    of_grass, of_wall = (
        run(encoded(photo), words, elements=5, width=256).report.notes
        for photo, words in ((grass(240, 240), "grass"), (brick_wall(320, 240), "brick"))
    )

    assert any(guess in note for note in of_grass)
    assert not any(guess in note for note in of_wall)


def test_what_is_irregular_grows_as_it_gets_fewer() -> None:
    photo = encoded(grass(240, 240))
    few, many = (
        run(photo, "grass", elements=count, width=256).report.scale or 0 for count in (8, 32)
    )
    assert few == pytest.approx(4 * many, rel=0.3 / 8)


def test_a_wall_has_a_period_and_grass_has_none() -> None:
    wall = np.ascontiguousarray(to_lab(brick_wall(640, 480))[..., 0])
    across, down = steps(wall, wraps=False)
    assert across.length == pytest.approx(64, abs=1)
    assert down.length == pytest.approx(48, abs=1)
    assert across.periodic
    assert down.periodic
    lawn = np.ascontiguousarray(to_lab(grass(640, 480))[..., 0])
    assert not any(step.periodic for step in steps(lawn, wraps=False))


def test_far_more_than_the_surface_shows_are_refused_with_the_most_that_are_laid() -> None:
    """Each is seen a thousand times, and the tile takes minutes."""
    wall = encoded(brick_wall(320, 240, (160, 60)))
    with pytest.raises(SurfaceUnusable, match="about 2 elements across") as refused:
        run(wall, elements=64, width=512)
    most = int(re.findall(r"at most (\d+)", str(refused.value))[0])
    assert run(wall, elements=most, width=SIDE).report.elements == most
