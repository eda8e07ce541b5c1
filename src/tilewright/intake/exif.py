"""The two things that EXIF tells of a photo: which way is up, and how long the lens was."""

import struct
from contextlib import suppress
from typing import NamedTuple

FILM_WIDTH = 36.0
"""Millimeters: the longer side of 35-mm film, which EXIF's equivalent focal length speaks of."""

LONGEST_FOCAL = 3000
"""Millimeters on 35-mm film. No phone or camera says more; beyond it the tag is nonsense."""

_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
_ORIENTATION, _EXIF_BLOCK, _FOCAL_ON_FILM = 0x0112, 0x8769, 0xA405
"""Tags: Orientation, the pointer to the Exif block, FocalLengthIn35mmFilm."""
_WHOLE = {3: "H", 4: "L"}
"""Types of whole numbers, and how `struct` calls them."""


class Exif(NamedTuple):
    """How the picture must be turned (1..8), and focal length over longer side (None: unknown)."""

    orientation: int = 1
    focal_ratio: float | None = None


def read_exif(block: object) -> Exif:
    """Read an EXIF block; what is broken, or not bytes at all, is as good as not said.

    Not Pillow's reader, which takes up every tag with all that it points to, and more than once.
    """
    tiff = block.removeprefix(b"Exif\0\0") if isinstance(block, bytes) else b""
    order = _ORDERS.get(tiff[:4])
    if order is None or len(tiff) < 8:
        return Exif()
    main = _numbers(tiff, order, struct.unpack_from(order + "L", tiff, 4)[0])
    inner = _numbers(tiff, order, main.get(_EXIF_BLOCK, len(tiff)))
    orientation, focal = main.get(_ORIENTATION, 1), inner.get(_FOCAL_ON_FILM, 0)
    return Exif(
        orientation if 1 <= orientation <= 8 else 1,
        focal / FILM_WIDTH if 0 < focal <= LONGEST_FOCAL else None,
    )


def _numbers(tiff: bytes, order: str, at: int) -> dict[int, int]:
    """The tags of the directory at byte `at` that hold one whole number."""
    found: dict[int, int] = {}
    with suppress(struct.error):  # the directory, or the rest of it, lies outside of the block
        (count,) = struct.unpack_from(order + "H", tiff, at)
        for entry in range(at + 2, at + 2 + 12 * count, 12):
            tag, kind, length, value = struct.unpack_from(order + "HHL4s", tiff, entry)
            if kind in _WHOLE and length == 1:
                (found[tag],) = struct.unpack_from(order + _WHOLE[kind], value)
    return found
