"""Turns a stranger's bytes into pixels, or refuses them with the reason."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from tilewright.contract import PhotoRefused
from tilewright.intake.header import ALLOWED, Header, read_header
from tilewright.intake.limits import MEBIBYTE, PHOTO_LIMITS, PhotoLimits

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL import Image

FILM_WIDTH = 36.0
"""Millimeters: the longer side of 35-mm film, which EXIF's equivalent focal length speaks of."""

LONGEST_FOCAL = 3000.0
"""Millimeters on 35-mm film. No phone or camera says more; beyond it the tag is nonsense."""

_ORIENTATION, _EXIF_BLOCK, _FOCAL_ON_FILM = 0x0112, 0x8769, 0xA405
"""EXIF tags: Orientation, the pointer to the Exif block, FocalLengthIn35mmFilm."""

_WARNINGS = Lock()
"""Held while Python's warning filters, which all threads share, are changed."""


@dataclass(frozen=True, eq=False)
class Photo:
    """A picture as it is seen, upright and in sRGB.

    pixels: (H, W, 3) uint8, sRGB, RGB order, C-contiguous, read-only.
    focal_ratio: focal length over the longer side of the photo, from EXIF; None if not known.
    """

    pixels: npt.NDArray[np.uint8]
    focal_ratio: float | None


class _Seen(NamedTuple):
    """What EXIF says: how the picture must be turned (1..8), and its focal ratio."""

    orientation: int
    focal_ratio: float | None


def inspect(data: bytes, limits: PhotoLimits = PHOTO_LIMITS) -> tuple[int, int]:
    """Width and height in pixels of the upright photo; nothing is decoded.

    Raises `PhotoRefused` for all that `decode` refuses, except damage behind the header.
    """
    header = _checked_header(data, limits)
    image = _open(data, header)
    if _read_exif(image).orientation >= 5:
        return header.height, header.width
    return header.width, header.height


def decode(data: bytes, limits: PhotoLimits = PHOTO_LIMITS) -> Photo:
    """Decode the first picture of a JPEG, PNG or WebP file.

    EXIF orientation (if it stands before the pixels) and color profile are applied, transparency
    is filled with the mean color of the rest. Raises `PhotoRefused`, and nothing else, for
    whatever is wrong with `data`.
    """
    header = _checked_header(data, limits)
    image = _open(data, header)
    seen = _read_exif(image)
    with _refusing(f"the {header.format} photo is cut short or damaged; save it again"):
        image.load()
    with _refusing(f"the {header.format} photo shows nothing: all of it is transparent"):
        return Photo(_pixels(image, seen.orientation), seen.focal_ratio)


def _checked_header(data: bytes, limits: PhotoLimits) -> Header:
    if len(data) > limits.size:
        raise PhotoRefused(
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
        raise PhotoRefused(f"{size}; a side may have {limits.longest_side}: crop it or scale it")
    if width * height > limits.megapixels * 1e6:
        raise PhotoRefused(
            f"{size}, {width * height / 1e6:.1f} megapixels; "
            f"at most {limits.megapixels:g} are decoded: scale it down"
        )


def _open(data: bytes, header: Header) -> Image.Image:
    """Let Pillow read the header too, by the one decoder that `header` names.

    Pillow's registry of formats is not asked, so that no other decoder ever sees the bytes. A file
    that tells Pillow another size than it told us is refused.
    """
    from PIL import Image, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

    opener = {
        "JPEG": JpegImagePlugin.jpeg_factory,  # phones' multi-picture files (MPO) included
        "PNG": PngImagePlugin.PngImageFile,
        "WebP": WebPImagePlugin.WebPImageFile,
    }
    assert set(opener) == set(ALLOWED)
    damaged = f"the {header.format} photo has a damaged header; save it again"
    with _refusing(damaged), _WARNINGS, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        image = opener[header.format](BytesIO(data))
    if image.size != (header.width, header.height):
        raise PhotoRefused(damaged)
    return image


def _read_exif(image: Image.Image) -> _Seen:
    """Read EXIF from what stands before the pixels; broken EXIF is as good as none.

    The plain `getexif`, because the one of PNG decodes the whole picture first.
    """
    from PIL import Image

    try:
        with _WARNINGS, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exif = Image.Image.getexif(image)
            orientation = exif.get(_ORIENTATION, 1)
            focal = exif.get_ifd(_EXIF_BLOCK).get(_FOCAL_ON_FILM)
    except Exception:  # Pillow raises almost anything here: struct.error, KeyError, SyntaxError...
        return _Seen(1, None)
    return _Seen(orientation if orientation in range(1, 9) else 1, _focal_ratio(focal))


def _focal_ratio(focal: object) -> float | None:
    if isinstance(focal, int) and 0 < focal <= LONGEST_FOCAL:
        return focal / FILM_WIDTH
    return None


def _pixels(image: Image.Image, orientation: int) -> npt.NDArray[np.uint8]:
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
    }.get(orientation)
    upright = to_srgb(image)
    if turn is not None:
        upright = upright.transpose(turn)
    pixels: npt.NDArray[np.uint8] = np.ascontiguousarray(upright, dtype=np.uint8)
    pixels.setflags(write=False)
    return pixels


@contextmanager
def _refusing(reason: str) -> Iterator[None]:
    """Whatever Pillow raises on hostile bytes, the answer is one: `reason`."""
    try:
        yield
    except Exception as error:
        raise PhotoRefused(reason) from error
