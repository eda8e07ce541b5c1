"""Who draws the surface gets that and nothing else; four corners are seen straight on."""

import cv2
import numpy as np
import pytest

from tests.engine.pictures import brick_wall, encoded, grass, surface_of
from tests.engine.test_synthesis import SMALL, run
from tilewright.contract import Region, SurfaceUnusable
from tilewright.contract.region import read_region
from tilewright.engine.arrays import Pixels
from tilewright.engine.synthesis.drawn import between_corners, drawn_surface, only_inside
from tilewright.engine.synthesis.straighten import FOCAL_RATIO

MIDDLE = {"polygon": [[0.25, 0.2], [0.75, 0.2], [0.8, 0.5], [0.75, 0.8], [0.25, 0.8]]}


def seen_from_aside(size: tuple[float, float], slant: float) -> tuple[Region, tuple[int, int]]:
    """Where a camera sees the corners of a rectangle that recedes, in a photo of 900 x 1200."""
    photo = (900, 1200)
    focal = FOCAL_RATIO * max(photo)
    across, down = np.array(size) / 2
    corners = np.array([[-across, -down], [across, -down], [across, down], [-across, down]])
    turned = np.column_stack(
        [corners[:, 0] * np.cos(slant), corners[:, 1], corners[:, 0] * np.sin(slant) + 4]
    )
    seen = turned[:, :2] / turned[:, 2:] * focal + [photo[1] / 2, photo[0] / 2]
    return Region(corners=tuple(map(tuple, seen / [photo[1], photo[0]]))), photo


@pytest.mark.parametrize("slant", [0.0, 0.4, 0.9, 1.2])
@pytest.mark.parametrize("size", [(2.0, 1.0), (1.5, 1.5), (1.0, 2.0)])
def test_the_shape_of_a_rectangle_is_found_from_its_corners(
    size: tuple[float, float], slant: float
) -> None:
    region, photo = seen_from_aside(size, slant)
    straight = between_corners(region, photo, None)
    assert straight.width / straight.height == pytest.approx(size[0] / size[1], rel=0.02)
    ends = np.array([[[0, 0], [straight.width, straight.height]]], np.float64)
    seen = cv2.perspectiveTransform(ends, straight.to_photo)[0] + 0.5
    corners = np.array(region.points) * [photo[1], photo[0]]
    assert np.abs(seen - corners[[0, 2]]).max() < 1e-2


def test_corners_may_begin_anywhere() -> None:
    region, photo = seen_from_aside((2.0, 1.0), 0.5)
    turned = Region(corners=(*region.points[2:], *region.points[:2]))
    one, other = (between_corners(each, photo, None) for each in (region, turned))
    assert (one.width, one.height) == (other.width, other.height)
    assert np.allclose(one.to_photo, other.to_photo)


@pytest.mark.parametrize("near", [0.05, 0.12, 0.25])
def test_a_wall_that_recedes_to_the_left_stands_upright(near: float) -> None:
    """Its near top right corner may be as near to the photo's top left as its far top left one."""
    corners = ((0.70, 0.32), (0.80, near), (0.80, 0.55), (0.70, 0.56))
    straight = between_corners(Region(corners=corners), (1067, 1600), None)
    top = np.array([[[0, 0], [straight.width, 0]]], np.float64)
    seen = cv2.perspectiveTransform(top, straight.to_photo)[0] + 0.5
    assert np.abs(seen - np.array(corners[:2]) * [1600, 1067]).max() < 1e-2


def test_the_mask_is_what_was_drawn() -> None:
    found = drawn_surface(read_region({"polygon": [[0, 0], [0.5, 0], [0.5, 1], [0, 1]]}), (60, 80))
    assert found.confidence == 1
    assert found.mask[:, :40].all()
    assert not found.mask[:, 41:].any()


def test_nothing_outside_gets_in() -> None:
    photo = brick_wall(80, 60)
    mask = np.zeros((60, 80), np.bool_)
    mask[10:50, 20:60] = True
    inside = {tuple(color) for color in photo[mask]}
    filled = only_inside(photo, mask)
    assert (filled[mask] == photo[mask]).all()
    assert {tuple(color) for color in filled[~mask]} <= inside


@pytest.mark.parametrize(
    "region", [MIDDLE, {"corners": [[0.25, 0.25], [0.75, 0.2], [0.75, 0.8], [0.25, 0.75]]}]
)
def test_the_tile_is_the_same_whatever_lies_around(region: dict[str, object]) -> None:
    def within(border: Pixels) -> bytes:
        photo = border.copy()
        mask = drawn_surface(read_region(region), photo.shape).mask
        photo[mask] = brick_wall(480, 360)[mask]
        outcome = run(encoded(photo), "grass", region=region, seed=1, **SMALL)
        surface = surface_of(outcome)
        assert (surface.drawn, surface.confidence, surface.alternatives) == (True, 1, [])
        assert surface.share == pytest.approx(mask.mean(), abs=1e-3)
        return outcome.data

    assert within(grass(480, 360)) == within(np.zeros((360, 480, 3), np.uint8))


def test_a_few_pixels_are_refused_with_their_number() -> None:
    region = {"corners": [[0.5, 0.5], [0.54, 0.5], [0.54, 0.54], [0.5, 0.54]]}
    with pytest.raises(SurfaceUnusable, match="shows only"):
        run(encoded(brick_wall(480, 360)), "bricks", region=region)
