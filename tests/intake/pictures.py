"""Small image files for the tests, made by Pillow or by hand."""

import struct
import zlib
from collections.abc import Sequence
from io import BytesIO
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

SIDE = 64
RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def encoded(image: Image.Image, format: str, **options: object) -> bytes:
    """The file that Pillow makes of `image`."""
    file = BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def plain(color: tuple[int, ...] = RED, mode: str = "RGB") -> Image.Image:
    """A square of one color."""
    return Image.new(mode, (SIDE, SIDE), color)


def noise(width: int = SIDE, height: int = SIDE) -> Image.Image:
    """A picture of gray and color that no encoder can make small."""
    values = np.random.default_rng(7).integers(0, 256, (height, width, 3), np.uint8)
    return Image.fromarray(values)


def quarters(colors: Sequence[tuple[int, ...]], mode: str = "RGB") -> Image.Image:
    """Four colors: top left, top right, bottom left, bottom right; wider than high."""
    picture = Image.new(mode, (96, 64))
    corners = ((0, 0), (48, 0), (0, 32), (48, 32))
    for (x, y), color in zip(corners, colors, strict=True):
        picture.paste(color, (x, y, x + 48, y + 32))
    return picture


def chunk(kind: bytes, data: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def with_chunks(png: bytes, *chunks: bytes) -> bytes:
    """`png` with `chunks` behind its header."""
    return png[:33] + b"".join(chunks) + png[33:]


def png_16_bit(samples: npt.NDArray[np.uint16], *chunks: bytes) -> bytes:
    """A 16-bit PNG of (H, W) gray or (H, W, 3) RGB."""
    height, width = samples.shape[:2]
    kind = 0 if samples.ndim == 2 else 2
    rows = samples.astype(">u2").reshape(height, -1).view(np.uint8)
    filtered = np.insert(rows, 0, 0, axis=1).tobytes()
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, 0)),
            *chunks,
            chunk(b"IDAT", zlib.compress(filtered)),
            chunk(b"IEND", b""),
        )
    )


def bomb(side: int) -> bytes:
    """A valid PNG, `side` pixels square and black, whose rows were never laid out in memory."""
    rows = side * (side + 1)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    million = packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)
    rest = packer.compress(bytes(rows % 2**20)) + packer.flush()
    check = struct.pack(">HH", rows % 65521, 1)  # Adler-32 of zeros
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)),
            chunk(b"IDAT", b"\x78\xda" + million * (rows // 2**20) + rest + check),
            chunk(b"IEND", b""),
        )
    )


def exif(orientation: int | None = None, focal: int | None = None) -> bytes:
    """An EXIF block that says nothing but this."""
    block = Image.Exif()
    if orientation is not None:
        block[0x0112] = orientation
    if focal is not None:
        block.get_ifd(0x8769)[0xA405] = focal
    return block.tobytes()


def profile(space: Literal["sRGB", "XYZ", "LAB"] = "sRGB") -> bytes:
    """A color profile of Pillow's."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(space)).tobytes()


def profile_with_red_for_blue() -> bytes:
    """sRGB, but its first channel is blue and its third is red."""
    srgb = profile()
    return srgb.replace(b"rXYZ", b"____", 1).replace(b"bXYZ", b"rXYZ", 1).replace(b"____", b"bXYZ")
