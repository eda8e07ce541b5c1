"""EXIF tells which way is up and how long the lens was, and cannot do harm."""

import struct

import pytest

from tilewright.intake.exif import Exif, read_exif

from .pictures import exif

NOTHING = Exif(1, None)
LITTLE = exif(6, 18)


def big_endian(orientation: int, kind: int = 3, count: int = 1) -> bytes:
    value = struct.pack(">HH", orientation, 0) if kind == 3 else struct.pack(">I", orientation)
    return b"MM\0*" + struct.pack(">IHHHI", 8, 1, 0x0112, kind, count) + value + bytes(4)


def test_orientation_and_focal_length_are_read() -> None:
    assert read_exif(LITTLE) == Exif(6, 18 / 36)


@pytest.mark.parametrize("kind", [3, 4])
def test_both_byte_orders_and_both_sizes_of_number_are_read(kind: int) -> None:
    assert read_exif(big_endian(8, kind)).orientation == 8


def test_the_mark_before_the_block_may_be_missing() -> None:
    assert read_exif(LITTLE.removeprefix(b"Exif\0\0")) == read_exif(LITTLE)


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_cannot_be_is_ignored(orientation: int) -> None:
    assert read_exif(exif(orientation)) == NOTHING


@pytest.mark.parametrize("focal", [0, 3001, 65535])
def test_a_focal_length_that_cannot_be_is_ignored(focal: int) -> None:
    assert read_exif(exif(3, focal)) == Exif(3, None)


def test_a_tag_that_is_not_one_whole_number_is_ignored() -> None:
    assert read_exif(big_endian(8, count=2)) == NOTHING


@pytest.mark.parametrize("block", [None, "Exif", b"", b"Exif\0\0", b"II*\0", b"nonsense" * 9])
def test_what_is_no_exif_says_nothing(block: object) -> None:
    assert read_exif(block) == NOTHING


@pytest.mark.parametrize("length", range(len(LITTLE)))
def test_a_block_that_is_cut_short_does_no_harm(length: int) -> None:
    assert read_exif(LITTLE[:length]) in (NOTHING, Exif(6, None), read_exif(LITTLE))


def test_a_directory_that_points_to_itself_is_read_once() -> None:
    loop = b"II*\0" + struct.pack("<IHHHII", 8, 1, 0x8769, 4, 1, 8)
    assert read_exif(loop) == NOTHING
