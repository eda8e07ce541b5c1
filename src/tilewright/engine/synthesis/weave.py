"""The heart: a photo and a wish become a tile, as arrays, knowing nothing of files or users."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from tilewright.contract import SurfaceUnusable
from tilewright.engine.synthesis.already import is_tile, resized
from tilewright.engine.synthesis.arrays import Floats, Pixels
from tilewright.engine.synthesis.keep import Layout, cut_torus, has_room, read_around
from tilewright.engine.synthesis.lattice import find_lattices
from tilewright.engine.synthesis.mend import mend
from tilewright.engine.synthesis.quilt import quilt
from tilewright.engine.synthesis.scale import wanted_zoom
from tilewright.engine.synthesis.stages import Stages
from tilewright.engine.synthesis.straighten import Straight, straighten
from tilewright.engine.synthesis.surface import Found, find_surface
from tilewright.engine.synthesis.swatch import Swatch
from tilewright.engine.synthesis.words import Wish

SMALLEST_SWATCH = 24
"""Pixels. A swatch with a shorter side holds no texture, only a smear of a few pixels."""

LATTICES = 3
"""Lattices cut at full resolution. The small picture ranks them well, but not exactly."""

AS_GOOD = 1.15
"""Lattices whose cut costs up to this times the cheapest are equal; the seed chooses."""

STAGES = [
    ("find the surface", 0.25),
    ("straighten it", 0.12),
    ("even out its light", 0.03),
    ("lay it out", 0.45),
    ("mend the cuts", 0.10),
]
"""What `weave` begins, in order, with shares of its time."""


class Woven(NamedTuple):
    """A tile and how it came about. tile: (h, w, 3) float32 sRGB, 0..255, exactly periodic."""

    tile: Floats
    exemplar: Floats
    found: Found
    straight: Straight
    zoom: float
    pieces: int


def weave(
    photo: Pixels,
    focal_ratio: float | None,
    wish: Wish,
    size: tuple[int, int],
    seed: int,
    stages: Stages,
) -> Woven:
    """Make a tile of `size` (width, height) texels of the surface wished for.

    photo: (H, W, 3) uint8 sRGB. focal_ratio: focal length over the photo's long side, if known.
    Raises `SurfaceUnusable` where the surface is too small. About 4 s a megapixel on one core.
    """
    stages.begin()
    found = find_surface(photo, wish)
    if is_tile(photo, found.mask, size):
        return _kept(photo, found, size, stages)
    stages.begin()
    straight = straighten(photo, found.mask, wish.lies, focal_ratio)
    if min(straight.width, straight.height) < SMALLEST_SWATCH:
        raise SurfaceUnusable(
            f"the surface shows only {straight.width}x{straight.height} pixels in the photo, and "
            f"at least {SMALLEST_SWATCH} each way are needed; send a closer photo of it"
        )
    stages.begin()
    swatch = Swatch(photo, straight)
    layout, zoom = lay_out(swatch, size, seed, stages)
    stages.begin()
    tile = mend(layout.exemplar, layout.rows, layout.columns)
    return Woven(tile, layout.exemplar, found, straight, zoom, layout.pieces)


def _kept(photo: Pixels, found: Found, size: tuple[int, int], stages: Stages) -> Woven:
    """The photo itself, which is a tile already."""
    for _ in STAGES[1:]:
        stages.begin()
    height, width = photo.shape[:2]
    straight = Straight(np.eye(3), width, height, "not at all: the photo is a tile already")
    tile = resized(photo, *size)
    return Woven(tile, tile, found, straight, size[0] / width, 1)


def lay_out(
    swatch: Swatch, size: tuple[int, int], seed: int, stages: Stages
) -> tuple[Layout, float]:
    """One cell that fills the tile, or a quilt of pieces; the best of a few lattices.

    Returns it with the texels per pixel of the swatch.
    """
    progress = stages.begin()
    layouts: list[Layout] = []
    zoom = wanted_zoom((swatch.width, swatch.height), size)
    lattices = find_lattices(swatch, size, zoom, LATTICES)
    for index, lattice in enumerate(lattices):
        progress(index / LATTICES)
        exemplar = read_around(swatch, lattice, *size)
        if has_room(exemplar, *size):
            layouts.append(cut_torus(exemplar, *size))
        else:
            share = partial(_within, progress, index)
            layouts.append(quilt(exemplar, size, seed, share))
    chosen = _choose(layouts, seed)
    return layouts[chosen], size[0] / lattices[chosen].across.x


def _within(progress: Callable[[float], None], index: int, share: float) -> None:
    progress((index + share) / LATTICES)


def _choose(layouts: list[Layout], seed: int) -> int:
    cheapest = min(layout.cost for layout in layouts)
    equal = [i for i, layout in enumerate(layouts) if layout.cost <= AS_GOOD * cheapest]
    return equal[np.random.Generator(np.random.PCG64(seed)).integers(len(equal))]
