"""Whatever photo comes, a sensible tile or a clear reason goes out."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from tests.engine.pictures import brick_wall, encoded, example, grass, surface_of
from tests.engine.test_synthesis import run
from tilewright.contract import Report, SurfaceUnusable
from tilewright.engine.arrays import Pixels, pixels

SIDE = 128
SMALL: dict[str, object] = {"width": SIDE, "height": SIDE}
"""What becomes of the photo is told by the smallest of tiles."""


def text() -> Pixels:
    page = np.full((600, 450, 3), 245, np.uint8)
    for line in range(12):
        words = "Lorem ipsum dolor sit amet"
        cv2.putText(page, words, (20, 60 + 42 * line), 0, 0.8, (20, 20, 20), 2)
    return page


def face() -> Pixels:
    picture = np.full((500, 400, 3), (90, 110, 140), np.uint8)
    cv2.ellipse(picture, (200, 250), (120, 160), 0, 0, 360, (224, 172, 140), -1)
    for x in (155, 245):
        cv2.circle(picture, (x, 215), 14, (40, 30, 30), -1)
    cv2.ellipse(picture, (200, 330), (50, 20), 0, 0, 180, (150, 60, 60), -1)
    return pixels(cv2.GaussianBlur(picture, (0, 0), 2))


def grazing() -> Pixels:
    """A wall that recedes until nothing can be told of it."""
    wall = brick_wall(1600, 480)
    ends = np.array([[0, 0], [1600, 0], [1600, 480], [0, 480]], np.float32)
    seen = np.array([[0, 0], [240, 210], [240, 270], [0, 480]], np.float32)
    photo = np.full((480, 320, 3), (140, 170, 210), np.uint8)
    matrix = cv2.getPerspectiveTransform(ends, seen)
    mask = cv2.warpPerspective(np.ones(wall.shape[:2], np.uint8), matrix, (320, 480))
    photo[mask > 0] = cv2.warpPerspective(wall, matrix, (320, 480))[mask > 0]
    return photo


def blurred() -> Pixels:
    return pixels(cv2.GaussianBlur(brick_wall(320, 240), (0, 0), 9))


def gray() -> Pixels:
    light = brick_wall(240, 180).mean(axis=2, keepdims=True)
    return pixels(np.repeat(light, 3, axis=2))


DRAWN: dict[str, Callable[[], Pixels]] = {
    "one color": lambda: np.full((300, 400, 3), 128, np.uint8),
    "black": lambda: np.zeros((64, 64, 3), np.uint8),
    "noise": lambda: np.random.default_rng(0).integers(0, 256, (150, 200, 3), dtype=np.uint8),
    "gradient": lambda: np.repeat(
        np.linspace(0, 255, 400, dtype=np.uint8)[None, :, None], 300, 0
    ).repeat(3, 2),
    "text": text,
    "face": face,
    "tiny": lambda: grass(32, 32),
    "panorama": lambda: brick_wall(2000, 250),
    "gray": gray,
    "strip": lambda: grass(2000, 64),
    "tower": lambda: grass(64, 2000),
    "grazing": grazing,
    "out of focus": blurred,
}


LITTLE = {"one color", "black", "noise", "gradient", "tiny", "strip"}
"""There is not much to see on them, and they give a tile all the same."""


FLAT = {"one color", "black", "face", "grazing"}
"""What is drawn of them, or the largest part of it, is of one color."""


def report_or_reason(name: str, **wish: object) -> Report | str:
    try:
        return run(encoded(DRAWN[name]()), "Extract the texture of the wall.", **wish).report
    except SurfaceUnusable as refusal:
        return str(refusal)


@pytest.mark.parametrize("name", DRAWN)
def test_a_tile_or_a_reason(name: str) -> None:
    match report_or_reason(name, **SMALL):
        case str(reason):
            assert name not in LITTLE
            assert "send a closer photo" in reason
        case Report() as report:
            assert (report.width, report.height) == (SIDE, SIDE)
            assert report.score.seam > 0.5
            assert report.surface
            assert 0 < report.surface.share <= 1
            assert report.surface.outline
            told = any("no texture can be seen" in note for note in report.notes)
            assert told == (name in FLAT)


@pytest.mark.parametrize("name", DRAWN)
def test_the_same_with_a_number_of_elements_and_another_size(name: str) -> None:
    match report_or_reason(name, elements=7, width=160, height=SIDE):
        case str(reason):
            assert "send a" in reason
        case Report() as report:
            assert (report.width, report.height) == (160, SIDE)


def test_what_stays_gray_stays_gray() -> None:
    outcome = run(encoded(gray()), "brick wall", image_format="png", **SMALL)
    tile = cv2.imdecode(np.frombuffer(outcome.data, np.uint8), cv2.IMREAD_COLOR)
    assert tile is not None
    assert np.ptp(tile.astype(int), axis=2).max() <= 2


def test_a_small_surface_says_how_it_was_enlarged() -> None:
    notes = " ".join(run(encoded(grass(100, 80)), "grass", width=512).report.notes)
    assert "times by bicubic interpolation" in notes


def test_other_surfaces_are_told_and_can_be_asked_for() -> None:
    photo = np.concatenate([brick_wall(320, 160), grass(320, 160)])
    surface = surface_of(run(encoded(photo), "🧱", **SMALL))
    assert surface.alternatives
    confidences = [one.confidence for one in surface.alternatives]
    assert confidences == sorted(confidences, reverse=True)
    assert surface.confidence >= confidences[0]
    other = surface.alternatives[0]
    drawn = surface_of(run(encoded(photo), "🧱", region={"polygon": other.outline}, **SMALL))
    assert drawn.share == pytest.approx(other.share, abs=0.02)


def test_a_real_photo_of_little_is_no_crash() -> None:
    assert surface_of(run(example("asphalt_street"), "the sky", **SMALL)).share > 0
