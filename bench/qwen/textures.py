"""Sixty-four textures to learn: true tiles near and far, photographed surfaces, and drawn ones."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.evalset import Pixels, read, surfaces, true_tiles

SIDE = 448
"""Pixels: what is kept of each texture; crops are cut out of it."""

PHOTOGRAPHED = 12
"""The surfaces that hold the largest squares."""

DRAWN = 12

Field = NDArray[np.float64]
"""(SIDE, SIDE), one number a pixel."""


class Texture(NamedTuple):
    """pixels: (SIDE, SIDE, 3) uint8 sRGB. It need not tile, and no crop of it is meant to."""

    name: str
    pixels: Pixels


def textures(evalset: Path) -> list[Texture]:
    """20 true tiles whole and 20 at twice the scale, 12 surfaces of photographs, 12 drawn."""
    return [*_tiles(evalset), *_photographed(evalset), *_drawn()]


def crop(texture: Texture, side: int, random: np.random.Generator) -> Pixels:
    """(side, side, 3), from anywhere in it."""
    top, left = random.integers(0, SIDE - side + 1, 2)
    return texture.pixels[top : top + side, left : left + side]


def _tiles(evalset: Path) -> Iterator[Texture]:
    for tile in true_tiles(evalset, []):
        whole = tile.pixels
        half = whole[: whole.shape[0] // 2, : whole.shape[1] // 2]
        yield Texture(f"{tile.name} far", _sized(whole))
        yield Texture(f"{tile.name} near", _sized(half))


def _photographed(evalset: Path) -> list[Texture]:
    """The largest square of each surface; the largest of these."""
    found: list[tuple[int, Texture]] = []
    for named in surfaces(evalset, []):
        mask = np.pad(named.mask.astype(np.uint8), 1)
        reach = cv2.distanceTransform(mask, cv2.DIST_C, 3)[1:-1, 1:-1]
        row, column = np.unravel_index(int(reach.argmax()), reach.shape)
        half = int(reach.max()) - 1
        square = read(named.path)[row - half : row + half, column - half : column + half]
        found.append((half, Texture(named.name, _sized(square))))
    found.sort(key=lambda one: -one[0])
    return [texture for _, texture in found[:PHOTOGRAPHED]]


def _sized(whole: Pixels) -> Pixels:
    smaller = min(whole.shape[:2]) > SIDE
    way = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(whole, (SIDE, SIDE), interpolation=way), np.uint8)


def _drawn() -> Iterator[Texture]:
    """Bricks, stones, grain and stripes, each three times; no period is a part of any crop."""
    for kind, draw in enumerate((_bricks, _stones, _grain, _stripes)):
        for turn in range(DRAWN // 4):
            random = np.random.default_rng([kind, turn])
            value = draw(random)
            value = (value - value.mean()) / (value.std() + 1e-9)
            low, high = random.uniform(30, 120, 3), random.uniform(120, 230, 3)
            share = 1 / (1 + np.exp(-value))[..., None]
            noise = random.normal(0, 4, (SIDE, SIDE, 1))
            colored = np.clip(low + (high - low) * share + noise, 0, 255)
            name = f"{draw.__name__.removeprefix('_')} {turn}"
            yield Texture(name, np.asarray(colored.round(), np.uint8))


def _fields(random: np.random.Generator) -> tuple[Field, Field]:
    """Places across and down in pixels, turned by a few degrees and gently bent."""
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float64)
    angle = random.uniform(-0.15, 0.15)
    bent, cos, sin = 3 * _soft(random, 60), np.cos(angle), np.sin(angle)
    return x * cos - y * sin + bent, x * sin + y * cos - bent


def _soft(random: np.random.Generator, width: float) -> Field:
    """Noise of unit spread, softened over `width` pixels."""
    soft = cv2.GaussianBlur(random.normal(size=(SIDE, SIDE)), (0, 0), width)
    return np.asarray(soft / soft.std(), np.float64)


def _bricks(random: np.random.Generator) -> Field:
    x, y = _fields(random)
    long, high = random.uniform(37, 71), random.uniform(17, 31)
    row = np.floor(y / high)
    across = (x / long + 0.5 * row) % 1
    joint = np.minimum(np.minimum(across, 1 - across) * long, np.minimum(y % high, -y % high)) < 2
    shade = random.normal(size=10_000)[(row * 71 + np.floor(x / long + 0.5 * row)).astype(int)]
    return np.asarray(0.5 * shade - 2.5 * joint + 0.2 * _soft(random, 1.2), np.float64)


def _stones(random: np.random.Generator) -> Field:
    points = random.uniform(0, SIDE, (random.integers(120, 420), 2)).astype(np.float32)
    seen = np.full((SIDE, SIDE), 255, np.uint8)
    seen[points[:, 1].astype(int), points[:, 0].astype(int)] = 0
    far, label = cv2.distanceTransformWithLabels(
        seen, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    edges = cv2.morphologyEx(label.astype(np.float32), cv2.MORPH_GRADIENT, np.ones((3, 3))) > 0
    shade = random.normal(size=int(label.max()) + 1)[label]
    rough = 0.2 * _soft(random, 1.5)
    return np.asarray(0.6 * shade - 2 * edges - 0.03 * far + rough, np.float64)


def _grain(random: np.random.Generator) -> Field:
    fine = random.normal(size=(SIDE, SIDE))
    sigma = random.uniform(0.8, 1.6), random.uniform(3, 14)
    long = cv2.GaussianBlur(fine, (0, 0), sigmaX=sigma[1], sigmaY=sigma[0])
    return np.asarray(long / long.std() + 0.4 * _soft(random, 12), np.float64)


def _stripes(random: np.random.Generator) -> Field:
    x, y = _fields(random)
    across, down = random.uniform(11, 29, 2)
    both = np.sin(2 * np.pi * x / across) + random.uniform(0, 1) * np.sin(2 * np.pi * y / down)
    return np.asarray(both + 0.2 * _soft(random, 1.0), np.float64)


def sheet(path: Path, pictures: list[Pixels], columns: int = 8) -> None:
    """All pictures of one size in one file, to look at."""
    rows = [pictures[start : start + columns] for start in range(0, len(pictures), columns)]
    blank = np.zeros_like(pictures[0])
    whole = [np.concatenate([*row, *[blank] * (columns - len(row))], axis=1) for row in rows]
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.concatenate(whole)).save(path)
