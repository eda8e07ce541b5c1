"""How blur is read of what is seen at a slant: the weights in `sharpen.py`, from drawn lenses.

python -m bench.quality.lens FOLDER    # 20 s

Each tile is shown at six scales, as it is and through four lenses: blur, a slant that is undone
again, noise, the camera's own sharpening, JPEG. What waves lost is known, and the best lack for all
of them. The weights are of what a lens shows; the error is that of tiles left out.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import cv2
import numpy as np

from bench.evalset import arguments, true_tiles
from bench.quality.blur import fit, left_out, rms
from bench.quality.tiles import KEPT, cut_out
from tilewright.engine.arrays import Floats, Pixels, floats, pixels
from tilewright.engine.synthesis.sharpen import AT_FINEST, FALL, light_of
from tilewright.score.sharpness import features

SEED = 3
SCALES = (1.0, 0.8, 0.65, 0.5, 0.38, 0.27)
SIDE, SMALLEST, RIM = 560, 230, 40
"""Pixels: what is shown of a tile at most, at least, and what is taken off for its border."""

BLURS = ((0.45, 0.7), (0.6, 0.9), (0.8, 1.3), (1.2, 2.0))
"""Sigmas of the lens, in pixels: from in focus to well out of it."""

SLANT = 0.3
"""Radians, to both sides."""

NOISE, JPEG = (0.0004, 0.006), (65, 96)
"""Of light 1, as gain of a sensor; quality."""

CAMERA, CAMERA_SIGMA = (0.1, 0.55), 1.1
"""Share of what a blur takes that the camera adds again."""

BANDS = np.linspace(0.06, 0.48, 15)
"""Borders, in cycles a pixel, of the bands in which what waves lost is measured."""

MOST = 1.6
"""Most that is asked for: the rest is drowned in noise."""


class Seen(NamedTuple):
    """A tile as a lens shows it. lack: what fits best to all waves."""

    tile: int
    features: tuple[float, ...]
    lack: float


def main() -> None:
    """Print the weights, how sure they are, and what they tell of the tiles as they are."""
    options = arguments(__doc__).parse_args()
    random = np.random.Generator(np.random.PCG64(SEED))
    tiles = list(true_tiles(options.evalset, options.only))
    seen = [one for index, tile in enumerate(tiles) for one in _views(index, tile.pixels, random)]
    rows = np.array([(1.0, *one.features) for one in seen])
    lacks = np.array([one.lack for one in seen])
    off = left_out(rows, lacks, np.array([one.tile for one in seen]))
    weights = fit(rows, lacks)
    print("weights:", np.round(weights, 2))
    print(f"{len(seen)} views lack {lacks.mean():.2f} ({lacks.std():.2f}), off by {rms(off):.2f}")
    for tile in tiles:
        crisp = features(light_of(floats(cut_out(tile.pixels, KEPT))))
        print(f"{tile.name} as it is: {weights @ np.array([1.0, *crisp]):.2f}")


def _views(index: int, tile: Pixels, random: np.random.Generator) -> Iterator[Seen]:
    for scale in SCALES:
        whole = cv2.resize(tile, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        if min(whole.shape[:2]) < SMALLEST:
            continue
        top, left = (int(random.integers(max(1, side - SIDE))) for side in whole.shape[:2])
        sharp = pixels(whole[top : top + SIDE, left : left + SIDE])
        truth = light_of(floats(sharp))[RIM:-RIM, RIM:-RIM]
        for blur in BLURS:
            photo = _photographed(sharp, random.uniform(*blur), random)
            light = light_of(photo)[RIM:-RIM, RIM:-RIM]
            yield Seen(index, features(light), _lack(light, truth))


def _photographed(sharp: Pixels, sigma: float, random: np.random.Generator) -> Floats:
    light: Any = cv2.GaussianBlur(floats((sharp / 255.0) ** 2.2), (0, 0), sigma)
    size = sharp.shape[1::-1]
    turn: Any = cv2.getRotationMatrix2D(
        (size[0] / 2, size[1] / 2), float(np.degrees(random.uniform(-SLANT, SLANT))), 1.0
    )
    turn[:, 2] += random.uniform(0, 1, 2)
    light = cv2.warpAffine(light, turn, size, borderMode=cv2.BORDER_REFLECT)
    gain = random.uniform(*NOISE)
    noise: Any = floats(random.standard_normal(light.shape))
    noise = 0.55 * noise + cv2.GaussianBlur(noise[::-1], (0, 0), 0.9)
    seen: Any = light + np.sqrt(0.6 * gain * np.maximum(light, 0) + (0.6 * gain) ** 2) * noise
    seen = floats(255 * np.clip(seen, 0, 1) ** (1 / 2.2))
    kept = seen - cv2.GaussianBlur(seen, (0, 0), CAMERA_SIGMA)
    seen = pixels(seen + np.float32(random.uniform(*CAMERA)) * kept)
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(*JPEG))]
    data = cv2.imencode(".jpg", cv2.cvtColor(seen, cv2.COLOR_RGB2BGR), quality)[1]
    read: Any = cv2.imdecode(data, cv2.IMREAD_COLOR)
    colors = floats(cv2.cvtColor(read, cv2.COLOR_BGR2RGB))
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    back = cv2.warpAffine(colors, turn, size, flags=flags, borderMode=cv2.BORDER_REFLECT)
    return floats(np.clip(back, 0, 255))


def _lack(photo: Floats, truth: Floats) -> float:
    """What fits best to what all waves lost."""
    gain = AT_FINEST * (BANDS[1:] + BANDS[:-1]) ** FALL
    lost = _strengths(truth) - _strengths(photo)
    return float(np.clip(gain @ lost / (gain @ gain), 0, MOST))


def _strengths(light: Floats) -> Any:
    """Log of the strength of waves, by `BANDS`."""
    height, width = light.shape
    window = np.outer(np.hanning(height), np.hanning(width))
    power = np.abs(np.fft.rfft2((light - light.mean()) * window)) ** 2 / (window**2).sum()
    waves = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None])
    places = np.digitize(waves, BANDS)
    return 0.5 * np.log([power[places == band].mean() + 1e-3 for band in range(1, len(BANDS))])


if __name__ == "__main__":
    main()
