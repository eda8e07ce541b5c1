"""Cells that stand side by side are made different: pieces are exchanged along invisible cuts."""

from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np

from tilewright.engine.synthesis.arrays import Floats, Indices, Mask, floats
from tilewright.engine.synthesis.cut import closed_cut, mismatch, stranger_cost
from tilewright.engine.synthesis.keep import Layout

PIECE = 0.4
"""Radius of a piece, as a share of the cell's shorter side: nearly a whole cell changes, and its
cut still finds room inside the neighbors."""

CORE = 0.5
"""Share of the radius inside which everything is new; the cut runs between it and the rim."""

COVER = 2.0
"""How often the tile's area is covered by pieces, failed ones included."""

MOST_PIECES = 48
"""Pieces tried at most; each costs about 40 ms."""

COARSE = 4
"""Pieces are looked for in a picture this much smaller."""

APART = 0.4
"""Sources nearer than this share of the radius to what lies there already change nothing."""

BEST_OF = 3
"""This many of the best-fitting sources are cut; the cheapest cut wins."""

WORST = 2.2
"""A piece is laid only if its cut costs less than this times the cell's own cut."""

CUT_FLOOR = 12.0
"""Squared Delta E at which a cut cannot be seen in any photo texture; always good enough."""

CUT_SHARE = 0.065
"""So is one that costs less than this share of a cut between strangers: contrast hides it."""


def shuffle(layout: Layout, cell: tuple[int, int], seed: int, tick: Callable[[float], None]) -> int:
    """Lay pieces from elsewhere in the exemplar over `layout`; returns how many fitted.

    cell: width and height in texels. tick is called with the share done before each piece.
    """
    height, width = layout.rows.shape
    disc = _Disc(int(min(PIECE * min(cell), 0.4 * min(layout.exemplar.shape[:2]))))
    if disc.radius < 3 * COARSE:
        return 0
    random = np.random.Generator(np.random.PCG64(seed))
    count = min(MOST_PIECES, int(COVER * width * height / (np.pi * disc.radius**2)))
    small = cv2.resize(
        layout.features, None, fx=1 / COARSE, fy=1 / COARSE, interpolation=cv2.INTER_AREA
    )
    limit = max(WORST * layout.cost, CUT_FLOOR, CUT_SHARE * stranger_cost(layout.features))
    laid = 0
    for index, place in enumerate(_places(count, width, height, random)):
        tick(index / count)
        laid += _lay_piece(layout, floats(small), place, disc, limit)
    return laid


SAMPLE = 700
"""Texels of the ring that decide where exactly a piece lies."""


class _Piece(NamedTuple):
    """What is inside the cut, where it comes from, and the mean cost of the cut."""

    inside: Mask
    top: int
    left: int
    cost: float


class _Disc:
    """Everything about a round window of `size` texels that is the same for every piece."""

    def __init__(self, radius: int) -> None:
        self.radius = radius
        self.size = 2 * radius + 1
        reach = np.arange(-radius, radius + 1)
        x, y = np.meshgrid(reach, reach)
        self.away = np.hypot(x, y)
        self.turns = max(64, int(np.pi * radius / 2))
        turn = np.arctan2(y, x) % (2 * np.pi) / (2 * np.pi)
        self.turn = (turn * self.turns).astype(np.intp) % self.turns
        rows, columns = np.nonzero(self._ring(self.size))
        step = max(1, len(rows) // SAMPLE)
        self.sample = rows[::step], columns[::step]
        self.small_ring = self._ring(round(self.size / COARSE))

    @staticmethod
    def _ring(size: int) -> Floats:
        """(size, size) float32: 1 where the cut may run."""
        steps = np.arange(size) - (size - 1) / 2
        away = np.hypot(*np.meshgrid(steps, steps)) / (size / 2)
        return floats((away <= 1) & (away >= CORE))

    def cut_out(self, cost: Floats) -> tuple[Mask, float]:
        """The cheapest closed line around the core: what is inside of it, and its mean cost."""
        center = (float(self.radius), float(self.radius))
        polar = cv2.warpPolar(
            cost, (self.radius, self.turns), center, self.radius, cv2.INTER_LINEAR
        )
        core = int(CORE * self.radius)
        line = closed_cut(np.ascontiguousarray(polar[:, core:]))
        mean = float(polar[np.arange(self.turns), core + line].mean())
        return self.away < (core + line)[self.turn], mean


def _places(
    count: int, width: int, height: int, random: np.random.Generator
) -> list[tuple[int, int]]:
    """Centers spread evenly over the torus: the R2 sequence (Roberts 2018) from a random start."""
    step = np.array([0.7548776662466927, 0.5698402909980532])
    points = (random.random(2) + np.arange(count)[:, None] * step) % 1.0
    return [(int(x * width), int(y * height)) for x, y in points]


def _lay_piece(
    layout: Layout, small: Floats, place: tuple[int, int], disc: _Disc, limit: float
) -> bool:
    """Find what fits into the ring around `place` and cut it in; False if nothing fits."""
    reach = np.arange(-disc.radius, disc.radius + 1)
    height, width = layout.rows.shape
    window = np.ix_((place[1] + reach) % height, (place[0] + reach) % width)
    rows, columns = layout.rows[window], layout.columns[window]
    here = layout.features[rows, columns]
    steps = np.arange(disc.size)
    shifts = np.stack([rows - steps[:, None], columns - steps[None, :]], axis=-1)
    found = _sources(small, here, shifts, disc)
    if not found:
        return False
    pieces = [_cut_piece(layout.features, here, source, disc) for source in found]
    best = min(pieces, key=lambda piece: piece.cost)
    if best.cost > limit:
        return False
    inside, top, left = best.inside, best.top, best.left
    layout.rows[window] = np.where(inside, top + steps[:, None], rows)
    layout.columns[window] = np.where(inside, left + steps[None, :], columns)
    return True


def _cut_piece(features: Floats, here: Floats, coarse: tuple[int, int], disc: _Disc) -> _Piece:
    top, left = _refine(features, here, coarse[0] * COARSE, coarse[1] * COARSE, disc)
    there = features[top : top + disc.size, left : left + disc.size]
    inside, cost = disc.cut_out(mismatch(here, there))
    return _Piece(inside, top, left, cost)


def _sources(small: Floats, here: Floats, shifts: Indices, disc: _Disc) -> list[tuple[int, int]]:
    """Top and left, in the small picture, of the windows whose rims fit best what lies here."""
    side = len(disc.small_ring)
    tiny = cv2.resize(here, (side, side), interpolation=cv2.INTER_AREA)
    differs = floats(cv2.matchTemplate(small, tiny, cv2.TM_SQDIFF, mask=disc.small_ring))
    near = max(1, int(APART * disc.radius / COARSE))
    for top, left in np.unique(shifts[::8, ::8].reshape(-1, 2) // COARSE, axis=0):
        _rule_out(differs, int(top), int(left), near)
    found: list[tuple[int, int]] = []
    while len(found) < BEST_OF:
        top, left = divmod(int(np.argmin(differs)), differs.shape[1])
        if not np.isfinite(differs[top, left]):
            break
        found.append((top, left))
        _rule_out(differs, top, left, near)
    return found


def _rule_out(differs: Floats, top: int, left: int, near: int) -> None:
    rows = slice(max(0, top - near), max(0, top + near + 1))
    differs[rows, max(0, left - near) : max(0, left + near + 1)] = np.inf


def _refine(features: Floats, here: Floats, top: int, left: int, disc: _Disc) -> tuple[int, int]:
    """The same source to the pixel, judged by a sample of the ring."""
    rows, columns = disc.sample
    wanted = here[rows, columns]
    best = (np.inf, 0, 0)
    for row in _around(top, features.shape[0] - disc.size):
        for column in _around(left, features.shape[1] - disc.size):
            apart = features[rows + row, columns + column] - wanted
            best = min(best, (float(np.einsum("ij,ij->", apart, apart)), row, column))
    return best[1], best[2]


def _around(place: int, last: int) -> range:
    return range(min(max(0, place - COARSE), last), min(place + COARSE, last) + 1)
