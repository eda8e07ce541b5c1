"""What an image file says of itself before anything is decoded: its format and its size."""

import re
from typing import NamedTuple

from tilewright.contract import PhotoRefused
from tilewright.intake.jpeg import cut_short, jpeg_size

ALLOWED = ("JPEG", "PNG", "WebP")
"""What is opened. Every format more is one more decoder in C that reads a stranger's bytes."""

MOST_CHUNKS = 65536
"""Chunks of a PNG. Pillow takes 7 us for each; encoders make them of 8 KiB or more."""

BORNE = 12
"""Bytes that the pixels of a PNG may lack at their end: sums that are checked by nobody, and what
zlib no longer needs. Of two PNG, cut byte by byte, Pillow showed both up to 9, none from 11 on."""

_NAMED = (
    ("JPEG", rb"\xff\xd8\xff"),
    ("PNG", rb"\x89PNG\r\n\x1a\n"),
    ("WebP", rb"RIFF....WEBP"),
    ("GIF", rb"GIF8[79]a"),
    ("TIFF", rb"II[*+]\0|MM\0[*+]"),
    ("BMP", rb"BM.{4}\0{4}"),
    ("AVIF", rb"....ftypavi[fs]"),
    ("HEIC", rb"....ftyp(hei[cxms]|hev[cx]|mif1|msf1)"),
    ("JPEG 2000", rb"\0{3}\x0cjP  |\xff\x4f\xff\x51"),
    ("JPEG XL", rb"\xff\x0a|\0{3}\x0cJXL "),
    ("Photoshop", rb"8BPS"),
    ("PDF", rb"%PDF-"),
    ("SVG", rb"\s*(<\?xml[^>]*>\s*)?<svg\b"),
    ("HTML", rb"(?i)\s*(<!doctype html|<html\b|<head\b)"),
    ("video", rb"....ftyp|\x1aE\xdf\xa3"),
    ("ZIP", rb"PK\x03\x04"),
)
_SIGNATURES = tuple((name, re.compile(pattern, re.DOTALL)) for name, pattern in _NAMED)
SIGNATURE_REACH = 256
"""Bytes looked at to name a format."""


class Header(NamedTuple):
    """Format (one of `ALLOWED`), and width and height in pixels as stored, unchecked."""

    format: str
    width: int
    height: int


def recognize(data: bytes) -> str | None:
    """The name of the file format that `data` begins like; None if it is none we know."""
    start = data[:SIGNATURE_REACH]
    return next((name for name, signature in _SIGNATURES if signature.match(start)), None)


def read_header(data: bytes) -> Header:
    """Read format and size without decoding anything.

    Raises `PhotoRefused` for another format, a damaged header, or a file built to waste time.
    """
    found = recognize(data)
    if found not in ALLOWED:
        what = f"is {found}" if found else "is not an image" if data else "is empty"
        raise PhotoRefused(f"the photo {what}; send {', '.join(ALLOWED[:-1])} or {ALLOWED[-1]}")
    size = {"JPEG": jpeg_size, "PNG": _png_size, "WebP": _webp_size}[found](data)
    if size is None:
        raise PhotoRefused(f"the {found} photo is damaged: it does not say its size; save it again")
    return Header(found, *size)


def _png_size(data: bytes) -> tuple[int, int] | None:
    if data[12:16] != b"IHDR" or len(data) < 33:
        return None
    at, chunks = 8, 0
    while at < len(data):
        chunks += 1
        if chunks > MOST_CHUNKS:
            raise PhotoRefused(
                f"the PNG photo is cut into more than {MOST_CHUNKS} chunks; save it again"
            )
        kind, at = data[at + 4 : at + 8], at + 12 + _big(data, at, 4)
    if kind == b"IDAT" and at > len(data) + BORNE:
        raise cut_short("PNG")
    return _big(data, 16, 4), _big(data, 20, 4)


def _webp_size(data: bytes) -> tuple[int, int] | None:
    kind = data[12:16]
    if len(data) < 30:
        return None
    if _little(data, 4, 4) + 8 > len(data):
        raise cut_short("WebP")
    if kind == b"VP8X":
        return _little(data, 24, 3) + 1, _little(data, 27, 3) + 1
    if kind == b"VP8L":
        bits = _little(data, 21, 4)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        return _little(data, 26, 2) & 0x3FFF, _little(data, 28, 2) & 0x3FFF
    return None


def _big(data: bytes, at: int, length: int) -> int:
    return int.from_bytes(data[at : at + length], "big")


def _little(data: bytes, at: int, length: int) -> int:
    return int.from_bytes(data[at : at + length], "little")
