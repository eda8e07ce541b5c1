"""The heart: a photo and a wish become a tile, as arrays, knowing nothing of files or users."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from tilewright.contract import Region, SurfaceUnusable
from tilewright.engine.synthesis.already import is_tile, resized
from tilewright.engine.synthesis.arrays import Floats, Pixels, floats
from tilewright.engine.synthesis.drawn import between_corners, drawn_surface, only_inside
from tilewright.engine.synthesis.elements import count_elements
from tilewright.engine.synthesis.keep import Layout, lay, read_cell
from tilewright.engine.synthesis.lattice import ANY_SPAN, Lattice, Span, find_lattices
from tilewright.engine.synthesis.mend import mend
from tilewright.engine.synthesis.quilt import quilt
from tilewright.engine.synthesis.scale import choose_scale
from tilewright.engine.synthesis.stages import Stages
from tilewright.engine.synthesis.straighten import Straight, straighten
from tilewright.engine.synthesis.surface import Found, find_surface
from tilewright.engine.synthesis.swatch import Swatch
from tilewright.engine.synthesis.window import draw_window
from tilewright.engine.synthesis.words import Wish

SMALLEST_SWATCH = 24
"""Pixels. A swatch with a shorter side holds no texture, only a smear of a few pixels."""

LATTICES = 3
"""Lattices cut at full resolution. The small picture ranks them well, but not exactly."""

WINDOWS = 2
"""Windows of the swatch that the seed draws, where one cell fills the tile; the better is taken."""

SMALLEST_WINDOW = 0.8
"""Share of the swatch's side that a window has at least: smaller ones vary more and show less."""

MEGAPIXEL = 1024 * 1024

STAGES = [
    ("find the surface", 0.25),
    ("straighten it", 0.12),
    ("even out its light", 0.03),
    ("lay it out", 0.45),
    ("mend the cuts", 0.10),
]
"""What `weave` begins, in order, with shares of its time."""


class Order(NamedTuple):
    """The tile that is wanted. size: width and height in texels. region: the surface, drawn.
    elements: how many are to lie across.
    """

    size: tuple[int, int]
    seed: int
    region: Region | None = None
    elements: int | None = None


class Woven(NamedTuple):
    """A tile and how it came about. tile: (h, w, 3) float32 sRGB, 0..255, exactly periodic."""

    tile: Floats
    exemplar: Floats
    found: Found
    straight: Straight
    zoom: float
    pieces: int


class _Plan(NamedTuple):
    """A part of the swatch, the cell of it in texels, and how long its lattice may be."""

    swatch: Swatch
    cell: tuple[int, int]
    spans: tuple[Span, Span]


def weave(
    photo: Pixels, focal_ratio: float | None, wish: Wish, order: Order, stages: Stages
) -> Woven:
    """Make a tile as ordered of the surface wished for.

    photo: (H, W, 3) uint8 sRGB. focal_ratio: focal length over the photo's long side, if known.
    Raises `SurfaceUnusable` where the surface is too small. About 4 s a megapixel on one core.
    """
    stages.begin()
    if order.region is None:
        found = find_surface(photo, wish)
    else:
        found = drawn_surface(order.region, photo.shape)
        photo = only_inside(photo, found.mask)
    if order.region is None and not order.elements and is_tile(photo, found.mask, order.size):
        return _kept(photo, found, order.size, stages)
    stages.begin()
    straight = _straighten(photo, focal_ratio, found, wish, order)
    if min(straight.width, straight.height) < SMALLEST_SWATCH:
        raise SurfaceUnusable(
            f"the surface shows only {straight.width}x{straight.height} pixels in the photo, and "
            f"at least {SMALLEST_SWATCH} each way are needed; send a closer photo of it"
        )
    stages.begin()
    swatch = Swatch(photo, straight)
    plans, zoom = _plans(swatch, order)
    layout = _lay_out(plans, order, stages)
    stages.begin()
    exemplar, pieces = layout.exemplar, layout.pieces
    tile = mend(exemplar, layout.rows, layout.columns)
    return Woven(tile, exemplar, found, straight, zoom, pieces)


def _kept(photo: Pixels, found: Found, size: tuple[int, int], stages: Stages) -> Woven:
    """A photo that is a tile already, with no stage left out of the progress."""
    for _ in STAGES[1:]:
        stages.begin()
    height, width = photo.shape[:2]
    straight = Straight(np.eye(3), width, height, "left as it was: it is a tile already")
    tile = resized(photo, size)
    return Woven(tile, floats(photo), found, straight, size[0] / width, 1)


def _straighten(
    photo: Pixels, focal_ratio: float | None, found: Found, wish: Wish, order: Order
) -> Straight:
    if order.region is not None and order.region.corners is not None:
        return between_corners(order.region, photo.shape, focal_ratio)
    return straighten(photo, found.mask, wish.lies, focal_ratio)


def _plans(swatch: Swatch, order: Order) -> tuple[list[_Plan], float]:
    """What the tile may be laid from, and texels per pixel of the swatch (about).

    Where one cell fills the tile, the seed draws windows of the swatch to take it from: their cells
    show other parts of the surface, in another arrangement.
    """
    random = np.random.Generator(np.random.PCG64(order.seed))
    if order.elements is not None:
        count = count_elements(swatch, order.elements, order.size)
        window = draw_window(swatch, count.window, random)
        return [_Plan(window, count.cell, (count.across, count.down))], count.zoom
    scale = choose_scale((swatch.width, swatch.height), order.size)
    cell = order.size[0] // scale.across, order.size[1] // scale.down
    if cell != order.size:
        return [_Plan(swatch, cell, (ANY_SPAN, ANY_SPAN))], scale.zoom
    windows = [_window(swatch, random) for _ in range(WINDOWS)]
    return [_Plan(window, cell, (ANY_SPAN, ANY_SPAN)) for window in windows], scale.zoom


def _window(swatch: Swatch, random: np.random.Generator) -> Swatch:
    shares = random.uniform(SMALLEST_WINDOW, 1.0, 2)
    return draw_window(swatch, (shares[0] * swatch.width, shares[1] * swatch.height), random)


def _lay_out(plans: list[_Plan], order: Order, stages: Stages) -> Layout:
    """One cell that fills the tile, or a quilt of several; the best of a few lattices.

    Lattices are compared on a tile of about a megapixel; a larger one is laid once, with the best.
    """
    progress = stages.begin()
    tries = [
        (plan, lattice)
        for plan in plans
        for lattice in find_lattices(
            plan.swatch, plan.cell[0] / plan.cell[1], LATTICES // len(plans) + 1, plan.spans
        )
    ]
    if not tries:
        raise SurfaceUnusable(
            "the surface does not come again anywhere, so that nothing can be laid beside itself; "
            "send a larger part of it, or leave elements out"
        )
    shrink = max(1, round((order.size[0] * order.size[1] / MEGAPIXEL) ** 0.5))
    steps = len(tries) + (shrink * shrink if shrink > 1 else 0)
    layouts: list[Layout] = []
    for index, (plan, lattice) in enumerate(tries):
        tick = partial(_within, progress, index / steps, 1 / steps)
        tick(0.0)
        layouts.append(_lay(plan, lattice, order, shrink, tick))
    best = int(np.argmin([layout.cost for layout in layouts]))
    if shrink == 1:
        return layouts[best]
    layouts.clear()
    done = len(tries) / steps
    return _lay(*tries[best], order, 1, partial(_within, progress, done, 1 - done))


def _lay(
    plan: _Plan, lattice: Lattice, order: Order, shrink: int, tick: Callable[[float], None]
) -> Layout:
    """The tile, or one a whole number of times smaller, from one lattice."""
    cell = plan.cell[0] // shrink, plan.cell[1] // shrink
    size = order.size[0] // shrink, order.size[1] // shrink
    if plan.cell == order.size:
        return lay(plan.swatch, lattice, *size)
    return quilt(read_cell(plan.swatch, lattice, *cell), size, order.seed, tick)


def _within(progress: Callable[[float], None], start: float, span: float, share: float) -> None:
    progress(start + span * share)
