"""Synthesis alone: a crop of a texture whose truth is known, kept as a tile, or quilted."""

import numpy as np

from bench.evalset import Pixels, TrueTile
from bench.quality.case import Case, Plan, Until, twice
from bench.quality.judge import Judge, own
from tilewright.engine.finish import calmly_rolled
from tilewright.engine.stages import Stages
from tilewright.engine.synthesis.keep import Layout, cut_torus, grid_of
from tilewright.engine.synthesis.lattice import Lattice, Shift, find_lattices
from tilewright.engine.synthesis.mend import mend
from tilewright.engine.synthesis.sharpen import lacking, sharpened
from tilewright.engine.synthesis.straighten import Straight
from tilewright.engine.synthesis.swatch import Swatch
from tilewright.engine.synthesis.weave import LATTICES, Order, lay_out

KEPT = slice(0.13, 0.83), slice(0.21, 0.91)
"""The half of the true tile that is given, to be kept in one piece. It wraps nowhere."""

QUILTED = slice(0.21, 0.71), slice(0.33, 0.83)
"""A quarter, to be laid out over the true tile's size as it is for users."""

CELL = 0.88
"""Side of the tile that is kept, as a share of the crop's."""

SEED = 5


def measure(true: TrueTile, plan: Plan, judge: Judge) -> Case:
    """Our tile of the crop, the peers', the true one, and our quilt of a smaller crop."""
    case = Case("tiles", true.name, true.material, ())
    crop = cut_out(true.pixels, KEPT)
    ours = kept(crop)
    quilt = quilted(cut_out(true.pixels, QUILTED), (true.pixels.shape[1], true.pixels.shape[0]))
    _marks(case, ours, true.pixels, plan, judge)
    _marks(case, quilt, true.pixels, plan, judge, ".quilted")
    case.pictures = [crop, twice(true.pixels), twice(ours), twice(quilt)]
    if not plan.until.reaches(Until.JUDGE):
        return case
    others = {peer: judge.made(peer, crop) for peer in plan.peers} | {"truth": true.pixels}
    for name, tile in others.items():
        if tile is not None:
            _marks(case, tile, true.pixels, plan, judge, f".{name}")
    first = next((others[peer] for peer in plan.peers if others[peer] is not None), None)
    case.pictures += [] if first is None else [twice(first)]
    return case


def cut_out(tile: Pixels, part: tuple[slice, slice]) -> Pixels:
    """The part of a tile that is given."""
    height, width = tile.shape[:2]
    rows = slice(int(part[0].start * height), int(part[0].stop * height))
    columns = slice(int(part[1].start * width), int(part[1].stop * width))
    return np.ascontiguousarray(tile[rows, columns])


def kept(crop: Pixels) -> Pixels:
    """One cell of the crop's best lattice, at its own scale and of its own size."""
    swatch = _swatch(crop)
    layouts = []
    for lattice in find_lattices(swatch, (CELL * swatch.width, CELL * swatch.height), LATTICES):
        wide, high = round(lattice.across.x), round(lattice.down.y)
        whole = Lattice(Shift(wide, lattice.across.y), Shift(lattice.down.x, high))
        layouts.append(cut_torus(swatch.read(*grid_of(swatch, whole, wide, high)), wide, high))
    return _finished(min(layouts, key=lambda one: one.cost), 1.0)


def quilted(crop: Pixels, size: tuple[int, int]) -> Pixels:
    """A tile of `size` (width, height) texels, as users get it."""
    stages = Stages(lambda stage, fraction: None, [("lay it out", 1.0)])
    return _finished(*lay_out(_swatch(crop), Order(size, SEED), stages))


def _finished(layout: Layout, zoom: float) -> Pixels:
    lack = lacking(layout.exemplar[layout.clean], zoom)
    exemplar = sharpened(layout.exemplar, zoom, lack)
    return calmly_rolled(mend(exemplar, layout.rows, layout.columns))


def _swatch(crop: Pixels) -> Swatch:
    return Swatch(crop, Straight(np.eye(3), crop.shape[1], crop.shape[0], ""))


def _marks(
    case: Case, tile: Pixels, truth: Pixels, plan: Plan, judge: Judge, suffix: str = ""
) -> None:
    case.take(own(tile, truth), suffix=suffix)
    if plan.until.reaches(Until.JUDGE):
        case.take(judge.judged(tile, truth), prefix="judge_", suffix=suffix)
