"""Every kind of picture comes out as opaque sRGB with 8 bits a channel."""

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from tilewright.contract import PhotoRefused
from tilewright.intake import decode

from .pictures import (
    BLUE,
    GREEN,
    RED,
    SIDE,
    WHITE,
    chunk,
    encoded,
    noise,
    plain,
    png_16_bit,
    profile,
    profile_with_red_for_blue,
    quarters,
)

CLEAR_BLUE = (*BLUE, 0)


def colors(data: bytes) -> list[tuple[int, ...]]:
    """The different colors of the decoded photo, sorted."""
    found: npt.NDArray[np.uint8] = np.unique(decode(data).pixels.reshape(-1, 3), axis=0)
    return [tuple(int(channel) for channel in color) for color in found]


def near(data: bytes, color: tuple[int, ...], reach: int = 3) -> bool:
    return bool((np.abs(decode(data).pixels.astype(int) - color) <= reach).all())


# Modes


def test_cmyk_is_converted() -> None:
    assert near(encoded(plain((0, 255, 255, 0), "CMYK"), "JPEG"), RED)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_every_mode_of_png_is_converted(mode: str) -> None:
    assert colors(encoded(plain(WHITE).convert(mode), "PNG")) == [WHITE]


def test_a_gray_jpeg_is_converted() -> None:
    assert near(encoded(plain((77,), "L"), "JPEG"), (77, 77, 77))


def test_16_bit_gray_is_scaled_and_not_clipped() -> None:
    samples = np.linspace(0, 65535, SIDE * SIDE).astype(np.uint16).reshape(SIDE, SIDE)
    pixels = decode(png_16_bit(samples)).pixels
    assert np.array_equal(pixels, np.repeat(samples[..., None] >> 8, 3, axis=2))


def test_16_bit_rgb_is_scaled_and_not_clipped() -> None:
    samples = np.random.default_rng(3).integers(0, 65536, (SIDE, SIDE, 3), np.uint16)
    assert np.array_equal(decode(png_16_bit(samples)).pixels, samples >> 8)


def test_a_palette_is_looked_up() -> None:
    picture = quarters([RED, GREEN, BLUE, WHITE]).quantize(4)
    assert picture.mode == "P"
    assert colors(encoded(picture, "PNG")) == sorted([RED, GREEN, BLUE, WHITE])


# Transparency


@pytest.mark.parametrize("format", ["PNG", "WebP"])
def test_what_is_transparent_is_filled_with_the_mean_of_the_rest(format: str) -> None:
    picture = quarters([(*RED, 255), CLEAR_BLUE, CLEAR_BLUE, (*WHITE, 255)], "RGBA")
    data = encoded(picture, format, lossless=True, exact=True)
    assert colors(data) == [RED, (255, 128, 128), WHITE]


def test_what_is_transparent_is_told_and_turned_with_the_photo() -> None:
    picture = quarters([(*RED, 255), CLEAR_BLUE, (*RED, 255), (*WHITE, 255)], "RGBA")
    seen = np.asarray(picture)[..., 3] > 0
    exif = Image.Exif()
    exif[274] = 6
    for turns, about in ((0, Image.Exif()), (-1, exif)):
        shown = decode(encoded(picture, "PNG", exif=about)).shown
        assert shown is not None
        assert np.array_equal(shown, np.rot90(seen, turns))
    for whole in (plain(RED), plain((*RED, 200), "RGBA"), plain((*RED, 9), "RGBA")):
        assert decode(encoded(whole, "PNG")).shown is None


def test_a_transparent_entry_of_a_palette_is_filled() -> None:
    picture = quarters([RED, RED, BLUE, BLUE]).quantize(2)
    index = picture.getpixel((0, 40))
    assert isinstance(index, int)
    assert colors(encoded(picture, "PNG", transparency=index)) == [RED]


def test_a_transparent_color_is_filled() -> None:
    data = encoded(quarters([RED, RED, BLUE, BLUE]), "PNG", transparency=BLUE)
    assert colors(data) == [RED]


def test_a_transparent_gray_of_16_bits_is_filled() -> None:
    samples = np.full((SIDE, SIDE), 50_000, np.uint16)
    samples[:9] = 1234
    clear = chunk(b"tRNS", (1234).to_bytes(2))
    assert colors(png_16_bit(samples, clear)) == [(195, 195, 195)]


def test_gray_with_alpha_is_filled() -> None:
    picture = quarters([(90, 255), (90, 255), (10, 0), (10, 0)], "LA")
    assert colors(encoded(picture, "PNG")) == [(90, 90, 90)]


def test_what_is_faint_all_over_is_seen_as_itself() -> None:
    assert colors(encoded(plain((*RED, 9), "RGBA"), "PNG")) == [RED]


@pytest.mark.parametrize("format", ["PNG", "WebP"])
def test_a_photo_that_shows_nothing_is_refused(format: str) -> None:
    with pytest.raises(PhotoRefused, match="shows nothing"):
        decode(encoded(plain(CLEAR_BLUE, "RGBA"), format, exact=True))


# Color profiles


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WebP"])
def test_a_color_profile_is_followed(format: str) -> None:
    data = encoded(plain((250, 20, 10)), format, icc_profile=profile_with_red_for_blue())
    assert near(data, (10, 20, 250), 6)


def test_a_profile_is_followed_through_palette_and_transparency() -> None:
    picture = quarters([RED, RED, GREEN, GREEN]).quantize(2)
    index = picture.getpixel((0, 40))
    data = encoded(picture, "PNG", transparency=index, icc_profile=profile_with_red_for_blue())
    assert near(data, BLUE)


def test_srgb_itself_changes_next_to_nothing() -> None:
    picture = noise()
    seen = decode(encoded(picture, "PNG", icc_profile=profile())).pixels
    assert np.abs(seen.astype(int) - np.asarray(picture)).max() <= 2


@pytest.mark.parametrize(
    "broken",
    [b"nonsense", profile()[:200], profile()[:-100] + bytes(60), bytes(128), profile("LAB")],
    ids=["text", "head only", "damaged end", "zeros", "LAB"],
)
def test_a_profile_that_is_broken_or_does_not_fit_is_ignored(broken: bytes) -> None:
    picture = noise()
    seen = decode(encoded(picture, "PNG", icc_profile=broken)).pixels
    assert np.abs(seen.astype(int) - np.asarray(picture)).max() <= 2


def test_a_profile_of_another_kind_of_picture_is_ignored() -> None:
    for picture in (plain((80,), "L"), Image.new("CMYK", (SIDE, SIDE), (0, 0, 0, 175))):
        assert near(encoded(picture, "JPEG", icc_profile=profile_with_red_for_blue()), (80,) * 3)
