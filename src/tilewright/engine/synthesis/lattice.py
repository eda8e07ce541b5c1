"""The two shifts after which the material looks like itself again."""

from typing import NamedTuple

import numpy as np

from tilewright.engine.synthesis.arrays import Floats, floats
from tilewright.engine.synthesis.cut import cheapest_cut, mismatch, stranger_cost
from tilewright.engine.synthesis.lab import lab_features
from tilewright.engine.synthesis.swatch import Swatch

SEARCH_SIDE = 160
"""Long side, in pixels, of the small picture on which shifts are searched: enough for elements of
1/20 of the swatch, and the whole search stays near 0.3 s."""

NEAREST, FARTHEST = 0.45, 0.90
"""Shifts searched, as shares of the swatch's side: shorter ones waste the photo, longer ones leave
no room for a cut."""

Span = tuple[float, float]
ANY_SPAN: Span = (NEAREST, FARTHEST)

SKEW = 0.06
"""Largest sideways part of a shift, as a share of its length: more would bend bricks visibly."""

LEAST_ROOM = 0.08
"""Room for the cut, as a share of the cell, below which a lattice is not taken."""

SIDEWAYS = 1.5
"""How many cells far the skew of the other side must stay inside the swatch."""

CANDIDATES = 24
"""Shifts per axis whose cut is tried. Beyond 24 nothing better was found on the public tiles."""

STRETCH_PRICE = 3.0
"""Price of unequal scales along x and y: 7 % of stretch costs as much as a fifth of the
worst cut."""

SIZE_PRICE = 0.12
"""Price of using a smaller part of the swatch, per factor e of area."""


class Shift(NamedTuple):
    """A step in pixels of the swatch, and what the cut along it costs (0 none, 1 as bad as any)."""

    x: float
    y: float
    cost: float


class Lattice(NamedTuple):
    """`across` leads from a tile to its right neighbor, `down` to the one below."""

    across: Shift
    down: Shift


def find_lattices(
    swatch: Swatch, cell: float, count: int, spans: tuple[Span, Span] = (ANY_SPAN, ANY_SPAN)
) -> list[Lattice]:
    """The `count` best lattices with cells of about the shape `cell` (width/height).

    spans: the least and greatest shift across and down, as shares of the swatch's sides.
    """
    zoom = min(1.0, SEARCH_SIDE / max(swatch.width, swatch.height))
    small = swatch.view(SEARCH_SIDE)
    features = lab_features(small)
    differences = _self_difference(features)
    across = _price(features, _propose(differences, features.shape[1], features.shape[0], spans[0]))
    down = _price(
        np.ascontiguousarray(features.transpose(1, 0, 2)),
        _propose(differences.T, features.shape[0], features.shape[1], spans[1]),
    )
    height, width = features.shape[:2]
    pairs = []
    for a in across:
        for b in down:
            if not _fits(a, b, width, height):
                continue
            stretch = abs(np.log(a.x / b.x / cell))
            size = np.log(a.x * b.x / (height * width))
            price = a.cost + b.cost + STRETCH_PRICE * stretch - SIZE_PRICE * size
            pairs.append((price, a, b))
    pairs.sort(key=lambda pair: pair[0])
    return [
        Lattice(
            Shift(a.x / zoom, a.y / zoom, a.cost),
            Shift(b.y / zoom, b.x / zoom, b.cost),
        )
        for _, a, b in pairs[:count]
    ]


def _fits(across: Shift, down: Shift, width: int, height: int) -> bool:
    """Whether the skewed cell and room for its cut lie inside the swatch."""
    need_x = across.x * (1 + LEAST_ROOM) + SIDEWAYS * abs(down.y)
    need_y = down.x * (1 + LEAST_ROOM) + SIDEWAYS * abs(across.y)
    return need_x <= width and need_y <= height


def _self_difference(features: Floats) -> Floats:
    """Mean squared difference of the picture from itself for every shift, (2H, 2W), by FFT."""
    height, width = features.shape[:2]
    size = (2 * height, 2 * width)
    ones = np.fft.rfft2(np.ones((height, width), np.float32), size)
    overlap = np.fft.irfft2(ones * np.conj(ones), size)
    squares = np.fft.rfft2(np.einsum("ijk,ijk->ij", features, features), size)
    total = np.fft.irfft2(squares * np.conj(ones) + ones * np.conj(squares), size)
    for channel in range(features.shape[2]):
        spectrum = np.fft.rfft2(features[..., channel], size)
        total -= 2 * np.fft.irfft2(spectrum * np.conj(spectrum), size)
    return floats(total / np.maximum(overlap, 0.02 * height * width))


def _propose(differences: Floats, length: int, breadth: int, span: Span) -> list[tuple[int, int]]:
    """Shifts (along, aside) with the least self-difference, well spread."""
    found = []
    for along in range(max(1, int(span[0] * length)), int(span[1] * length) + 1):
        reach = round(min(SKEW * along, SKEW * breadth))
        asides = np.arange(-reach, reach + 1)
        values = differences[asides, along]
        best = int(np.argmin(values))
        found.append((float(values[best]), along, int(asides[best])))
    found.sort()
    kept: list[tuple[int, int]] = []
    for _, along, aside in found:
        if all(abs(along - other) > 1 for other, _ in kept):
            kept.append((along, aside))
        if len(kept) == CANDIDATES:
            break
    return kept


def _price(features: Floats, shifts: list[tuple[int, int]]) -> list[Shift]:
    """Each shift with the mean cost of its best cut, relative to a cut between strangers."""
    stranger = stranger_cost(features)
    return [
        Shift(along, aside, _cut_cost(shift_mismatch(features, along, aside)) / stranger)
        for along, aside in shifts
    ]


def shift_mismatch(features: Floats, along: int, aside: int) -> Floats:
    """Mismatch of the picture with itself shifted by `along` columns and `aside` rows."""
    height, width = features.shape[:2]
    top, bottom = max(0, -aside), height - max(0, aside)
    left = features[top:bottom, : width - along]
    right = features[top + aside : bottom + aside, along:]
    return mismatch(left, right)


def _cut_cost(cost: Floats) -> float:
    line = cheapest_cut(cost)
    return float(np.mean(cost[np.arange(len(cost)), line]))
