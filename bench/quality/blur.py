"""How blur is read: the weights in `score/sharpness.py`, from true tiles seen through a drawn lens.

python -m bench.quality.blur FOLDER    # 15 s

Each tile is shown at two scales, as it is and through two lenses: blur, noise, the camera's own
sharpening, JPEG. What the finest octave lost is known. The error is that of tiles left out.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import cv2
import numpy as np

from bench.evalset import arguments, true_tiles
from tilewright.engine.arrays import Floats, Pixels, floats
from tilewright.engine.synthesis.sharpen import light_of
from tilewright.score.sharpness import FINEST, features

SEED = 1
SCALES = (1.0, 0.55)
SIDE = 512

BLURS = ((0.45, 0.9), (0.9, 1.8))
"""Sigmas of the lens, in pixels: in focus, and slightly out of it."""

NOISE, JPEG = (0.5, 4.0), (76, 96)
"""Gray levels, as white as not; quality."""

CAMERA, CAMERA_SIGMA = (0.1, 0.55), 1.1
"""Share of what a blur takes that the camera adds again."""


class Seen(NamedTuple):
    """A tile as somebody sees it. lacks: log of a factor, by octaves, finest first."""

    tile: int
    features: tuple[float, ...]
    lacks: tuple[float, ...]


def main() -> None:
    """Print the weights, how sure they are, and how much coarser octaves lack."""
    options = arguments(__doc__).parse_args()
    random = np.random.Generator(np.random.PCG64(SEED))
    seen = [
        one
        for index, tile in enumerate(true_tiles(options.evalset, options.only))
        for one in _views(index, tile.pixels, random)
    ]
    rows = np.array([(1.0, *one.features) for one in seen])
    lacks = np.array([one.lacks for one in seen])
    off = left_out(rows, lacks[:, 0], np.array([one.tile for one in seen]))
    sharp = lacks[:, 0] == 0
    print("weights:", np.round(fit(rows, lacks[:, 0]), 2))
    print(f"off by {rms(off):.2f}, where nothing lacks by {rms(off[sharp]):.2f}")
    print("shares of the finest:", np.round(lacks[:, 0] @ lacks / (lacks[:, 0] @ lacks[:, 0]), 2))


def _views(index: int, tile: Pixels, random: np.random.Generator) -> Iterator[Seen]:
    for scale in SCALES:
        whole = cv2.resize(floats(tile), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        sharp = floats(whole[:SIDE, :SIDE])
        light = light_of(sharp)
        yield Seen(index, features(light), (0.0,) * 3)
        for blur in BLURS:
            photo = light_of(_photographed(sharp, random.uniform(*blur), random))
            lost = _strengths(light) - _strengths(photo)
            yield Seen(index, features(photo), tuple(lost.tolist()))


def _photographed(sharp: Floats, sigma: float, random: np.random.Generator) -> Floats:
    noise: Any = floats(random.standard_normal(sharp.shape))
    noise = (noise + 2 * cv2.GaussianBlur(noise[::-1], (0, 0), 0.9)) / 2
    seen = cv2.GaussianBlur(sharp, (0, 0), sigma) + np.float32(random.uniform(*NOISE)) * noise
    kept = seen - cv2.GaussianBlur(seen, (0, 0), CAMERA_SIGMA)
    sent = np.clip(seen + np.float32(random.uniform(*CAMERA)) * kept, 0, 255).astype(np.uint8)
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(*JPEG))]
    data = cv2.imencode(".jpg", cv2.cvtColor(sent, cv2.COLOR_RGB2BGR), quality)[1]
    read: Any = cv2.imdecode(data, cv2.IMREAD_COLOR)
    return floats(cv2.cvtColor(read, cv2.COLOR_BGR2RGB))


def _strengths(light: Floats) -> Any:
    """Log of the strength of three octaves."""
    found = []
    for octave in range(3):
        softer = floats(cv2.GaussianBlur(light, (0, 0), FINEST * 2**octave))
        found.append(np.log((light - softer).std()))
        light = softer
    return np.array(found)


def fit(rows: Any, wanted: Any) -> Any:
    """The weights that fit best."""
    return np.linalg.lstsq(rows, wanted, rcond=None)[0]


def left_out(rows: Any, wanted: Any, tile: Any) -> Any:
    """The error for the views of each tile, by what the others tell."""
    off = np.empty(len(wanted))
    for index in set(tile.tolist()):
        others = tile != index
        off[~others] = rows[~others] @ fit(rows[others], wanted[others]) - wanted[~others]
    return off


def rms(values: Any) -> float:
    """The root of the mean square."""
    return float(np.sqrt(np.mean(np.square(values))))


if __name__ == "__main__":
    main()
