"""A file is known by its first bytes, and its size is told without decoding it."""

import struct
from time import perf_counter

import pytest

from tilewright.contract import PhotoRefused
from tilewright.intake.header import MOST_CHUNKS, read_header, recognize

from .pictures import chunk, encoded, noise, plain, with_chunks

OTHERS = {
    "GIF": encoded(plain(), "GIF"),
    "TIFF": encoded(plain(), "TIFF"),
    "BMP": encoded(plain(), "BMP"),
    "AVIF": b"\0\0\0\x20ftypavif" + bytes(100),
    "HEIC": b"\0\0\0\x20ftypheic" + bytes(100),
    "JPEG 2000": b"\0\0\0\x0cjP  \r\n\x87\n",
    "JPEG XL": b"\xff\x0a" + bytes(100),
    "Photoshop": b"8BPS\0\1",
    "PDF": b"%PDF-1.7\n",
    "SVG": b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>",
    "HTML": b"\n<!DOCTYPE html><title>Not found</title>",
    "video": b"\0\0\0\x20ftypisom" + bytes(100),
    "ZIP": b"PK\3\4" + bytes(100),
}


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WebP"])
@pytest.mark.parametrize("width, height", [(1, 1), (37, 91), (400, 3)])
def test_the_size_is_read_from_the_header(format: str, width: int, height: int) -> None:
    assert read_header(encoded(noise(width, height), format)) == (format, width, height)


@pytest.mark.parametrize("options", [{"lossless": True}, {"exact": True, "icc_profile": b"x"}])
def test_every_kind_of_webp_tells_its_size(options: dict[str, object]) -> None:
    assert read_header(encoded(noise(37, 91), "WebP", **options)) == ("WebP", 37, 91)


@pytest.mark.parametrize("format", OTHERS)
def test_another_format_is_refused_by_its_name(format: str) -> None:
    with pytest.raises(PhotoRefused, match=rf"^the photo is {format}; send JPEG, PNG or WebP$"):
        read_header(OTHERS[format])


@pytest.mark.parametrize("data", [b"a letter to my aunt", b"\0", bytes(1000), b"RIFF1234WAVE"])
def test_what_is_no_image_is_refused(data: bytes) -> None:
    with pytest.raises(PhotoRefused, match="is not an image"):
        read_header(data)


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(PhotoRefused, match="is empty"):
        read_header(b"")


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WebP"])
def test_a_file_that_ends_before_its_size_is_refused(format: str) -> None:
    with pytest.raises(PhotoRefused, match="does not say its size"):
        read_header(encoded(plain(), format)[:20])


def test_a_text_full_of_comments_is_recognized_at_once() -> None:
    start = perf_counter()
    assert recognize(b"<!---->" * 24) is None
    assert perf_counter() - start < 1


def test_a_jpeg_of_endless_scans_is_refused() -> None:
    data = encoded(noise(), "JPEG")
    scan = data[data.index(b"\xff\xda") : -2]
    with pytest.raises(PhotoRefused, match="more than 64 scans"):
        read_header(data[:-2] + 64 * scan + data[-2:])


def test_a_jpeg_of_endless_segments_is_refused() -> None:
    data = encoded(plain(), "JPEG")
    with pytest.raises(PhotoRefused, match="4096 segments"):
        read_header(data[:2] + b"\xff\xe5\0\2" * 5000 + data[2:])


def test_a_progressive_jpeg_is_no_waste_of_time() -> None:
    assert read_header(encoded(noise(), "JPEG", progressive=True)).width == 64


def test_a_png_of_endless_chunks_is_refused() -> None:
    many = chunk(b"abCd", b"") * MOST_CHUNKS
    with pytest.raises(PhotoRefused, match="more than 65536 chunks"):
        read_header(with_chunks(encoded(plain(), "PNG"), many))


def test_a_png_chunk_of_a_wrong_length_ends_the_count() -> None:
    endless = struct.pack(">I", 2**32 - 1) + b"abCd"
    assert read_header(with_chunks(encoded(plain(), "PNG"), endless)).format == "PNG"
