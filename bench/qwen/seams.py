"""How far the wrap of a tile, and every border that its painting had, stands out of it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.evalset import Pixels
from bench.qwen.rolling import Place
from tilewright.score.lines import line_steps
from tilewright.score.plane import Plane, to_lab, turn

BAR = 1.1
"""Times the mean step inside."""

TOKEN = 16
"""Texels. The decoder's own grain has this period, so that lines that lie alike are compared."""

FRAME = 24
"""Texels at each side where a decoder that pads with zeros draws a border of its own. Its contrast
is nearer to a texture's than that of a picture of few steps."""

PATCH, PATCHES, SLICES, QUANTILES = 9, 3000, 48, 96
"""Texels of a patch, patches of each picture, directions, and points of their distributions."""


class Line(NamedTuple):
    """The step across a line over the mean of the inner lines that lie alike, and over that of all;
    whether it is above their 99th percentile; the share of those that lie alike and keep the bar.
    """

    ratio: float
    plain: float
    above: bool
    usual: float


class Marks(NamedTuple):
    """wraps: across and down. last: the same for the border of the last step, wherever it lies.
    worst: the largest ratio of all the borders of all steps. error: of the texture; inside: without
    the frame. lines: of each line between tokens, down and then across, in how many steps it was
    the border, and its ratio.
    """

    wraps: tuple[Line, Line]
    last: tuple[Line, Line]
    worst: float
    error: float
    inside: float
    lines: list[tuple[int, float]]


def marks(tile: Pixels, texture: Pixels, places: list[Place]) -> Marks:
    """Measure a tile. (h, w, 3) uint8 sRGB; places: of the grid's border, in tokens."""
    lab = to_lab(tile)
    across, down = (line_steps(plane, 1).means for plane in (lab, turn(lab)))
    borders = [(line(down, y), line(across, x)) for y, x in dict.fromkeys(places)]
    lines = [
        ([place[axis] for place in places].count(token), line(steps, token).ratio)
        for axis, steps in enumerate((down, across))
        for token in range(len(steps) // TOKEN)
    ]
    y, x = places[-1]
    true = to_lab(texture)
    return Marks(
        (line(across, 0), line(down, 0)),
        (line(across, x), line(down, y)),
        max(one.ratio for both in borders for one in both),
        texture_error(lab, true),
        texture_error(lab[FRAME:-FRAME, FRAME:-FRAME], true),
        lines,
    )


def line(steps: NDArray[np.float64], token: int) -> Line:
    """The line before that token among the others. steps: of all lines, 0 is the wrap."""
    at = token * TOKEN
    alike = np.delete(steps[::TOKEN], token)
    inner = np.delete(steps, at)
    usual = float((alike <= BAR * alike.mean()).mean())
    above = bool(steps[at] > np.quantile(inner, 0.99))
    ratio, plain = (float(steps[at] / max(lines.mean(), 1e-3)) for lines in (alike, inner))
    return Line(ratio, plain, above, usual)


def texture_error(ours: Plane, theirs: Plane) -> float:
    """Sliced Wasserstein distance of patches at two scales, in spreads of the texture's. Patches
    that cross the wrap are left out: that is told apart.
    """
    found = []
    for step in (1, 2):
        a, b = (_patches(lab[::step, ::step]) for lab in (ours, theirs))
        spread = b.std(axis=0).mean() + 0.5
        slices = np.random.default_rng(0).normal(size=(a.shape[1], SLICES))
        slices /= np.linalg.norm(slices, axis=0)
        places = np.linspace(0, 1, QUANTILES)
        far = np.quantile(a @ slices, places, axis=0) - np.quantile(b @ slices, places, axis=0)
        found.append(np.abs(far).mean() / spread)
    return float(np.mean(found))


def _patches(lab: Plane) -> NDArray[np.float64]:
    random = np.random.default_rng(1)
    rows = random.integers(0, lab.shape[0] - PATCH + 1, PATCHES)
    columns = random.integers(0, lab.shape[1] - PATCH + 1, PATCHES)
    reach = np.arange(PATCH)
    taken = lab[rows[:, None, None] + reach[:, None], columns[:, None, None] + reach]
    return np.asarray(taken.reshape(PATCHES, -1), np.float64)
