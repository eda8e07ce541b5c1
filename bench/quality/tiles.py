"""Synthesis alone: a crop of a texture whose truth is known, made to tile at its own scale."""

import numpy as np

from bench.evalset import Pixels, TrueTile
from bench.quality.case import Case, Plan, Until, twice
from bench.quality.judge import Judge, own
from tilewright.engine.synthesis.finish import calmly_rolled
from tilewright.engine.synthesis.keep import lay
from tilewright.engine.synthesis.lattice import find_lattices
from tilewright.engine.synthesis.mend import mend
from tilewright.engine.synthesis.straighten import Straight
from tilewright.engine.synthesis.swatch import Swatch
from tilewright.engine.synthesis.weave import LATTICES

CROP = slice(0.13, 0.83), slice(0.21, 0.91)
"""The part of the true tile that is given: it wraps nowhere."""


def measure(true: TrueTile, plan: Plan, judge: Judge) -> Case:
    """Our tile of the crop, the peers', and the true one."""
    case = Case("tiles", true.name, true.material, ())
    crop = cut_out(true.pixels)
    ours = kept(crop)
    _marks(case, ours, true.pixels, plan, judge)
    case.pictures = [crop, twice(true.pixels), twice(ours)]
    if not plan.until.reaches(Until.JUDGE):
        return case
    others = {peer: judge.made(peer, crop) for peer in plan.peers} | {"truth": true.pixels}
    for name, tile in others.items():
        if tile is not None:
            _marks(case, tile, true.pixels, plan, judge, f".{name}")
    first = next((others[peer] for peer in plan.peers if others[peer] is not None), None)
    case.pictures += [] if first is None else [twice(first)]
    return case


def cut_out(tile: Pixels) -> Pixels:
    """The part of a tile that is given."""
    height, width = tile.shape[:2]
    rows = slice(int(CROP[0].start * height), int(CROP[0].stop * height))
    columns = slice(int(CROP[1].start * width), int(CROP[1].stop * width))
    return np.ascontiguousarray(tile[rows, columns])


def kept(crop: Pixels) -> Pixels:
    """One cell of the crop's best lattice."""
    swatch = Swatch(crop, Straight(np.eye(3), crop.shape[1], crop.shape[0], ""))
    lattices = find_lattices(swatch, 1.0, LATTICES)
    layouts = [lay(swatch, one, round(one.across.x), round(one.down.y)) for one in lattices]
    layout = min(layouts, key=lambda one: one.cost)
    return calmly_rolled(mend(layout.exemplar, layout.rows, layout.columns))


def _marks(
    case: Case, tile: Pixels, truth: Pixels, plan: Plan, judge: Judge, suffix: str = ""
) -> None:
    case.take(own(tile, truth), suffix=suffix)
    if plan.until.reaches(Until.JUDGE):
        case.take(judge.judged(tile, truth), prefix="judge_", suffix=suffix)
