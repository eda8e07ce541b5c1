"""Square pieces of the photo, each fitted to its neighbors, fill a tile larger than the surface."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from tilewright.engine.arrays import Floats, Indices, Mask, floats
from tilewright.engine.lab import lab_features
from tilewright.engine.synthesis.cut import cheapest_cut, mismatch
from tilewright.engine.synthesis.echo import Echoes
from tilewright.engine.synthesis.keep import Layout
from tilewright.engine.synthesis.sources import Sources, sides_laid
from tilewright.engine.synthesis.stock import Stock
from tilewright.score.courses import UNSEEN, Joints

STEP_SHARE = 0.42
"""Distance from piece to piece, as a share of the exemplar's shorter side. Larger pieces keep more
of the material together, and leave fewer places to take them from."""

OVERLAP = 0.4
"""How far a piece reaches over the next one, as a share of that distance: room for the cut."""

MOST_PIECES = 16
"""Along one side of the tile; each costs about 3 ms."""

FEWEST = 4
"""Texels that an overlap has at least."""

NEVER = np.float32(1e6)
"""Cost of a cut that would show a hole; the greatest difference of colors is a 50th of it."""


class _Spacing(NamedTuple):
    """Where pieces begin along one side of the tile, how long one is, and its overlap."""

    starts: list[int]
    length: int
    overlap: int

    @property
    def step(self) -> int:
        """From piece to piece."""
        return self.length - self.overlap


def quilt(
    stock: Stock,
    size: tuple[int, int],
    seed: int,
    tick: Callable[[float], None],
    joints: Joints = UNSEEN,
) -> Layout:
    """A layout of `size` (width, height) texels that wraps both ways.

    stock: what pieces are taken from. joints: its courses, in its texels. tick is called with the
    share done before each piece. Image quilting (Efros and Freeman 2001) on a torus, with sources
    that wear out, so that nothing comes again sooner than it must. 0.3 to 1 s a megapixel on one
    core.
    """
    features = lab_features(stock.colors)
    across, down = _spacing(size[0], stock.side), _spacing(size[1], stock.side)
    bed = _Bed(features, stock.kept, size)
    echoes = Echoes((size[1], size[0]), (down.step, across.step))
    sources = Sources(features, stock.kept, echoes, seed, joints)
    costs = []
    places = [(top, left) for top in down.starts for left in across.starts]
    for index, place in enumerate(places):
        tick(index / len(places))
        costs.append(_lay_piece(bed, sources, place, down, across))
    cost = float(np.sqrt(np.mean(np.square(costs))))
    return Layout(
        stock.colors, features, bed.rows, bed.columns, len(places), cost, clean=stock.clean
    )


def _spacing(side: int, short: int) -> _Spacing:
    count = min(MOST_PIECES, max(2, round(side / (STEP_SHARE * short))))
    step = min(-(-side // count), short - FEWEST - 1)
    count = -(-side // step)
    length = min(step + max(FEWEST, int(OVERLAP * step)), short - 1)
    return _Spacing([index * side // count for index in range(count)], length, length - step)


class _Bed:
    """The tile in the making: where each texel comes from, and whether anything lies there yet."""

    def __init__(self, features: Floats, kept: Mask, size: tuple[int, int]) -> None:
        self.features = features
        self.texels = features.reshape(-1, features.shape[2])
        self.kept = kept
        self.rows: Indices = np.zeros(size[::-1], np.intp)
        self.columns: Indices = np.zeros(size[::-1], np.intp)
        self.laid: Mask = np.zeros(size[::-1], np.bool_)


def _lay_piece(
    bed: _Bed, sources: Sources, place: tuple[int, int], down: _Spacing, across: _Spacing
) -> float:
    """Cut the best piece into the window that begins at `place`; returns what its cuts cost."""
    steps_y, steps_x = np.arange(down.length), np.arange(across.length)
    height, width = bed.rows.shape
    window = np.ix_((place[0] + steps_y) % height, (place[1] + steps_x) % width)
    laid, rows, columns = bed.laid[window], bed.rows[window], bed.columns[window]
    here = bed.texels.take(rows * bed.features.shape[1] + columns, axis=0)
    top, left = sources.choose(place, here, laid, (down.overlap, across.overlap))
    taken = slice(top, top + down.length), slice(left, left + across.length)
    price = mismatch(here, bed.features[taken])
    inside, cost = _cut_in(price, laid, ~bed.kept[taken], (down.overlap, across.overlap))
    covered = inside & laid
    sources.show(rows[covered], columns[covered], -1)
    rows = np.where(inside, top + steps_y[:, None], rows)
    columns = np.where(inside, left + steps_x[None, :], columns)
    sources.show(rows[inside], columns[inside], 1)
    bed.rows[window], bed.columns[window], bed.laid[window] = rows, columns, True
    return cost


def _cut_in(cost: Floats, laid: Mask, hole: Mask, overlap: tuple[int, int]) -> tuple[Mask, float]:
    """What of a new piece is shown, and the mean cost of the cuts around it.

    cost, laid, hole: (h, w). Four bands of the window, `overlap` wide, may be cut: those laid.
    """
    inside = np.ones(cost.shape, np.bool_)
    costs: list[float] = []
    for side, across in sides_laid(laid):
        # Turned so that the band is on the left; views, so that `inside` itself changes.
        wide = overlap[across]
        line = _line(np.rot90(cost, side)[:, :wide], np.rot90(hole, side)[:, :wide], costs)
        np.rot90(inside, side)[:, :wide] &= np.arange(wide) >= line[:, None]
    return inside | ~laid, float(np.mean(costs)) if costs else 0.0


def _line(band: Floats, hole: Mask, costs: list[float]) -> Indices:
    """The cut down a band, with no hole on its right; its mean cost is added to `costs`."""
    band = np.ascontiguousarray(band)
    seen = np.logical_or.accumulate(hole[:, ::-1], axis=1)[:, ::-1]
    line = cheapest_cut(floats(band + seen * NEVER))
    costs.append(float(band[np.arange(len(band)), line].mean()))
    return line
