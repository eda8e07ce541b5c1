"""The tile as a file that still tiles: rolled to its calmest lines, encoded, and measured."""

from io import BytesIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tilewright.contract import ImageFormat
from tilewright.engine.synthesis.lattice import lab_features
from tilewright.engine.synthesis.regions import Floats, Pixels

CALM_REACH = 8
"""Texels to both sides of a line that must be calm too: half a block of the lossy formats."""

WEBP_METHOD = 4
"""Pillow's default effort. On tiles 0 and 2 were faster, but left larger steps at the border."""


def to_pixels(tile: Floats) -> Pixels:
    """(h, w, 3) float32, 0..255 → uint8, rolled so that the border lies where least happens.

    Lossy formats do not know that a tile wraps, and treat both sides of its border differently:
    the less there is to see, the less differs. Free on a torus.
    """
    pixels = np.clip(np.rint(tile), 0, 255).astype(np.uint8)
    features = lab_features(pixels.astype(np.float32))
    return np.roll(pixels, (-_calmest(features, 0), -_calmest(features, 1)), (0, 1))


def _calmest(features: Floats, axis: int) -> int:
    """The row or column before which a border shows least: few steps across it and around it."""
    steps = np.abs(features - np.roll(features, 1, axis)).sum(axis=2)
    busy = np.sqrt((steps**2).mean(axis=1 - axis))
    around = np.arange(-CALM_REACH, CALM_REACH + 1)
    near = np.mean([np.roll(busy, int(shift)) for shift in around], axis=0)
    return int(np.argmin(busy + near))


def encode(pixels: Pixels, image_format: ImageFormat, quality: int) -> bytes:
    """The file, without metadata. JPEG keeps full color resolution (4:4:4)."""
    if image_format == "png":
        done, data = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
        assert done
        return data.tobytes()
    file = BytesIO()
    image = Image.fromarray(pixels)
    if image_format == "jpeg":
        image.save(file, "JPEG", quality=quality, subsampling=0)
    else:
        image.save(file, "WEBP", quality=quality, method=WEBP_METHOD)
    return file.getvalue()


def decoded(data: bytes) -> NDArray[np.uint8]:
    """(h, w, 3) uint8 sRGB: what whoever opens the file will see."""
    with Image.open(BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))
