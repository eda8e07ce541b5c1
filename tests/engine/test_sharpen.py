"""Blur of a lens is undone as far as detail is left; what is sharp stays as it was."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from tilewright.engine.arrays import Floats, floats
from tilewright.engine.synthesis.sharpen import lacking, sharpened
from tilewright.score.sharpness import FINEST


def brought_back(picture: Floats, zoom: float = 1.0) -> Floats:
    return sharpened(picture, zoom, lacking(picture, zoom))


def stone(side: int = 512, power: float = 1.0) -> Floats:
    """Gray, with as much detail in each octave as in the next; with a greater power, with less."""
    random = np.random.default_rng(3)
    waves = np.hypot(*np.meshgrid(np.fft.fftfreq(side), np.fft.fftfreq(side)))
    noise = np.fft.fft2(random.normal(0, 1, (side, side))) / np.maximum(waves, 1 / side) ** power
    detail = np.fft.ifft2(noise).real
    return floats(np.repeat((128 + 25 * detail / detail.std())[..., None], 3, axis=2))


def leaves(side: int = 512) -> Floats:
    """Smooth, each of one gray, with crisp edges: little fine detail, and no blur."""
    random = np.random.default_rng(4)
    picture = np.full((side, side, 3), 90, np.uint8)
    for _ in range(4000):
        x, y, size, gray = (
            int(one) for one in random.uniform((0, 0, 4, 20), (side, side, 14, 230))
        )
        cv2.circle(picture, (x, y), size, (gray, gray, gray), -1, cv2.LINE_AA)
    return floats(picture)


def blurred(picture: Floats, sigma: float) -> Floats:
    return floats(cv2.GaussianBlur(picture, (0, 0), sigma, borderType=cv2.BORDER_REFLECT))


def halved(picture: Floats) -> Floats:
    """At half the size, where the finest waves, which no lens gives back, are left out."""
    return floats(cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))


def apart(one: Floats, other: Floats) -> float:
    return float(np.sqrt(((one - other)[16:-16, 16:-16] ** 2).mean()))


def finest(picture: Floats) -> float:
    """Strength of the finest octave, as `FINEST` says what that is."""
    return float((picture - blurred(picture, FINEST))[16:-16, 16:-16].std())


@pytest.mark.parametrize("sigma", [0.8, 1.2])
def test_a_photo_out_of_focus_comes_nearer_to_the_surface(sigma: float) -> None:
    soft = blurred(stone(), sigma)
    sharp = brought_back(soft)
    assert apart(sharp, stone()) < 0.95 * apart(soft, stone())
    assert apart(halved(sharp), halved(stone())) < 0.8 * apart(halved(soft), halved(stone()))


@pytest.mark.parametrize("lack", [0.4, 0.8])
def test_the_finest_detail_gets_what_it_was_read_to_lack(lack: float) -> None:
    soft = blurred(stone(), 0.7)
    gained = np.log(finest(sharpened(soft, 1.0, lack)) / finest(soft))
    assert gained == pytest.approx(lack, rel=0.15)


@pytest.mark.parametrize("surface", [stone, leaves])
def test_a_sharp_photo_stays_as_it_was(surface: Callable[[], Floats]) -> None:
    assert np.array_equal(brought_back(surface()), surface())


def test_a_smooth_material_is_not_taken_for_one_out_of_focus() -> None:
    smooth = stone(power=1.4)
    assert np.array_equal(brought_back(smooth), smooth)


def test_leaves_out_of_focus_come_nearer_to_themselves() -> None:
    soft = blurred(leaves(), 1.2)
    sharp = brought_back(soft)
    assert apart(halved(sharp), halved(leaves())) < 0.8 * apart(halved(soft), halved(leaves()))


def test_an_enlarged_photo_is_judged_at_its_own_size() -> None:
    large = floats(cv2.resize(stone(256), None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC))
    assert apart(brought_back(large, 3.0), large) < 0.2


@pytest.mark.parametrize("rise", [0, 70])
def test_a_picture_without_detail_stays_as_it_was(rise: int) -> None:
    ramp = floats(np.tile(np.linspace(90, 90 + rise, 400)[None, :, None], (300, 1, 3)))
    assert np.abs(brought_back(ramp) - ramp).max() < 1
