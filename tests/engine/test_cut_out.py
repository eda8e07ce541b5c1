"""Of a photo that was cut out only what is left is taken; what is transparent is not there."""

from io import BytesIO

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.engine.pictures import brick_wall, encoded, grass, surface_of
from tests.engine.test_synthesis import SMALL, run
from tilewright.contract import PhotoRefused, SurfaceUnusable, parse_request
from tilewright.engine import Photos
from tilewright.engine.arrays import Mask, Pixels
from tilewright.engine.finish import decoded
from tilewright.engine.synthesis import SynthesisEngine
from tilewright.intake import decode

WIDE, HIGH = 480, 360


def oval() -> Mask:
    shape = np.zeros((HIGH, WIDE), np.uint8)
    return np.asarray(cv2.ellipse(shape, (200, 200), (160, 120), 0, 0, 360, 1, -1) > 0)


def cut_out(photo: Pixels, kept: Mask) -> bytes:
    file = BytesIO()
    Image.fromarray(np.dstack([photo, 255 * kept.astype(np.uint8)])).save(file, "PNG")
    return file.getvalue()


def test_a_tile_of_a_cut_out_wall_shows_the_wall_and_no_flat_ground() -> None:
    wall = brick_wall(WIDE, HIGH)
    outcome = run(cut_out(wall, oval()), "the brick wall", straighten=False, **SMALL)
    tile = decoded(outcome.data)
    rough = cv2.boxFilter(np.abs(cv2.Laplacian(tile[..., 0], cv2.CV_32F)), -1, (48, 48))
    assert rough.min() > 0.3 * rough.mean()
    assert surface_of(outcome).share <= oval().mean() * 1.02
    assert f"{1 - oval().mean():.0%} of the photo is transparent and was left out." in (
        outcome.report.notes
    )


def test_of_what_is_left_the_words_choose() -> None:
    photo = np.vstack([brick_wall(WIDE, 200), grass(WIDE, 160)])
    outcome = run(cut_out(photo, oval()), "the grass", **SMALL)
    red, green, _ = decoded(outcome.data).reshape(-1, 3).mean(axis=0)
    assert green > red


def test_a_region_drawn_where_nothing_is_left_is_refused() -> None:
    corner = {"polygon": [[0.9, 0.0], [1.0, 0.0], [1.0, 0.1]]}
    with pytest.raises(SurfaceUnusable, match="transparent"):
        run(cut_out(brick_wall(WIDE, HIGH), oval()), region=corner, **SMALL)


def test_corners_between_which_something_is_missing_are_refused() -> None:
    corners = {"corners": [[0.0, 0.2], [0.8, 0.2], [0.8, 0.9], [0.0, 0.9]]}
    with pytest.raises(SurfaceUnusable, match=r"\d+% of the region is transparent"):
        run(cut_out(brick_wall(WIDE, HIGH), oval()), region=corners, **SMALL)
    inside = {"corners": [[0.3, 0.4], [0.5, 0.4], [0.5, 0.7], [0.3, 0.7]]}
    assert run(cut_out(brick_wall(WIDE, HIGH), oval()), region=inside, **SMALL)


def test_a_cut_out_is_as_surely_what_it_shows_as_the_whole_photo() -> None:
    wall = brick_wall(WIDE, HIGH)
    whole, part = (
        surface_of(run(photo, "the brick wall", **SMALL)).confidence
        for photo in (encoded(wall), cut_out(wall, oval()))
    )
    assert part > 0.9 * whole


def test_what_is_half_transparent_keeps_its_contrast() -> None:
    wall = brick_wall(WIDE, HIGH)
    faint = Image.fromarray(np.dstack([wall, np.full((HIGH, WIDE), 128, np.uint8)]))
    file = BytesIO()
    faint.save(file, "PNG")
    assert np.array_equal(decode(file.getvalue()).pixels, wall)


@pytest.mark.parametrize("kind", ["cut short", "too small"])
def test_a_fault_of_the_second_photo_is_said_to_be_its(kind: str) -> None:
    speck = np.zeros((HIGH, WIDE), bool)
    speck[100:130, 100:130] = True
    whole = cut_out(brick_wall(WIDE, HIGH), speck if kind == "too small" else oval())
    second = whole if kind == "too small" else whole[:5000]
    request = parse_request({"prompt": "brick with patches of brick", **SMALL})
    photos = Photos(encoded(brick_wall(WIDE, HIGH)), second)
    with pytest.raises((PhotoRefused, SurfaceUnusable), match=r"^image_2: "):
        SynthesisEngine().run(request, photos, lambda stage, fraction: None)


def test_an_opaque_photo_has_no_such_note() -> None:
    outcome = run(encoded(brick_wall(WIDE, HIGH)), **SMALL)
    assert not any("transparent" in note for note in outcome.report.notes)
