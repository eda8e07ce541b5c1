"""Turns a stranger's bytes into pixels, or refuses them with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from tilewright.contract import PhotoRefused, PhotoTooLarge
from tilewright.intake.exif import Exif, read_exif
from tilewright.intake.header import Header, read_header
from tilewright.intake.jpeg import strip_jpeg
from tilewright.intake.limits import MEBIBYTE, PHOTO_LIMITS, PhotoLimits

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL import Image


@dataclass(frozen=True, eq=False)
class Photo:
    """A picture as it is seen, upright and in sRGB.

    pixels: (H, W, 3) uint8, sRGB, RGB order, C-contiguous, read-only.
    focal_ratio: focal length over the longer side of the photo, from EXIF; None if not known.
    shown: (H, W) bool, what is not transparent; None if nothing is.
    """

    pixels: npt.NDArray[np.uint8]
    focal_ratio: float | None
    shown: npt.NDArray[np.bool_] | None = None


def inspect(data: bytes, limits: PhotoLimits = PHOTO_LIMITS) -> tuple[int, int]:
    """Width and height in pixels of the upright photo; nothing is decoded.

    Raises `PhotoRefused` for all that `decode` refuses, except damage behind the header.
    """
    header = _checked_header(data, limits)
    _, exif = _open(data, header)
    if exif.orientation >= 5:
        return header.height, header.width
    return header.width, header.height


def decode(data: bytes, limits: PhotoLimits = PHOTO_LIMITS) -> Photo:
    """Decode the first picture of a JPEG, PNG or WebP file.

    EXIF orientation (if it stands before the pixels) and color profile are applied, transparency
    is filled with the mean color of the rest. Raises `PhotoRefused`, and nothing else, for
    whatever is wrong with `data`.
    """
    header = _checked_header(data, limits)
    image, exif = _open(data, header)
    with _refusing(f"the {header.format} photo is cut short or damaged; save it again"):
        image.load()
        return _upright(image, exif)


def _checked_header(data: bytes, limits: PhotoLimits) -> Header:
    if len(data) > limits.size:
        raise PhotoTooLarge(
            f"the photo has {len(data) / MEBIBYTE:.1f} MiB; "
            f"at most {limits.size / MEBIBYTE:g} MiB are taken"
        )
    header = read_header(data)
    _check_size(header.width, header.height, limits)
    return header


def _check_size(width: int, height: int, limits: PhotoLimits) -> None:
    size = f"the photo has {width}x{height} pixels"
    if min(width, height) < limits.shortest_side:
        raise PhotoRefused(
            f"{size}; each side needs at least {limits.shortest_side} to show a texture"
        )
    if max(width, height) > limits.longest_side:
        raise PhotoTooLarge(f"{size}; a side may have {limits.longest_side}: crop it or scale it")
    if width * height > limits.megapixels * 1e6:
        raise PhotoTooLarge(
            f"{size}, {width * height / 1e6:.1f} megapixels; "
            f"at most {limits.megapixels:g} are decoded: scale it down"
        )


def _open(data: bytes, header: Header) -> tuple[Image.Image, Exif]:
    """Let Pillow read the header too, by the one decoder that `header` names.

    Pillow's registry of formats is not asked, so that no other decoder ever sees the bytes. A file
    that tells Pillow another size than it told us is refused.
    """
    from PIL import JpegImagePlugin, PngImagePlugin, WebPImagePlugin

    openers: dict[str, Callable[[BytesIO], Image.Image]] = {
        "JPEG": JpegImagePlugin.JpegImageFile,
        "PNG": PngImagePlugin.PngImageFile,
        "WebP": WebPImagePlugin.WebPImageFile,
    }
    damaged = f"the {header.format} photo has a damaged header; save it again"
    data, exif = strip_jpeg(data) if header.format == "JPEG" else (data, b"")
    with _refusing(damaged):
        image = openers[header.format](BytesIO(data))
    if image.size != (header.width, header.height):
        raise PhotoRefused(damaged)
    return image, read_exif(exif or image.info.get("exif"))


def _upright(image: Image.Image, exif: Exif) -> Photo:
    import numpy as np
    from PIL.Image import Transpose

    from tilewright.intake.color import to_srgb

    turn = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }.get(exif.orientation)
    color, shown = to_srgb(image)
    if turn is not None:
        color, shown = color.transpose(turn), shown and shown.transpose(turn)
    pixels: npt.NDArray[np.uint8] = np.ascontiguousarray(color, dtype=np.uint8)
    pixels.setflags(write=False)
    return Photo(pixels, exif.focal_ratio, None if shown is None else np.asarray(shown) > 0)


@contextmanager
def _refusing(reason: str) -> Iterator[None]:
    """Whatever Pillow raises on hostile bytes, the answer is one: `reason`."""
    try:
        yield
    except PhotoRefused:
        raise
    except Exception as error:
        raise PhotoRefused(reason) from error
