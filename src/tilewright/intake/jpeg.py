"""The segments of a JPEG file: its size, its EXIF, and the part of it that a decoder needs."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from tilewright.contract import PhotoRefused

MOST_SCANS = 64
"""Passes of a progressive JPEG over the picture; encoders make 10 to 20. Each costs 60 ms at 50
megapixels but may be 75 bytes long, so that 32 MiB of them would keep a core busy for hours."""

MOST_SEGMENTS = 4096
"""Segments of a JPEG. Pillow takes 3 us for each, and 32 MiB hold eight million empty ones."""

_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")
"""A marker with a length after it, or the end. Inside of a scan every 0xFF is followed by 0x00 or
a restart marker."""
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_END, _SCAN, _APP1 = 0xD9, 0xDA, 0xE1
_NEEDED = _FRAMES | {0xC4, 0xCC, 0xDB, 0xDD, 0xE0, 0xE2, 0xEE}
"""Frames, Huffman and arithmetic tables, quantization, restart interval, JFIF, ICC and Adobe."""


class _Segment(NamedTuple):
    """Its marker, and where in the file it begins (with 0xFF) and ends."""

    marker: int
    start: int
    end: int


def cut_short(format: str) -> PhotoRefused:
    """What is said of a file that ends too soon."""
    return PhotoRefused(f"the {format} photo is cut short; send the whole file")


def jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Width and height, None if not said.

    The whole file is walked, because its scans are counted. Raises `PhotoRefused` if `data` is
    built to waste time, or ends without the mark of its end, which no decoder here bears.
    """
    segments = list(_segments(data))
    frames = [segment.start for segment in segments if segment.marker in _FRAMES]
    if not frames:
        return None
    if segments[-1].marker != _END:
        raise cut_short("JPEG")
    at = frames[0]
    return int.from_bytes(data[at + 7 : at + 9]), int.from_bytes(data[at + 5 : at + 7])


def strip_jpeg(data: bytes) -> tuple[bytes, bytes]:
    """The file without what no decoder needs, and its EXIF (empty if there is none).

    Pillow would read XMP, Photoshop's blocks, lists of further pictures, and EXIF, which it warns
    about and which older versions blow up to any size.
    """
    kept, exif = [data[:2]], b""
    for marker, start, end in _segments(data):
        if marker == _SCAN:
            kept.append(data[start:])
            break
        if marker in _NEEDED:
            kept.append(data[start:end])
        elif marker == _APP1 and data.startswith(b"Exif\0\0", start + 4):
            exif = exif or data[start + 4 : end]
    return b"".join(kept), exif


def _segments(data: bytes) -> Iterator[_Segment]:
    """Walk the first picture of the file, to the mark of its end, if it has one."""
    segments = scans = 0
    marker, at = 0, 2
    while marker != _END and (found := _MARKER.search(data, at)):
        marker, at = data[found.end() - 1], found.end()
        segments += 1
        scans += marker == _SCAN
        if segments > MOST_SEGMENTS or scans > MOST_SCANS:
            raise PhotoRefused(
                f"the JPEG photo has more than {MOST_SCANS} scans or {MOST_SEGMENTS} segments, "
                "as no camera makes it; save it again"
            )
        if marker != _END:
            at += max(2, int.from_bytes(data[at : at + 2]))
        yield _Segment(marker, found.start(), at)
