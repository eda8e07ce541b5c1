"""The surface that the prompt names is the one that is taken."""

import cv2
import numpy as np
import pytest

from tests.engine.pictures import brick_wall, grass
from tilewright.engine.arrays import Pixels, pixels
from tilewright.engine.synthesis.surface import UNNAMED, find_surface
from tilewright.engine.synthesis.words import understand

WIDTH = 320
"""Of the photos, in pixels."""


@pytest.mark.parametrize(
    ("prompt", "top"),
    [
        ("Extract brick texture from the wall.", True),
        ("Extract grass texture from the lawn.", False),
        ("the green surface", False),
        ("the surface at the bottom", False),
    ],
)
def test_the_named_one_of_two_surfaces_is_found(prompt: str, top: bool) -> None:
    photo = np.vstack([brick_wall(WIDTH, 160), grass(WIDTH, 160)])
    mask = find_surface(photo, understand(prompt)).mask
    named = mask[:160] if top else mask[160:]
    assert named.mean() > 0.8
    assert named.sum() > 0.95 * mask.sum()


BRIGHT_SKY, DEEP_SKY = ((90, 140, 215), (170, 200, 235)), ((20, 60, 150), (60, 110, 190))
"""Colors at the photo's top and bottom."""


@pytest.mark.parametrize("sky", [BRIGHT_SKY, DEEP_SKY])
@pytest.mark.parametrize("wall", [(240, 239, 236), (225, 215, 190)])
@pytest.mark.parametrize("prompt", ["the house wall", "white wall", "concrete wall"])
def test_sky_beside_a_house_is_no_wall(
    prompt: str, wall: tuple[int, int, int], sky: tuple[tuple[int, ...], ...]
) -> None:
    chance, down = np.random.default_rng(1), np.linspace(0, 1, 720)[:, None, None]
    photo = np.array(sky[0]) * (1 - down) + np.array(sky[1]) * down
    photo = photo + chance.normal(0, 1.5, (720, 960, 1))
    blotches = cv2.GaussianBlur(chance.normal(size=(720, 960)), (0, 0), 6)[..., None]
    photo[250:620, 250:] = (wall + chance.normal(0, 3, (720, 960, 1)) + 10 * blotches)[
        250:620, 250:
    ]
    for left in range(320, 900, 160):
        photo[330:420, left : left + 60] = photo[470:560, left : left + 60] = (50, 55, 65)
    photo[620:] = np.array([90, 110, 60]) + chance.normal(0, 14, (100, 960, 1))
    mask = find_surface(pixels(photo), understand(prompt)).mask
    assert mask[250:620, 250:].sum() > 0.95 * mask.sum()


@pytest.mark.parametrize("grain", [1, 4])
def test_a_wall_that_is_to_be_blue_is_no_sky(grain: int) -> None:
    photo = np.vstack([tinted(105, 250, grain, (-65, -25, 55)), rough(120, 70, grain=14)])
    mask = find_surface(photo, understand("blue wall")).mask
    assert mask[:250].sum() > 0.95 * mask.sum()
    assert mask[:250].mean() > 0.8


def test_painted_wood_may_be_blue_though_the_ground_is_as_brown_as_wood() -> None:
    photo = np.vstack([planks((150, 172, 190), 320), planks((146, 112, 78), 40)])
    mask = find_surface(photo, understand("painted wood texture from the wall")).mask
    assert mask[:320].mean() > 0.8
    assert mask[:320].sum() > 0.95 * mask.sum()


def test_red_paint_is_the_vivid_red_and_not_the_large_calm_gray() -> None:
    photo = np.vstack([rough(120, 220, grain=4), planks((235, 20, 15), 100)])
    mask = find_surface(photo, understand("red paint texture from the car")).mask
    assert mask[220:].mean() > 0.8
    assert mask[220:].sum() > 0.95 * mask.sum()


def test_a_path_through_a_meadow_is_not_the_meadow_that_is_six_times_as_large() -> None:
    photo, trodden = tinted(115, 320, 5, (8, -4, -38)), np.zeros((320, WIDTH), np.uint8)
    outline = np.array([(30, 320), (140, 320), (215, 90), (190, 90)], np.int32)
    path = cv2.fillPoly(trodden, [outline], 1) > 0
    photo[path] = tinted(150, 320, 9, (8, -20, -40))[path]
    taken = find_surface(photo, understand("earth texture from the path")).mask
    assert taken[path].sum() > 0.95 * taken.sum()
    assert taken[path].mean() > 0.2
    assert not find_surface(photo, understand("earth texture from the ground")).mask[path].any()


def test_mossy_rock_is_the_mixture_and_not_its_most_even_part() -> None:
    photo = np.vstack([grass(WIDTH, 80), mossy(WIDTH, 240)])
    mask = find_surface(photo, understand("mossy rock texture from the ground")).mask
    assert mask[80:].mean() > 0.8


def test_asphalt_is_the_road_beyond_the_pavement_and_not_its_gray_slabs() -> None:
    photo = np.vstack([rough(120, 160, grain=4), slabs(160)])
    mask = find_surface(photo, understand("asphalt texture from the road")).mask
    assert mask[:160].mean() > 0.8
    assert mask[:160].sum() > 0.95 * mask.sum()


def test_the_lower_part_of_a_wall_may_lie_low_though_walls_seldom_do() -> None:
    photo = np.vstack([rough(150, 250, grain=18), rough(125, 50, grain=18)])
    mask = find_surface(photo, understand("stone texture from the lower part of the wall")).mask
    assert mask[250:].sum() > 0.95 * mask.sum()


@pytest.mark.parametrize("prompt", ["grass at the bottom", "the lower part of the lawn"])
def test_what_lies_farther_down_than_the_prompt_asks_is_down_there_too(prompt: str) -> None:
    photo = tinted(120, 320, 6, (30, 10, -20))
    photo[215:265, 40:280] = pixels(0.7 * grass(240, 50) + 20)
    photo[285:] = grass(WIDTH, 35)
    assert find_surface(photo, understand(prompt)).mask[289:].mean() > 0.8


def rough(light: int, height: int, grain: int) -> Pixels:
    """Gray ground without any direction."""
    noise = np.random.default_rng(7).normal(0, grain, (height, WIDTH))
    return pixels(np.repeat((light + cv2.GaussianBlur(noise, (0, 0), 0.7))[..., None], 3, axis=2))


def tinted(light: int, height: int, grain: int, tint: tuple[int, int, int]) -> Pixels:
    """The same in a color."""
    return pixels(rough(light, height, grain) + np.array(tint, np.float64))


def slabs(height: int) -> Pixels:
    """Gray slabs with dark joints every 24 pixels."""
    laid = rough(120, height, grain=4)
    laid[::24] = laid[:, ::24] = 95
    return laid


def mossy(width: int, height: int) -> Pixels:
    """Patches of moss on gray rock, some 20 pixels large."""
    random = np.random.default_rng(6)
    patchy = cv2.GaussianBlur(random.normal(0, 1, (height, width)), (0, 0), 8)
    moss = np.clip(0.5 + patchy / patchy.std(), 0, 1)[..., None]
    colors = moss * np.array([120, 115, 40]) + (1 - moss) * np.array([150, 140, 135])
    return pixels(colors + random.normal(0, 18, (height, width, 1)))


def planks(color: tuple[int, int, int], height: int) -> Pixels:
    """Rough boards that lie across, with a dark joint every 60 pixels."""
    random = np.random.default_rng(5)
    grain = cv2.GaussianBlur(random.normal(0, 160, (height, WIDTH)), (0, 0), sigmaX=4, sigmaY=0.8)
    grain[::60] = grain[1::60] = -90
    return pixels(np.array(color) + grain[..., None])


def test_what_no_word_names_is_told_with_less_certainty() -> None:
    wall = brick_wall(WIDTH, 320)
    named, unnamed = (
        find_surface(wall, understand(words)).confidence for words in ("brick wall", "le mur rouge")
    )
    assert unnamed < UNNAMED < named


def test_a_photo_of_one_surface_is_that_surface() -> None:
    assert find_surface(grass(400, 300), understand("grass")).mask.mean() > 0.9
