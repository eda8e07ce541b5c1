"""Judges of photos, as an operator might write them."""

from typing import Any


def no_dark_photos(pixels: Any) -> str | None:
    """`pixels`: (H, W, 3) uint8."""
    height, width, channels = pixels.shape
    assert (channels, str(pixels.dtype)) == (3, "uint8")
    assert min(height, width) > 0
    return "the photo is too dark for this service" if pixels.mean() < 40 else None


def broken(pixels: Any) -> str | None:
    """A judge that cannot judge."""
    raise RuntimeError("no model")
