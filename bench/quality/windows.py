"""How much of a straight photograph of one material is used? Windows of the true tiles.

python -m bench.quality.windows FOLDER: four windows of each tile, 3 s each.
"""

from io import BytesIO

import cv2
import numpy as np
from PIL import Image

from bench.evalset import Pixels, TrueTile, arguments, true_tiles
from tilewright.engine.synthesis.straighten import straighten
from tilewright.engine.synthesis.surface import find_surface
from tilewright.engine.synthesis.words import understand

EACH = 4
"""Windows of a tile."""

LEAST, MOST = 0.55, 1.3
"""Times the tile that the root of a window's area may be: it wraps, so that more can be shown."""

LOG_SHAPE = 0.4
"""The log of a window's width over its height is at most this, either way."""

JPEG_QUALITY = 92
"""As phones save them."""

LITTLE = 0.5
"""Of the photo: a rectangle of less leaves out most of what is shown."""


def main() -> None:
    """Print the share of each photo in the region and in its rectangle, and what was done to it."""
    options = arguments(__doc__).parse_args()
    cv2.setNumThreads(1)
    shares, turned = [], 0
    for tile in true_tiles(options.evalset, options.only):
        for number in range(EACH):
            region, rectangle, how = _used(_window(tile, number), tile.words)
            shares.append((region, rectangle))
            turned += not how.startswith("seen as photographed")
            print(f"{tile.name:28} {number} {region:.2f} {rectangle:.2f}  {how}", flush=True)
    region, rectangle = np.mean(shares, axis=0)
    little = sum(share < LITTLE for _, share in shares)
    print(
        f"{len(shares)} windows: {region:.3f} of the photo in the region, {rectangle:.3f} in the "
        f"rectangle; {little} rectangles of less than {LITTLE}, {turned} turned or leveled"
    )


def _window(tile: TrueTile, number: int) -> Pixels:
    """A photograph of a part of the material, at a place and of a shape of its own."""
    height, width = tile.pixels.shape[:2]
    chance = np.random.default_rng([number, len(tile.name), sum(map(ord, tile.name))])
    size, shape = chance.uniform(LEAST, MOST), np.exp(chance.uniform(-LOG_SHAPE, LOG_SHAPE))
    wide, tall = int(width * size * shape**0.5), int(height * size / shape**0.5)
    rows, columns = (
        np.arange(start, start + side) % whole
        for side, whole in ((tall, height), (wide, width))
        for start in [chance.integers(whole)]
    )
    data = BytesIO()
    window = Image.fromarray(tile.pixels[rows[:, None], columns])
    window.save(data, "JPEG", quality=JPEG_QUALITY)
    with Image.open(data) as photo:
        return np.asarray(photo.convert("RGB"))


def _used(photo: Pixels, words: str) -> tuple[float, float, str]:
    """The shares of a photo in the region and in its rectangle, and what was done to it."""
    wish = understand(f"Extract {words} texture.")
    mask = find_surface(photo, wish).mask
    straight = straighten(photo, mask, wish.lies, None)
    right, bottom = straight.width, straight.height
    corners = np.array([[[0, 0], [right, 0], [right, bottom], [0, bottom]]], np.float64)
    seen = cv2.perspectiveTransform(corners, straight.to_photo)[0].astype(np.float32)
    return float(mask.mean()), cv2.contourArea(seen) / mask.size, straight.how


if __name__ == "__main__":
    main()
