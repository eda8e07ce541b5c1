"""A surface seen at an angle is turned to face us; without evidence it is left alone."""

import cv2
import numpy as np
import pytest

from tests.engine.pictures import brick_wall, checks, encoded, grass, pebbles, weave
from tests.engine.test_synthesis import SMALL, run
from tilewright.contract import parse_request
from tilewright.engine import Photos
from tilewright.engine.arrays import Matrix, Pixels, pixels
from tilewright.engine.synthesis import SynthesisEngine
from tilewright.engine.synthesis.camera import Camera, facing
from tilewright.engine.synthesis.rectangle import largest_rectangle
from tilewright.engine.synthesis.straighten import (
    FOCAL_RATIO,
    Straight,
    as_photographed,
    straighten,
)
from tilewright.engine.synthesis.words import GROUND, WALL

SIZE = (960, 720)


def seen_at_an_angle(wall: Pixels, slant: float, tilt: float) -> tuple[Pixels, Matrix]:
    """A photo of the wall, and the matrix from its pixels to the photo's."""
    camera = Camera(FOCAL_RATIO * SIZE[0], np.array([SIZE[0] / 2, SIZE[1] / 2]), SIZE[::-1])
    middle = np.array([[1, 0, -wall.shape[1] / 2], [0, 1, -wall.shape[0] / 2], [0, 0, 1.0]])
    matrix = facing(np.radians(slant), np.radians(tilt), 0.0, camera) @ middle
    return pixels(cv2.warpPerspective(wall, matrix, SIZE, flags=cv2.INTER_AREA)), matrix


@pytest.fixture(scope="module")
def wide_wall() -> Pixels:
    """More of a wall than any camera sees here."""
    return brick_wall(3000, 2400, (120, 48))


@pytest.mark.parametrize(("slant", "tilt"), [(36, 0), (43, 180), (29, -90), (43, 45)])
def test_a_wall_seen_at_an_angle_is_turned_to_face_us(
    wide_wall: Pixels, slant: float, tilt: float
) -> None:
    photo, matrix = seen_at_an_angle(wide_wall, slant, tilt)
    straight = straighten(photo, np.ones(photo.shape[:2], bool), WALL, None)
    assert faces_us(straight, matrix)


def faces_us(straight: Straight, matrix: Matrix) -> bool:
    """Whether the view's rectangle is one on the wall, nearly, and as wide for its height."""
    to_wall = np.linalg.inv(matrix) @ straight.to_photo
    width, height = straight.width, straight.height
    corners = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float64)
    shape = cv2.perspectiveTransform(corners, to_wall)[0]
    sides = np.roll(shape, -1, axis=0) - shape
    angles = np.degrees(np.arctan2(sides[:, 1], sides[:, 0])) % 90
    stretch = np.hypot(*sides[0]) / np.hypot(*sides[1]) / (width / height)
    return bool((np.minimum(angles, 90 - angles) < 4).all() and 0.8 < stretch < 1.25)


def seen_in_a_street(wall: Pixels, lies: str, away: float) -> tuple[Pixels, Matrix]:
    """A photo along a street, with the wall to our right, or as the ground that we stand on: at
    right angles to the picture, so many of its texels away. And the matrix to the photo's pixels.
    """
    height, width = wall.shape[:2]
    lens = np.array([[960, 0, (SIZE[0] - 1) / 2], [0, 960, (SIZE[1] - 1) / 2], [0, 0, 1.0]])
    far = 2 * away + (width if lies == WALL else height)
    aside = np.array([[0, 0, away], [0, 1, -height / 2], [-1, 0, far]])
    below = np.array([[1, 0, -width / 2], [0, 0, away], [0, -1, far]])
    matrix = lens @ (aside if lies == WALL else below)
    return pixels(cv2.warpPerspective(wall, matrix, SIZE, flags=cv2.INTER_AREA)), matrix


@pytest.mark.parametrize("lies", [WALL, GROUND])
def test_walls_and_ground_at_right_angles_to_the_picture_are_turned_too(
    wide_wall: Pixels, lies: str
) -> None:
    photo, matrix = seen_in_a_street(wide_wall, lies, 500)
    assert faces_us(straighten(photo, np.asarray(photo.any(axis=2)), lies, None), matrix)


def test_courses_too_faint_for_lines_turn_a_wall() -> None:
    photo, matrix = seen_in_a_street(brick_wall(3000, 2400, (72, 28)), WALL, 480)
    shade = pixels(photo * np.float32(0.15))
    assert faces_us(straighten(shade, np.asarray(photo.any(axis=2)), WALL, None), matrix)


def test_a_few_long_lines_are_enough() -> None:
    photo, _ = seen_at_an_angle(checks(3000, 2400, 700), 36, 0)
    straight = straighten(photo, np.ones(photo.shape[:2], bool), WALL, None)
    assert straight.how == "turned by 36 degrees, from its lines"


def test_a_floor_half_a_degree_off_is_called_straight_and_that_half_is_undone() -> None:
    photo, _ = seen_at_an_angle(checks(2000, 1600, 30), 0.59, -88)
    straight = straighten(photo, np.ones(photo.shape[:2], bool), GROUND, None)
    assert straight.how == "seen as photographed: it is straight already"
    assert (straight.to_photo[:, :2] != np.eye(3)[:, :2]).any()


def test_a_surface_that_is_turned_within_its_plane_alone_is_leveled() -> None:
    wall = brick_wall(1800, 1400, (120, 48))
    askew = cv2.warpAffine(wall, cv2.getRotationMatrix2D((900, 700), 5, 1), (1800, 1400))
    photo = pixels(np.ascontiguousarray(askew[300:1100, 400:1400]))
    straight = straighten(photo, np.ones(photo.shape[:2], bool), WALL, None)
    assert straight.how == "leveled by 5 degrees, from its lines"


def test_grass_seen_straight_on_is_left_alone() -> None:
    straight = straighten(grass(600, 400), np.ones((400, 600), bool), GROUND, None)
    assert straight.how.startswith("seen as photographed")
    assert straight.width > 580
    assert straight.height > 380


def test_papers_that_lie_on_a_lawn_do_not_tell_how_it_lies() -> None:
    photo, _ = seen_at_an_angle(grass(2400, 1800), 36, 20)
    papers = np.zeros(photo.shape[:2], np.uint8)
    for middle, turn in (((300, 250), -30), ((620, 420), -32)):
        paper = cv2.boxPoints((middle, (240, 100), turn))
        cv2.fillConvexPoly(papers, np.rint(paper).astype(np.int32), 1)
    photo = np.where(papers[..., None] > 0, np.uint8(235), photo)
    straight = straighten(photo, papers == 0, WALL, None)
    assert straight.how.startswith("seen as photographed")


@pytest.mark.parametrize(("slant", "tilt"), [(35, -30), (40, 200)])
def test_papers_tell_how_a_cloth_lies_and_its_own_pattern_how_it_is_turned(
    slant: float, tilt: float
) -> None:
    cloth, papers = checks(2400, 1800, 2400), np.zeros((1800, 2400), np.uint8)
    for column, row in np.ndindex(10, 7):
        x, y = 120 + 240 * column, 120 + 240 * row
        tall, wide = (5, 70) if (column + row) % 2 else (70, 5)
        cloth[y : y + tall, x : x + wide] = 60
    for middle in ((700, 500), (1500, 500), (700, 1250), (1500, 1250), (1150, 900)):
        paper = cv2.boxPoints((middle, (520, 330), 30))
        cv2.fillConvexPoly(papers, np.rint(paper).astype(np.int32), 1)
    cloth = np.where(papers[..., None] > 0, np.uint8(235), cloth)
    photo, matrix = seen_at_an_angle(cloth, slant, tilt)
    seen = cv2.warpPerspective(papers, matrix, SIZE) == 0
    straight = straighten(photo, seen, WALL, None)
    assert straight.how.endswith("from its lines")
    assert abs(int(straight.how.split()[2]) - slant) <= 1
    off = np.linalg.inv(matrix) @ straight.to_photo @ np.array([[0, 0, 1], [1, 0, 1.0]]).T
    start, end = (off[:2] / off[2]).T
    assert abs(end[1] - start[1]) < 0.05 * abs(end[0] - start[0])


@pytest.mark.parametrize("period", [6, 7.5, 9])
def test_cloth_seen_straight_on_is_left_alone(period: float) -> None:
    straight = straighten(weave(600, 400, period), np.ones((400, 600), bool), WALL, None)
    assert straight.how.startswith("seen as photographed")


def test_the_rectangle_avoids_what_is_not_the_surface() -> None:
    view = np.ones((100, 120), bool)
    view[:, :30] = False
    view[70:, :] = False
    view[0, 0] = True
    assert largest_rectangle(view) == (30, 0, 90, 70)


def test_gravel_on_a_floor_is_turned_by_its_grain() -> None:
    photo, matrix = seen_at_an_angle(pebbles(3000, 2400), 45, -90)
    straight = straighten(photo, np.ones(photo.shape[:2], bool), GROUND, None)
    to_ground = np.linalg.inv(matrix) @ straight.to_photo
    width, height = straight.width, straight.height
    corners = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float64)
    shape = cv2.perspectiveTransform(corners, to_ground)[0]
    near, far = np.hypot(*(shape[2] - shape[3])), np.hypot(*(shape[1] - shape[0]))
    assert 0.88 < near / far < 1.14
    assert straight.how.endswith("from its grain")


def test_no_floor_recedes_downwards() -> None:
    photo, _ = seen_at_an_angle(pebbles(3000, 2400), 45, 90)
    straight = straighten(photo, np.ones(photo.shape[:2], bool), GROUND, None)
    assert straight.how == "seen as photographed: no sure sign of perspective"


def test_texels_that_are_far_away_are_not_used(wide_wall: Pixels) -> None:
    photo, _ = seen_at_an_angle(wide_wall, 50, 0)
    straight = straighten(photo, np.ones(photo.shape[:2], bool), WALL, None)
    corners = np.array([[[0, 0], [straight.width, straight.height]]], np.float64)
    left, right = cv2.perspectiveTransform(corners, straight.to_photo)[0][:, 0]
    assert left < 0.1 * SIZE[0]
    assert right < 0.5 * SIZE[0]


@pytest.mark.parametrize("lies", [GROUND, WALL])
@pytest.mark.parametrize("kind", ["blank", "ramp", "tiny", "strip", "gray"])
def test_whatever_cannot_be_straightened_is_left_alone(kind: str, lies: str) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (300, 400, 3)).astype(np.uint8)
    ramp = np.tile(np.linspace(0, 255, 400)[None, :, None], (300, 1, 3))
    photo = {
        "blank": np.full((300, 400, 3), 128, np.uint8),
        "ramp": pixels(ramp),
        "tiny": noise[:20, :30],
        "strip": np.tile(noise[:40], (1, 8, 1)),
        "gray": np.repeat(noise[..., :1], 3, axis=2),
    }[kind]
    straight = straighten(np.ascontiguousarray(photo), np.ones(photo.shape[:2], bool), lies, None)
    assert straight.how.startswith("seen as photographed")


def test_a_speck_of_a_surface_is_no_error() -> None:
    mask = np.zeros((40, 3000), bool)
    mask[1:3, 1:3] = True
    straight = straighten(np.zeros((40, 3000, 3), np.uint8), mask, WALL, None)
    assert straight.width < 12


def test_who_wants_the_slant_has_it(wide_wall: Pixels) -> None:
    photo, _ = seen_at_an_angle(wide_wall, 36, 0)
    straight = as_photographed(photo, np.ones(photo.shape[:2], bool))
    assert straight.how == "seen as photographed, as asked"
    assert (straight.to_photo[:, :2] == np.eye(3)[:, :2]).all()  # moved at most
    assert straight.width > 0.98 * SIZE[0]
    assert straight.height > 0.98 * SIZE[1]


def test_perspective_is_undone_unless_it_is_said_not_to_be(wide_wall: Pixels) -> None:
    photo = encoded(seen_at_an_angle(wide_wall, 36, 0)[0])
    turned, left = (run(photo, straighten=straighten, **SMALL) for straighten in (True, False))
    assert turned.report.straightened == "turned by 36 degrees, from its lines"
    assert left.report.straightened == "seen as photographed, as asked"
    assert turned.data != left.data


def test_a_drawn_surface_may_be_left_as_it_was_photographed_too(wide_wall: Pixels) -> None:
    photo = encoded(seen_at_an_angle(wide_wall, 36, 0)[0])
    half = {"polygon": [[0, 0], [0.5, 0], [0.5, 1], [0, 1]]}
    report = run(photo, region=half, straighten=False, **SMALL).report
    assert report.straightened == "seen as photographed, as asked"


def test_the_second_photo_may_be_left_as_it_was_photographed_too(wide_wall: Pixels) -> None:
    photos = Photos(encoded(grass(480, 360)), blend=encoded(seen_at_an_angle(wide_wall, 36, 0)[0]))

    def mixed(*, straighten: bool) -> bytes:
        wish = {"prompt": "half grass, half brick", "straighten": straighten, **SMALL}
        return SynthesisEngine().run(parse_request(wish), photos, lambda *_: None).data

    assert mixed(straighten=True) != mixed(straighten=False)
