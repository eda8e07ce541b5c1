"""Square pieces of the photo, each fitted to its neighbors, fill a tile larger than the surface."""

from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np

from tilewright.engine.arrays import Floats, Indices, Mask, floats
from tilewright.engine.lab import lab_features
from tilewright.engine.synthesis.cut import cheapest_cut, mismatch, stranger_cost
from tilewright.engine.synthesis.keep import Layout

STEP_SHARE = 0.42
"""Distance from piece to piece, as a share of the exemplar's shorter side. Larger pieces keep more
of the material together, and leave fewer places to take them from."""

OVERLAP = 0.4
"""How far a piece reaches over the next one, as a share of that distance: room for the cut."""

MOST_PIECES = 16
"""Along one side of the tile; each costs about 3 ms."""

COARSE = 4
"""Pieces are looked for in a picture this much smaller."""

WORN = 0.6
"""Price of a source that was used as often as all are on average, where a cut between strangers
costs 1: it spreads the sources. On seven public tiles laid out from a quarter, 0.6 gave .851 in
the mean and 0.25 .836; the courses of walls held."""

LUCK = 0.02
"""Deviation of the random part of a source's price: what the seed decides."""

SAMPLE = 900
"""Texels of the overlap that decide where exactly a piece comes from."""

FEWEST = 4
"""Texels that an overlap has at least."""


class _Spacing(NamedTuple):
    """Where pieces begin along one side of the tile, how long one is, and its overlap."""

    starts: list[int]
    length: int
    overlap: int


def quilt(
    exemplar: Floats, size: tuple[int, int], seed: int, tick: Callable[[float], None]
) -> Layout:
    """A layout of `size` (width, height) texels that wraps both ways.

    exemplar: (H, W, 3) float32 sRGB, 0..255. tick is called with the share done before each piece.
    Image quilting (Efros and Freeman 2001) on a torus, with sources that wear out, so that nothing
    comes again sooner than it must. 0.3 to 1 s a megapixel on one core.
    """
    features = lab_features(exemplar)
    short = min(exemplar.shape[:2])
    across, down = _spacing(size[0], short), _spacing(size[1], short)
    bed = _Bed(features, size)
    sources = _Sources(features, seed)
    costs = []
    places = [(top, left) for top in down.starts for left in across.starts]
    for index, place in enumerate(places):
        tick(index / len(places))
        costs.append(_lay_piece(bed, sources, place, down, across))
    cost = float(np.sqrt(np.mean(np.square(costs))))
    return Layout(exemplar, features, bed.rows, bed.columns, len(places), cost)


def _spacing(side: int, short: int) -> _Spacing:
    count = min(MOST_PIECES, max(2, round(side / (STEP_SHARE * short))))
    step = min(-(-side // count), short - FEWEST - 1)
    count = -(-side // step)
    length = min(step + max(FEWEST, int(OVERLAP * step)), short - 1)
    return _Spacing([index * side // count for index in range(count)], length, length - step)


class _Bed:
    """The tile in the making: where each texel comes from, and whether anything lies there yet."""

    def __init__(self, features: Floats, size: tuple[int, int]) -> None:
        self.features = features
        self.rows: Indices = np.zeros(size[::-1], np.intp)
        self.columns: Indices = np.zeros(size[::-1], np.intp)
        self.laid: Mask = np.zeros(size[::-1], np.bool_)


class _Sources:
    """Where in the exemplar pieces can be taken from, and how often that was done."""

    def __init__(self, features: Floats, seed: int) -> None:
        self.features = features
        self.stranger = stranger_cost(features)
        self.random = np.random.Generator(np.random.PCG64(seed))
        height, width = features.shape[:2]
        size = max(1, width // COARSE), max(1, height // COARSE)
        self.small = floats(cv2.resize(features, size, interpolation=cv2.INTER_AREA))
        self.worn: Floats = np.zeros(self.small.shape[:2], np.float32)

    def choose(self, here: Floats, laid: Mask) -> tuple[int, int]:
        """Top and left of the piece that fits best to what is `laid` in the window, and wear it."""
        high, wide = max(1, here.shape[0] // COARSE), max(1, here.shape[1] // COARSE)
        price = self._wear(high, wide)
        price += floats(self.random.normal(0, LUCK, price.shape))
        if laid.any():
            price += self._misfit(here, laid, (wide, high))
        row, column = divmod(int(np.argmin(price)), price.shape[1])
        self.worn[row : row + high, column : column + wide] += 1
        return self._refine(here, laid, row * COARSE, column * COARSE)

    def _wear(self, high: int, wide: int) -> Floats:
        """How worn the window at each place is, as a price."""
        total = cv2.integral(self.worn)
        inner = total[high:, wide:] - total[:-high, wide:] - total[high:, :-wide]
        window = (inner + total[:-high, :-wide]) / (wide * high)
        return floats(WORN * window / max(1.0, float(self.worn.mean())))

    def _misfit(self, here: Floats, laid: Mask, size: tuple[int, int]) -> Floats:
        """How badly the window at each place fits to what is laid, as a price."""
        mask = cv2.resize(laid.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        mask = floats(mask > 0.5)
        tiny = cv2.resize(here, size, interpolation=cv2.INTER_AREA)
        differs = cv2.matchTemplate(self.small, tiny, cv2.TM_SQDIFF, mask=cv2.merge([mask] * 3))
        return floats(differs / (max(1.0, float(mask.sum())) * self.stranger))

    def _refine(self, here: Floats, laid: Mask, top: int, left: int) -> tuple[int, int]:
        """The same place to the texel, judged by a sample of the overlap."""
        last_y = self.features.shape[0] - here.shape[0]
        last_x = self.features.shape[1] - here.shape[1]
        rows, columns = np.nonzero(laid)
        step = max(1, len(rows) // SAMPLE)
        rows, columns = rows[::step], columns[::step]
        wanted = here[rows, columns]
        best = (np.inf, min(top, last_y), min(left, last_x))
        for y in _around(top, last_y):
            for x in _around(left, last_x):
                apart = self.features[rows + y, columns + x] - wanted
                best = min(best, (float(np.einsum("ij,ij->", apart, apart)), y, x))
        return best[1], best[2]


def _lay_piece(
    bed: _Bed, sources: _Sources, place: tuple[int, int], down: _Spacing, across: _Spacing
) -> float:
    """Cut the best piece into the window that begins at `place`; returns what its cuts cost."""
    steps_y, steps_x = np.arange(down.length), np.arange(across.length)
    height, width = bed.rows.shape
    window = np.ix_((place[0] + steps_y) % height, (place[1] + steps_x) % width)
    laid, rows, columns = bed.laid[window], bed.rows[window], bed.columns[window]
    here = bed.features[rows, columns]
    top, left = sources.choose(here, laid)
    there = bed.features[top : top + down.length, left : left + across.length]
    inside, cost = _cut_in(mismatch(here, there), laid, down.overlap, across.overlap)
    bed.rows[window] = np.where(inside, top + steps_y[:, None], rows)
    bed.columns[window] = np.where(inside, left + steps_x[None, :], columns)
    bed.laid[window] = True
    return cost


def _around(place: int, last: int) -> range:
    return range(max(0, min(place, last) - COARSE), min(place + COARSE, last) + 1)


def _cut_in(cost: Floats, laid: Mask, over_y: int, over_x: int) -> tuple[Mask, float]:
    """What of a new piece is shown, and the mean cost of the cuts around it."""
    high, wide = cost.shape
    middle_y, middle_x = high // 2, wide // 2
    y, x = np.mgrid[:high, :wide]
    inside = np.ones(cost.shape, np.bool_)
    costs: list[float] = []
    if laid[middle_y, 0]:
        inside &= x >= _line(cost[:, :over_x], costs)[:, None]
    if laid[middle_y, -1]:
        inside &= x < wide - over_x + _line(cost[:, wide - over_x :], costs)[:, None]
    if laid[0, middle_x]:
        inside &= y >= _line(cost[:over_y].T, costs)[None, :]
    if laid[-1, middle_x]:
        inside &= y < high - over_y + _line(cost[high - over_y :].T, costs)[None, :]
    return inside | ~laid, float(np.mean(costs)) if costs else 0.0


def _line(band: Floats, costs: list[float]) -> Indices:
    """The cut down a band; its mean cost is added to `costs`."""
    line = cheapest_cut(np.ascontiguousarray(band))
    costs.append(float(band[np.arange(len(band)), line].mean()))
    return line
