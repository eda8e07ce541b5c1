"""How large the surface's elements become, and how many cells of it fill the tile."""

from math import log2
from typing import NamedTuple

CELL_SHARE = 0.8
"""Share of the swatch's side that a cell is expected to span: the middle of what lattices do."""

MOST_REPEATS = 8
"""Cells along one side at most: beyond, pieces hold too little of the material to
fit together."""

REPEAT_PRICE = 0.5
"""Price of doubling the number of cells, where enlarging the photo twofold costs 1 and fourfold 4.
Set by eye on the public photos: two cells are better than a blur, sixteen are not."""


class Scale(NamedTuple):
    """Cells across and down the tile, and texels per pixel of the swatch (about)."""

    across: int
    down: int
    zoom: float


def choose_scale(swatch: tuple[int, int], tile: tuple[int, int]) -> Scale:
    """The best compromise between a blurred tile and a repetitive one; sizes are width, height."""
    choices = [
        _scale(swatch, tile, across, down)
        for across in _divisors(tile[0])
        for down in _divisors(tile[1])
    ]
    return min(choices, key=_price)


def _divisors(side: int) -> list[int]:
    return [count for count in range(1, MOST_REPEATS + 1) if side % count == 0]


def _scale(swatch: tuple[int, int], tile: tuple[int, int], across: int, down: int) -> Scale:
    width, height = tile[0] / across, tile[1] / down
    pixels = min(CELL_SHARE * swatch[0] / width, CELL_SHARE * swatch[1] / height)
    return Scale(across, down, 1 / pixels)


def _price(scale: Scale) -> float:
    return max(0.0, log2(scale.zoom)) ** 2 + REPEAT_PRICE * log2(scale.across * scale.down)
