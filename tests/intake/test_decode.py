"""Whatever a stranger sends becomes sound pixels or a refusal, at a known cost."""

import random
import resource
import struct
import tracemalloc

import numpy as np
import pytest

from tilewright.contract import PhotoRefused
from tilewright.intake import Photo, PhotoLimits, decode, inspect

from .pictures import (
    BLUE,
    GREEN,
    RED,
    WHITE,
    bomb,
    chunk,
    encoded,
    exif,
    noise,
    plain,
    profile,
    quarters,
    with_chunks,
)

FORMATS = ["JPEG", "PNG", "WebP"]
COLORS = dict(zip("ABCD", (RED, GREEN, BLUE, WHITE), strict=True))
UPRIGHT = {
    1: "ABCD",
    2: "BADC",
    3: "DCBA",
    4: "CDAB",
    5: "ACBD",
    6: "CADB",
    7: "DBCA",
    8: "BDAC",
}
"""How a picture stored as ABCD (by rows) is seen, for each orientation of EXIF."""


def corners(photo: Photo) -> str:
    """The colors in the middles of the four quarters, as letters."""
    height, width = photo.pixels.shape[:2]
    found = photo.pixels[height // 4 :: height // 2, width // 4 :: width // 2].reshape(4, 3)
    return "".join(
        min(COLORS, key=lambda name: int(np.abs(pixel.astype(int) - COLORS[name]).sum()))
        for pixel in found
    )


def peak_memory() -> int:
    """The most that this process ever took, in units of the system."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


# What comes out


@pytest.mark.parametrize("format", FORMATS)
def test_pixels_are_rgb_bytes_in_order_that_nobody_can_change(format: str) -> None:
    pixels = decode(encoded(noise(100, 60), format)).pixels
    assert pixels.shape == (60, 100, 3)
    assert pixels.dtype == np.uint8
    assert pixels.flags.c_contiguous
    assert not pixels.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        pixels[0, 0, 0] = 1


@pytest.mark.parametrize("format, options", [("PNG", {}), ("WebP", {"lossless": True})])
def test_a_lossless_photo_comes_out_as_it_went_in(format: str, options: dict[str, object]) -> None:
    picture = noise(100, 60)
    pixels = decode(encoded(picture, format, **options)).pixels
    assert np.array_equal(pixels, np.asarray(picture))


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("orientation", UPRIGHT)
def test_a_photo_is_turned_upright(format: str, orientation: int) -> None:
    data = encoded(quarters(list(COLORS.values())), format, exif=exif(orientation))
    photo = decode(data)
    assert corners(photo) == UPRIGHT[orientation]
    assert photo.pixels.shape[:2] == ((64, 96) if orientation < 5 else (96, 64))
    assert inspect(data) == photo.pixels.shape[1::-1]
    assert photo.pixels.flags.c_contiguous


@pytest.mark.parametrize("format", FORMATS)
def test_the_focal_length_comes_with_the_photo(format: str) -> None:
    assert decode(encoded(plain(), format, exif=exif(focal=27))).focal_ratio == 0.75
    assert decode(encoded(plain(), format)).focal_ratio is None


@pytest.mark.parametrize("format", ["PNG", "WebP"])
def test_of_an_animation_the_first_picture_is_taken(format: str) -> None:
    more = [plain(GREEN), plain(BLUE)]
    data = encoded(plain(RED), format, save_all=True, append_images=more, duration=100)
    assert corners(decode(data)) == "AAAA"


def test_of_a_phones_file_with_several_pictures_the_first_is_taken() -> None:
    data = encoded(plain(RED), "MPO", save_all=True, append_images=[plain(GREEN)])
    assert b"MPF\0" in data
    assert corners(decode(data)) == "AAAA"


@pytest.mark.parametrize("format", FORMATS)
def test_broken_exif_is_ignored(format: str) -> None:
    broken = b"Exif\0\0" + b"II*\0" + struct.pack("<IHHHII", 8, 9, 0x010F, 2, 10**6, 10**6)
    assert corners(decode(encoded(plain(), format, exif=broken))) == "AAAA"


@pytest.mark.parametrize("key", [b"exif", b"icc_profile", b"gamma"])
def test_a_text_that_is_named_like_metadata_is_no_metadata(key: bytes) -> None:
    text = chunk(b"tEXt", key + b"\0II*\0 and so on")
    assert corners(decode(with_chunks(encoded(plain(), "PNG"), text))) == "AAAA"


# What is refused


@pytest.mark.parametrize("data", [b"", b"a letter", b"GIF89a", b"<!doctype html>"])
def test_what_is_no_photo_is_refused(data: bytes) -> None:
    for door in (inspect, decode):
        with pytest.raises(PhotoRefused, match="the photo is "):
            door(data)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
def test_a_photo_that_is_cut_short_is_refused(format: str, part: float) -> None:
    data = encoded(noise(), format)
    for door in (inspect, decode):
        with pytest.raises(PhotoRefused, match=f"the {format} photo is cut short; send the whole"):
            door(data[: int(part * len(data))])


def test_a_png_that_lacks_only_what_nobody_reads_is_taken() -> None:
    assert decode(encoded(noise(), "PNG")[:-16]).pixels.shape == (64, 64, 3)


@pytest.mark.parametrize(
    "width, height, reason",
    [
        (1, 1, "1x1 pixels; each side needs at least 32"),
        (31, 500, "31x500 pixels; each side needs at least 32"),
        (20000, 50, "20000x50 pixels; a side may have 16384"),
        (50, 20000, "50x20000 pixels; a side may have 16384"),
    ],
)
def test_a_photo_too_small_or_too_long_is_refused(width: int, height: int, reason: str) -> None:
    for door in (inspect, decode):
        with pytest.raises(PhotoRefused, match=reason):
            door(encoded(noise(width, height), "PNG", compress_level=1))


def test_the_limits_are_the_callers() -> None:
    data = encoded(noise(100, 60), "PNG")
    assert inspect(data, PhotoLimits(len(data), 0.006, 100, 60)) == (100, 60)
    for limits, reason in (
        (PhotoLimits(size=len(data) - 1), "MiB are taken"),
        (PhotoLimits(megapixels=0.0059), "at most 0.0059 are decoded"),
        (PhotoLimits(longest_side=99), "a side may have 99"),
        (PhotoLimits(shortest_side=61), "at least 61"),
    ):
        with pytest.raises(PhotoRefused, match=reason):
            decode(data, limits)


def test_a_small_file_that_opens_to_half_a_gigabyte_is_refused_unopened() -> None:
    data = bomb(23_500)
    assert len(data) < 2**20
    before = peak_memory()
    roomy = PhotoLimits(longest_side=30_000)
    for door in (inspect, decode):
        with pytest.raises(PhotoRefused, match=r"552\.2 megapixels; at most 50"):
            door(data, roomy)
    assert peak_memory() < 1.2 * before


def test_the_bomb_would_have_opened() -> None:
    assert not decode(bomb(1500)).pixels.any()


@pytest.mark.parametrize("format", FORMATS)
def test_exif_that_points_at_itself_takes_no_memory(format: str) -> None:
    entries = b"".join(struct.pack("<HHII", 0x1000 + tag, 7, 60_000, 8) for tag in range(4000))
    block = b"Exif\0\0II*\0" + struct.pack("<IH", 8, 4000) + entries
    data = encoded(plain(), format, exif=block.ljust(65_000, b"\0"))
    tracemalloc.start()
    decode(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**20


def test_two_headers_that_disagree_are_refused() -> None:
    png = encoded(plain(), "PNG")
    second = chunk(b"IHDR", struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0))
    with pytest.raises(PhotoRefused, match="damaged header"):
        decode(with_chunks(png, second))


@pytest.mark.parametrize(
    "format, options",
    [
        ("JPEG", {}),
        ("JPEG", {"progressive": True, "icc_profile": profile(), "exif": exif(6, 27)}),
        ("PNG", {}),
        ("PNG", {"icc_profile": profile(), "exif": exif(6, 27), "save_all": True}),
        ("WebP", {"lossless": True}),
        ("WebP", {"icc_profile": profile(), "exif": exif(6, 27), "save_all": True}),
    ],
)
def test_damage_is_refused_or_decoded_but_never_an_accident(
    format: str, options: dict[str, object]
) -> None:
    if "save_all" in options:
        options = options | {"append_images": [noise(40, 48).rotate(180)], "duration": 9}
    sound = encoded(noise(40, 48), format, **options)
    dice = random.Random(f"{format} {len(options)}")
    outcomes = set()
    for _ in range(250):
        data = bytearray(sound)
        for _ in range(dice.randint(0, 6)):
            reach = len(data) if dice.random() < 0.5 else min(len(data), 700)
            data[dice.randrange(reach)] = dice.choice((0, 1, 0x7F, 0xFF, dice.randrange(256)))
        if dice.random() < 0.3:
            del data[dice.randrange(len(data)) :]
        try:
            outcomes.add(decode(bytes(data)).pixels.dtype.name)
        except PhotoRefused:
            outcomes.add("refused")
    assert outcomes == {"uint8", "refused"}
