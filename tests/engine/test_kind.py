"""What is no part of a surface is left out of it; light and distance take nothing away."""

import cv2
import numpy as np
import pytest

from tests.engine.pictures import brick_wall
from tilewright.engine.arrays import Mask, Pixels, pixels
from tilewright.engine.synthesis.kind import without_odd_ones, without_strangers
from tilewright.engine.synthesis.patches import patches_of
from tilewright.engine.synthesis.regions import regions_of
from tilewright.engine.synthesis.surface import find_surface
from tilewright.engine.synthesis.words import understand

WIDTH, HEIGHT = 512, 384


def left(photo: Pixels) -> Mask:
    """What is left of a photo that is taken for one surface."""
    return without_strangers(np.ones(photo.shape[:2], np.bool_), patches_of(photo))


def wall() -> Pixels:
    return brick_wall(WIDTH, HEIGHT, (32, 12))


def with_tufts(photo: Pixels) -> Pixels:
    """Moss in the joints of a wall, a dozen tufts of 12 to 28 pixels; none at its top."""
    chance = np.random.default_rng(2)
    for top in range(90, HEIGHT - 24, 24):
        size = int(chance.integers(6, 15)), int(chance.integers(12, 28)), 1
        left = int(chance.integers(0, WIDTH - size[1]))
        shade = np.array([95, 125, 55]) + chance.normal(0, 12)
        photo[top : top + size[0], left : left + size[1]] = pixels(
            shade + chance.normal(0, 9, size)
        )
    return photo


def test_tufts_in_the_joints_are_the_wall_s_own_and_one_lamp_is_not() -> None:
    photo = with_tufts(wall())
    photo[40:68, 240:268] = (40, 70, 170)

    kept = find_surface(photo, understand("brick from the wall")).mask

    assert kept[44:64, 244:264].mean() < 0.1
    assert kept[80:].all()


def test_one_orange_leaf_is_one_of_the_leaves() -> None:
    noise = np.random.default_rng(1).normal(0, 1, (HEIGHT // 8, WIDTH // 8, 1))
    photo = pixels(np.array([95, 65, 45]) + 22 * noise.repeat(8, 0).repeat(8, 1))
    photo[180:224, 240:284] = pixels(photo[180:224, 240:284] * [2.1, 1.5, 0.5])

    leaves, soil = (
        find_surface(photo, understand(f"{name} on the ground")).mask for name in ("leaves", "soil")
    )

    assert leaves[184:220, 244:280].all()
    assert not soil[184:220, 244:280].any()


@pytest.mark.parametrize(
    ("shade", "own"), [((45, 45, 45), True), ((215, 215, 215), False), ((120, 45, 45), False)]
)
def test_a_crack_is_of_the_asphalt_and_a_mark_painted_on_it_is_not(
    shade: tuple[int, int, int], *, own: bool
) -> None:
    noise = np.random.default_rng(1).normal(0, 1, (HEIGHT, WIDTH, 1))
    photo = pixels(np.array([118, 117, 115]) + 75 * cv2.GaussianBlur(noise, (0, 0), 1)[..., None])
    line = np.array([(40, 150), (140, 190), (300, 160), (420, 215)], np.int32)
    on_it = cv2.polylines(np.zeros(photo.shape[:2], np.uint8), [line], False, 1, 3) > 0
    cv2.polylines(photo, [line], False, shade, 5)

    kept = find_surface(photo, understand("asphalt")).mask

    assert kept[on_it].mean() == pytest.approx(float(own), abs=0.05)
    assert kept[~on_it].mean() > 0.9


@pytest.mark.parametrize(("tint", "own"), [(1.0, True), (1.25, False)])
def test_what_looks_just_like_the_rest_is_of_the_surface_though_the_frame_cuts_it_off(
    tint: float, *, own: bool
) -> None:
    photo, strip = wall(), 76
    photo[:, :strip] = pixels(photo[:, :strip] * [1, tint, tint])
    patches = patches_of(photo)
    whole = max(regions_of(patches, WIDTH * HEIGHT), key=lambda region: region.share)
    region = whole._replace(inside=whole.inside & (patches.x > strip / WIDTH))

    kept = without_odd_ones(region, patches, heap=False)

    assert kept[:, : strip - 8].mean() == own


def test_a_band_of_plaster_across_a_brick_wall_is_left_out_though_it_has_its_color() -> None:
    photo = wall()
    photo[:, 200:290] = photo.reshape(-1, 3).mean(axis=0)

    kept = left(photo)

    assert kept[:, 205:285].mean() < 0.05
    assert kept[:, :180].mean() > 0.95
    assert kept[:, 310:].mean() > 0.95


def test_an_animal_on_the_ground_is_left_out() -> None:
    noise = np.random.default_rng(1).normal(0, 1, (HEIGHT, WIDTH, 1))
    photo = pixels(np.array([170, 160, 140]) + 5 * noise)
    photo[150:240, 120:380] = pixels(np.array([95, 100, 115]) + 30 * noise[150:240, 120:380])

    kept = left(photo)

    assert kept[155:235, 125:375].mean() < 0.05
    assert kept[:120].mean() > 0.95


@pytest.mark.parametrize("shade", [0.35, 0.6, 1.6])
def test_a_shadow_or_a_patch_of_sun_is_the_same_wall(shade: float) -> None:
    light = np.ones((HEIGHT, WIDTH, 1))
    light[:, 380:] = shade

    assert left(pixels(wall() * light)).all()


def test_a_wall_that_grows_soft_with_its_distance_is_one_wall() -> None:
    near, soft = wall(), cv2.GaussianBlur(wall(), (0, 0), 9)
    far = np.clip(np.linspace(-0.5, 1, WIDTH), 0, 1)[None, :, None]

    assert left(pixels((1 - far) * near + far * soft)).all()


def test_a_mixture_of_three_kinds_stays_as_it_is() -> None:
    photo = wall()
    photo[:, :170] = (90, 140, 60)
    photo[:, 340:] = (60, 80, 160)

    assert left(photo).all()


def test_what_has_no_room_for_a_core_stays_as_it_is() -> None:
    photo = wall()[:12]

    assert left(photo).all()
