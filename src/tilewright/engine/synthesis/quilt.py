"""Square pieces of the photo, each fitted to its neighbors, fill a tile larger than the surface."""

import itertools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from tilewright.engine.arrays import Floats, Mask, floats
from tilewright.engine.lab import lab_features
from tilewright.engine.synthesis.bed import Bed
from tilewright.engine.synthesis.cut import NEVER, cheapest_cuts, mismatch
from tilewright.engine.synthesis.keep import Layout
from tilewright.engine.synthesis.pieces import Pieces, Place
from tilewright.engine.synthesis.sources import Sources, sides_laid
from tilewright.engine.synthesis.stock import Stock

STEP_SHARE = 0.42
"""Distance from piece to piece, as a share of the exemplar's shorter side. Larger pieces keep more
of the material together, and leave fewer places to take them from."""

OVERLAP = 0.4
"""How far a piece reaches over the next one, as a share of that distance: room for the cut."""

MOST_PIECES = 16
"""Along one side of the tile; each costs about 50 ms."""

FEWEST = 4
"""Texels that an overlap has at least."""


class _Spacing(NamedTuple):
    """Where pieces begin along one side of the tile, how long one is, and its overlap."""

    starts: list[int]
    length: int
    overlap: int

    @property
    def step(self) -> int:
        """From piece to piece."""
        return self.length - self.overlap


def quilt(stock: Stock, size: tuple[int, int], seed: int, tick: Callable[[float], None]) -> Layout:
    """A layout of `size` (width, height) texels that wraps both ways.

    stock: what pieces are taken from. tick is called with the share done before each piece. Image
    quilting (Efros and Freeman 2001) on a torus, with sources that wear out, so that nothing comes
    again sooner than it must. Each piece is chosen twice: the first time what lies around it is
    known on two sides of four at most. About 50 ms a piece on one core.
    """
    features = lab_features(stock.colors)
    across, down = _spacing(size[0], stock.side), _spacing(size[1], stock.side)
    pieces = Pieces(size[::-1], (down.step, across.step), (down.length, across.length))
    bed = Bed(features, stock.kept, pieces)
    sources = Sources(features, stock.kept, pieces, seed)
    overlap = down.overlap, across.overlap
    places = [(top, left) for top in down.starts for left in across.starts]
    for index, place in enumerate(places):
        tick(0.5 * index / len(places))
        _lay_whole(bed, sources, place, overlap)
    costs = []
    for index, place in enumerate(places):
        tick(0.5 + 0.5 * index / len(places))
        costs.append(_lay_again(bed, sources, place, overlap))
    cost = float(np.sqrt(np.mean(np.square(costs))))
    return Layout(stock.colors, *bed.sources, len(places), cost, clean=stock.clean)


def _spacing(side: int, short: int) -> _Spacing:
    count = min(MOST_PIECES, max(2, round(side / (STEP_SHARE * short))))
    step = min(-(-side // count), short - FEWEST - 1)
    count = -(-side // step)
    length = min(step + max(FEWEST, int(OVERLAP * step)), short - 1)
    return _Spacing([index * side // count for index in range(count)], length, length - step)


def _lay_whole(bed: Bed, sources: Sources, place: Place, overlap: tuple[int, int]) -> None:
    """Lay the piece that fits best to those before it, over them."""
    seen = bed.grown(place)
    source = sources.choose(place, bed.look(seen), seen.laid, overlap)
    sources.lay(place, source, *bed.lay(place, source, np.ones_like(seen.laid), seen))


def _lay_again(bed: Bed, sources: Sources, place: Place, overlap: tuple[int, int]) -> float:
    """Take a piece up and cut the one that fits best into its place; returns what its cuts cost."""
    sources.take_up(place, bed.take_up(place))
    seen = bed.grown(place)
    here = bed.look(seen)
    source = sources.choose(place, here, seen.laid, overlap)
    taken = tuple(slice(at, at + side) for at, side in zip(source, seen.laid.shape, strict=True))
    price = mismatch(here, bed.features[taken])
    inside, cost = _cut_in(price, seen.laid, ~bed.kept[taken], overlap)
    sources.lay(place, source, *bed.lay(place, source, inside, seen))
    return cost


def _cut_in(cost: Floats, laid: Mask, hole: Mask, overlap: tuple[int, int]) -> tuple[Mask, float]:
    """What of a new piece is shown, and the mean cost of the cuts around it.

    cost, laid, hole: (h, w). Four bands of the window, `overlap` wide, may be cut: those laid.
    """
    inside = np.ones(cost.shape, np.bool_)
    bands = [
        # Turned so that the band is on the left; views, so that `inside` itself changes.
        tuple(np.rot90(one, side)[:, : overlap[across]] for one in (inside, cost, hole))
        for side, across in sides_laid(laid)
    ]
    costs: list[float] = []
    for shape, alike in itertools.groupby(bands, key=lambda band: band[0].shape):
        parts, prices, holes = zip(*alike, strict=True)
        lines = cheapest_cuts(floats(np.stack(prices) + _shown(np.stack(holes)) * NEVER))
        for part, price, line in zip(parts, prices, lines, strict=True):
            part &= np.arange(shape[1]) >= line[:, None]
            costs.append(float(price[np.arange(shape[0]), line].mean()))
    return inside | ~laid, float(np.mean(costs)) if costs else 0.0


def _shown(holes: Mask) -> Mask:
    """Where a cut would leave a hole on its right."""
    return np.logical_or.accumulate(holes[..., ::-1], axis=-1)[..., ::-1]
