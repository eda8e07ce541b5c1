"""How often the right surface is still taken where a photograph is a little different.

Choices that hang by a thread change with the frame, the exposure or the file; so this tells more of
photographs that nobody has seen than the photographs themselves do.
`python -m bench.quality.shaken FOLDER` takes about 6 minutes of CPU.
"""

import io
import re
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.evalset import Pixels, arguments, read, surfaces
from bench.quality.measures import Mask, shares
from tilewright.engine.synthesis.surface import find_surface
from tilewright.engine.synthesis.words import understand

RIGHT = 0.8
"""A surface is right from this share of its pixels on, as everywhere in this bench."""

Shaken = tuple[Pixels, Mask]


def _cropped(top: float, bottom: float, left: float, right: float) -> Callable[..., Shaken]:
    def crop(photo: Pixels, mask: Mask) -> Shaken:
        height, width = mask.shape
        rows = slice(int(top * height), height - int(bottom * height))
        columns = slice(int(left * width), width - int(right * width))
        return np.ascontiguousarray(photo[rows, columns]), mask[rows, columns]

    return crop


def _exposed(gamma: float) -> Callable[..., Shaken]:
    return lambda photo, mask: (np.rint(255 * (photo / 255) ** gamma).astype(np.uint8), mask)


def _tinted(*gains: float) -> Callable[..., Shaken]:
    return lambda photo, mask: (np.clip(photo * np.array(gains), 0, 255).astype(np.uint8), mask)


def _mirrored(photo: Pixels, mask: Mask) -> Shaken:
    return np.ascontiguousarray(photo[:, ::-1]), mask[:, ::-1]


def _shrunk(photo: Pixels, mask: Mask) -> Shaken:
    size = round(0.72 * mask.shape[1]), round(0.72 * mask.shape[0])
    small = cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
    left = cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    return np.asarray(small, np.uint8), left > 0


def _compressed(photo: Pixels, mask: Mask) -> Shaken:
    file = io.BytesIO()
    Image.fromarray(photo).save(file, "JPEG", quality=35)
    with Image.open(file) as image:
        return np.asarray(image.convert("RGB")), mask


WAYS: dict[str, Callable[..., Shaken]] = {
    "as it is": lambda photo, mask: (photo, mask),
    "mirrored": _mirrored,
    "without top and left tenth": _cropped(0.1, 0, 0.1, 0),
    "without bottom and right tenth": _cropped(0, 0.1, 0, 0.1),
    "brighter": _exposed(0.78),
    "darker": _exposed(1.28),
    "warmer": _tinted(1.06, 1.0, 0.9),
    "cooler": _tinted(0.92, 1.0, 1.07),
    "JPEG at 35": _compressed,
    "smaller": _shrunk,
}


def _swapped(prompt: str) -> str:
    other = {"left": "right", "right": "left"}
    return re.sub(r"\b(left|right)\b", lambda side: other[side[0]], prompt)


def main() -> None:
    """Print for every surface in which ways it was taken, and for every way how often."""
    options = arguments(__doc__).parse_args()
    right: list[NDArray[np.bool_]] = []
    for named in surfaces(options.evalset, options.only):
        photo, pure = read(named.path), []
        for way, shake in WAYS.items():
            shaken, mask = shake(photo, named.mask)
            prompt = _swapped(named.prompt) if way == "mirrored" else named.prompt
            pure.append(shares(find_surface(shaken, understand(prompt)).mask, mask)[0])
        right.append(np.array(pure) > RIGHT)
        print(f"{named.name:24}", " ".join(f"{share:.2f}" for share in pure), flush=True)
    for way, share in zip(WAYS, np.mean(right, axis=0), strict=True):
        print(f"{way:32} {share:.2f}")
    print(f"{'all but as it is':32} {np.mean([each[1:] for each in right]):.3f}")


if __name__ == "__main__":
    main()
