"""The heart: a photo and a wish become a tile, as arrays, knowing nothing of files or users."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from tilewright.contract import Region, SurfaceUnusable
from tilewright.engine.arrays import Floats, Pixels, floats
from tilewright.engine.stages import Stages
from tilewright.engine.synthesis.already import is_tile, resized
from tilewright.engine.synthesis.drawn import between_corners, drawn_surface, only_inside
from tilewright.engine.synthesis.drowned import sharp_part
from tilewright.engine.synthesis.elements import count_elements, measure
from tilewright.engine.synthesis.focus import find_fading, find_slope
from tilewright.engine.synthesis.keep import ROUNDING, Layout, cut_torus, grid_of, has_room
from tilewright.engine.synthesis.landmarks import without_landmarks
from tilewright.engine.synthesis.lattice import (
    LEAST_ROOM,
    Counted,
    Lattice,
    find_lattices,
    joints_of,
    whole_elements,
)
from tilewright.engine.synthesis.mend import mend
from tilewright.engine.synthesis.quilt import quilt
from tilewright.engine.synthesis.scale import wanted_zoom
from tilewright.engine.synthesis.sharpen import lacking, light_of, sharpened
from tilewright.engine.synthesis.stock import read_stock
from tilewright.engine.synthesis.straighten import Straight, as_photographed, straighten
from tilewright.engine.synthesis.surface import Found, find_surface
from tilewright.engine.synthesis.swatch import Swatch
from tilewright.engine.synthesis.window import draw_window
from tilewright.engine.synthesis.words import Wish
from tilewright.intake import Photo

SMALLEST_SWATCH = 24
"""Pixels. A swatch with a shorter side holds no texture, only a smear of a few pixels."""

LATTICES = 3
"""Lattices cut at full resolution. The small picture ranks them well, but not exactly. Only the
best is laid in pieces: their cuts do not tell which is better, and three of them took three times
as long (20 quilted quarters: .842 by the judge with the best, .814 with the best of three)."""

WINDOWS = 2
"""Windows of the swatch that the seed draws, where one cell fills the tile; the better is taken."""

SMALLEST_WINDOW = 0.8
"""Share of the swatch's side that a window has at least: smaller ones vary more and show less."""

WINDOW_ROOM = 1.15
"""Times the cell that it has at least: room for the cut."""

WIDEST_WINDOW = 1.8
"""Times the cell that it has at most: shifts that are much shorter than the window are not looked
for, and a small tile of a long strip was laid from pieces of a cell twice as wide."""

AS_GOOD = 1.15
"""Lattices whose cut costs up to this times the cheapest are equal; the seed chooses."""

MEGAPIXEL = 1024 * 1024

MOST_HIDDEN, BARELY_ANY = 0.02, 0.99
"""Share of a region that may be transparent: of four corners, between which all is taken, and of a
polygon, of which only what is shown is."""

STAGES = [
    ("find the surface", 0.15),
    ("straighten it", 0.11),
    ("even out its light", 0.01),
    ("lay it out", 0.42),
    ("mend the cuts", 0.06),
]
"""What `weave` begins, in order, with shares of the whole work: of a megapixel of each of the four
photos in examples/, in the median. To lay it out took .34 to .60."""

OF_DRAWN = [("find the surface", 0.01), *STAGES[1:]]
"""The same where the surface is drawn: there is nothing to find."""


class Order(NamedTuple):
    """The tile that is wanted. size: width and height in texels. region: the surface, drawn.
    straighten: whether it is seen straight on, rather than as photographed. elements: how many are
    to lie across. aside: whether the photo's main surface will do where nothing looks like what is
    wished for.
    """

    size: tuple[int, int]
    seed: int
    region: Region | None = None
    straighten: bool = True
    elements: int | None = None
    aside: bool = False


class Woven(NamedTuple):
    """A tile and how it came about. tile: (h, w, 3) float32 sRGB, 0..255, exactly periodic.

    times: how often each pixel that was taken is shown, on average.
    blur: what was brought back of the finest detail, as the log of a factor. spared: share of the
    surface that was not taken, since it stands out and would come again and again. guessed: whether
    elements were to be counted and are not seen to come again.
    """

    tile: Floats
    exemplar: Floats
    found: Found
    straight: Straight
    zoom: float
    pieces: int
    times: float = 1.0
    blur: float = 0.0
    spared: float = 0.0
    guessed: bool = False


class _Plan(NamedTuple):
    """A part of the swatch, what of it the tile shows (in its pixels), and shifts to keep to."""

    swatch: Swatch
    wanted: tuple[float, float]
    counted: tuple[Counted | None, Counted | None] = (None, None)


def weave(photo: Photo, wish: Wish, order: Order, stages: Stages) -> Woven:
    """Make a tile as ordered of the surface wished for.

    Raises `SurfaceUnusable` where the surface is too small. About 3 s a megapixel on one core.
    """
    stages.begin()
    colors, found = _find(photo, wish, order)
    if order.region is None and not order.elements and is_tile(colors, found.mask, order.size):
        return _kept(colors, found, order.size, stages)
    stages.begin()
    straight = _straighten(photo, colors, found, wish, order)
    if min(straight.width, straight.height) < SMALLEST_SWATCH:
        raise SurfaceUnusable(
            f"the surface shows only {straight.width}x{straight.height} pixels in the photo, and "
            f"at least {SMALLEST_SWATCH} each way are needed; send a closer photo of it"
        )
    stages.begin()
    swatch = Swatch(colors, straight)
    slope = find_slope(straight)
    layout, zoom = lay_out(swatch, order, stages, slope)
    stages.begin()
    exemplar, blur = in_focus(layout, zoom, slope)
    tile = mend(exemplar, layout.rows, layout.columns)
    clean = exemplar[layout.clean]
    guessed = order.elements is not None and not measure(swatch)[0].periodic
    pieces, times, spared = layout.pieces, layout.times, layout.spared
    return Woven(tile, clean, found, straight, zoom, pieces, times, blur, spared, guessed)


def _find(photo: Photo, wish: Wish, order: Order) -> tuple[Pixels, Found]:
    """The surface, and the photo without what is sure to be none of it: what is outside of what was
    drawn, and what is transparent.
    """
    colors, shown = photo.pixels, photo.shown
    if order.region is not None:
        found = drawn_surface(order.region, colors.shape)
        mask = found.mask if shown is None else found.mask & shown
        hidden = 1 - mask.sum() / found.mask.sum()
        if hidden > (MOST_HIDDEN if order.region.corners else BARELY_ANY):
            raise SurfaceUnusable(
                f"{hidden:.0%} of the region is transparent in the photo; draw one where it is not"
            )
        return only_inside(colors, mask), found._replace(mask=mask)
    if shown is not None:
        colors = only_inside(colors, shown)
    return colors, find_surface(colors, wish, or_main=order.aside, shown=shown)


def in_focus(
    layout: Layout, zoom: float, slope: tuple[float, float] | None
) -> tuple[Floats, float]:
    """The exemplar with what the lens took from it, and how much of the finest detail that was."""
    clean = layout.exemplar[layout.clean]
    blur = lacking(clean, zoom, aslant=slope is not None)
    fading = None if slope is None else find_fading(light_of(clean), slope)
    return sharpened(layout.exemplar, zoom, blur, fading, layout.clean), blur


def _kept(photo: Pixels, found: Found, size: tuple[int, int], stages: Stages) -> Woven:
    """A photo that is a tile already, with no stage left out of the progress."""
    for _ in STAGES[1:]:
        stages.begin()
    height, width = photo.shape[:2]
    straight = Straight(np.eye(3), width, height, "seen as photographed: it is a tile already")
    tile = resized(photo, size)
    return Woven(tile, floats(photo), found, straight, size[0] / width, 1)


def _straighten(photo: Photo, colors: Pixels, found: Found, wish: Wish, order: Order) -> Straight:
    if order.region is not None and order.region.corners is not None:
        return between_corners(order.region, colors.shape, photo.focal_ratio)
    if not order.straighten:
        return as_photographed(colors, found.mask)
    shown = photo.shown if order.region is None else found.mask
    return straighten(colors, found.mask, wish.lies, photo.focal_ratio, shown)


def _plans(swatch: Swatch, order: Order) -> list[_Plan]:
    """What the tile may be laid from.

    Where one cell fills the tile, the seed draws windows of the swatch to take it from: their cells
    show other parts of the surface, in another arrangement.
    """
    random = np.random.Generator(np.random.PCG64(order.seed))
    if order.elements is not None:
        count = count_elements(swatch, order.elements, order.size)
        return [_Plan(draw_window(swatch, count.window, random), count.wanted, count.counted)]
    zoom = wanted_zoom((swatch.width, swatch.height), order.size, LEAST_ROOM)
    wanted = order.size[0] / zoom, order.size[1] / zoom
    if any(
        side * (1 + LEAST_ROOM) > whole + ROUNDING
        for side, whole in zip(wanted, (swatch.width, swatch.height), strict=True)
    ):
        return [_Plan(swatch, wanted)]
    return [_Plan(_window(swatch, wanted, random), wanted) for _ in range(WINDOWS)]


def _window(swatch: Swatch, wanted: tuple[float, float], random: np.random.Generator) -> Swatch:
    """A part of the swatch that holds the cell and room for its cut."""
    shares = random.uniform(SMALLEST_WINDOW, 1.0, 2)
    width, height = (
        float(np.clip(share * whole, WINDOW_ROOM * side, WIDEST_WINDOW * side))
        for share, whole, side in zip(shares, (swatch.width, swatch.height), wanted, strict=True)
    )
    return draw_window(swatch, (width, height), random)


def lay_out(
    swatch: Swatch, order: Order, stages: Stages, slope: tuple[float, float] | None = None
) -> tuple[Layout, float]:
    """One cell that fills the tile, from the best of a few lattices, or a quilt of pieces.

    slope: which way the surface recedes, if it does; pieces are not taken from what is soft then.
    Lattices are compared on a tile of about a megapixel; a larger one is laid once, with the best.
    Returns it with the texels per pixel of the swatch.
    """
    progress = stages.begin()
    plans, whole = _plans(swatch, order), whole_elements(swatch, joints_of(swatch))
    tries = [
        (plan.swatch, lattice)
        for plan in plans
        for lattice in find_lattices(
            plan.swatch, plan.wanted, -(-LATTICES // len(plans)), plan.counted, whole
        )
    ]
    if not tries:
        raise SurfaceUnusable(
            "the surface does not come again anywhere, so that nothing can be laid beside itself; "
            "send a larger part of it, or leave elements out"
        )
    whole_cells = [one for one in tries if has_room(grid_of(*one, *order.size), *order.size)]
    tries = whole_cells or tries[:1]
    distinct = list(dict.fromkeys(tries))
    shrink = max(1, round((order.size[0] * order.size[1] / MEGAPIXEL) ** 0.5))
    if len(distinct) == 1:
        shrink = 1  # there is nothing to compare
    steps = len(distinct) + (shrink * shrink if shrink > 1 else 0)
    layouts: dict[tuple[Swatch, Lattice], Layout] = {}
    for index, one in enumerate(distinct):
        tick = partial(_within, progress, index / steps, 1 / steps)
        tick(0.0)
        layouts[one] = _lay(*one, order, shrink, tick, slope)
    best = tries[_choose([layouts[one].cost for one in tries], order.seed)]
    zoom = order.size[0] / best[1].across.x
    if shrink == 1:
        return layouts[best], zoom
    layouts.clear()
    done = len(distinct) / steps
    tick = partial(_within, progress, done, 1 - done)
    return _lay(*best, order, 1, tick, slope), zoom


def _lay(
    swatch: Swatch,
    lattice: Lattice,
    order: Order,
    shrink: int,
    tick: Callable[[float], None],
    slope: tuple[float, float] | None,
) -> Layout:
    """The tile, or one a whole number of times smaller, from one lattice."""
    size = order.size[0] // shrink, order.size[1] // shrink
    grid = grid_of(swatch, lattice, *size)
    if has_room(grid, *size):
        return cut_torus(swatch.read(*grid), *size)
    seen = sharp_part(read_stock(swatch, grid, size), slope)
    taken = without_landmarks(seen)
    layout = quilt(taken, size, order.seed, tick)
    layout.spared = 1 - float(taken.kept.sum() / seen.kept.sum())
    return layout


def _choose(costs: list[float], seed: int) -> int:
    equal = [index for index, cost in enumerate(costs) if cost <= AS_GOOD * min(costs)]
    return equal[int(np.random.Generator(np.random.PCG64(seed)).integers(len(equal)))]


def _within(progress: Callable[[float], None], start: float, span: float, share: float) -> None:
    progress(start + span * share)
