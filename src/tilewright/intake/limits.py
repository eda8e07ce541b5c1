"""How much is taken from a stranger: bytes, seconds, redirects and pixels."""

from dataclasses import dataclass

MEBIBYTE = 2**20

LARGEST_FILE = 32 * MEBIBYTE
"""Bytes of one photo. A 50-megapixel JPEG of a camera at its best quality is about 25 MiB."""


@dataclass(frozen=True)
class FetchLimits:
    """What one download may cost. Times in seconds, redirects as hops after the first address."""

    size: int = LARGEST_FILE
    connect: float = 5.0
    read: float = 10.0
    total: float = 30.0
    redirects: int = 3


@dataclass(frozen=True)
class PhotoLimits:
    """What a photo may be. Sides in pixels; the defaults fit every phone and camera on sale.

    16384 is the widest WebP and the widest texture of most graphics cards; under 32 pixels there
    is no texture to see.
    """

    size: int = LARGEST_FILE
    megapixels: float = 50.0
    longest_side: int = 16384
    shortest_side: int = 32


FETCH_LIMITS = FetchLimits()
PHOTO_LIMITS = PhotoLimits()
