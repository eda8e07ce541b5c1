"""Are the walls and the ground of a street turned to face us? True tiles, drawn as both.

python -m bench.quality.streets FOLDER: each tile in the sun and in the shade, and as ground with
posts along its far end, 2 s each.

Their planes are at right angles to the picture, and are seen beside its middle: nothing else in
the evaluation set is. What the surface is is given.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.evalset import Pixels, arguments, true_tiles
from bench.quality.measures import plane_error
from tilewright.engine.arrays import Mask, Matrix
from tilewright.engine.synthesis.straighten import straighten
from tilewright.engine.synthesis.words import GROUND, WALL

SIZE = 1024, 768
"""Width and height of the photos."""

FINER = 3
"""Times larger that they are drawn, and then averaged: far texels are many to a pixel."""

FOCAL = 0.7, 1.1
"""Focal lengths over the long side, at random: it is not told."""

ASKEW = 4.0
"""Standard deviation, in degrees, of a camera's pitch, yaw and roll."""

FAR = 3.2
"""How many times farther than its nearest a surface ends."""

TILES = 0.6
"""Times that a tile comes between the eye's height and the ground, or along as much of a wall."""

LIGHTS = {"sun": 1.0, "shade": 0.35}
"""Times the surface's own tones."""

POSTS, TALL, WIDE = 24, 1.6, 0.25
"""Posts that stand across the picture just behind the ground's far end: how many, how tall in
heights of the eye, and how wide in shares of the way from one to the next."""

AROUND = 200
"""Gray of all that is not the surface."""


class Seen(NamedTuple):
    """A photo, its surface, and the matrix from its pixels to the surface's own plane."""

    photo: Pixels
    mask: Mask
    to_plane: Matrix


def main() -> None:
    """Print how far each is off, and the medians."""
    options = arguments(__doc__).parse_args()
    cv2.setNumThreads(1)
    rows: dict[tuple[str, str], list[float]] = {}
    for name, lies, where, seen in _streets(options.evalset, options.only):
        straight = straighten(seen.photo, seen.mask, lies, None)
        skewed = plane_error(straight, seen.to_plane @ straight.to_photo).skewed
        rows.setdefault((lies, where), []).append(skewed)
        print(f"{name:28} {lies:6} {where:12} {skewed:5.1f} %  {straight.how}", flush=True)
    for (lies, where), off in rows.items():
        median, mean = np.median(off), np.mean(off)
        print(f"{lies} {where}: off by {median:.1f} % in the median, {mean:.1f} in the mean")


def _streets(evalset: Path, only: list[str]) -> Iterator[tuple[str, str, str, Seen]]:
    for number, tile in enumerate(true_tiles(evalset, only)):
        for lies in (WALL, GROUND):
            for light, times in LIGHTS.items():
                chance = np.random.default_rng([number, lies == WALL])
                yield tile.name, lies, f"in the {light}", draw(tile.pixels, lies, times, chance)
        chance = np.random.default_rng([number, False])
        yield tile.name, GROUND, "among posts", draw(tile.pixels, GROUND, 1.0, chance, posts=True)


def draw(
    tile: Pixels, lies: str, light: float, chance: np.random.Generator, *, posts: bool = False
) -> Seen:
    """A wall to the right of a street, or its ground, laid with a tile."""
    width, height = SIZE
    focal = chance.uniform(*FOCAL) * width
    lens = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1.0]])
    stand = np.array([[0, 0, 1.0], [0, 1, 0], [-1, 0, 0]])
    lie = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
    turn = cv2.Rodrigues(np.radians(chance.normal(0, ASKEW, 3)))[0]
    to_plane = np.linalg.inv(lens @ turn @ (stand if lies == WALL else lie))
    places = _places(to_plane)
    away = -places[..., 0 if lies == WALL else 1]
    nearest = float(away[away > 0].min())
    mask = (away > 0) & (away < FAR * nearest)
    steps = places * np.float32(TILES * min(tile.shape[:2]))
    photo = _laid(tile, steps)
    photo = np.where(mask[..., None], photo * light, AROUND)
    small = cv2.resize(photo.astype(np.float32), SIZE, interpolation=cv2.INTER_AREA)
    seen = cv2.resize(mask.astype(np.float32), SIZE, interpolation=cv2.INTER_AREA) > 0.99
    shown = np.rint(small).astype(np.uint8)
    if posts:
        _stand(shown, lens @ turn, FAR * nearest)
    return Seen(shown, seen, to_plane)


def _stand(photo: Pixels, camera: Matrix, far: float) -> None:
    """Posts on the ground, so far away. camera: the world, in heights of the eye → photo pixels."""
    span = far * SIZE[0] / camera[0, 0]
    for x in np.linspace(-span / 2, span / 2, POSTS):
        left, right = x, x + WIDE * span / POSTS
        feet = np.array([[left, 1, far], [left, 1 - TALL, far], [right, 1 - TALL, far]])
        corners = np.vstack([feet, [right, 1, far]]) @ camera.T
        places = np.rint(16 * corners[:, :2] / corners[:, 2:]).astype(np.int32)
        cv2.fillPoly(photo, [places], (AROUND // 3,) * 3, cv2.LINE_AA, 4)


def _places(to_plane: Matrix) -> NDArray[np.float32]:
    """Where on the plane each pixel of the finer photo looks."""
    columns, rows = np.meshgrid(*(np.arange(side * FINER) for side in SIZE))
    pixels = np.stack([columns, rows], axis=-1).astype(np.float64) / FINER
    return np.asarray(cv2.perspectiveTransform(pixels, to_plane), np.float32)


def _laid(tile: Pixels, steps: NDArray[np.float32]) -> NDArray[np.float32]:
    """The tile at steps in texels, again and again."""
    wrapped = cv2.copyMakeBorder(tile, 0, 1, 0, 1, cv2.BORDER_WRAP)
    high, wide = tile.shape[:2]
    column, row = (steps[..., axis] % side for axis, side in ((0, wide), (1, high)))
    return cv2.remap(wrapped, column, row, cv2.INTER_LINEAR).astype(np.float32)


if __name__ == "__main__":
    main()
