"""How many elements of the material lie across the tile, where somebody asks for a number."""

from typing import NamedTuple

import numpy as np

from tilewright.engine.synthesis.lab import lab_features
from tilewright.engine.synthesis.swatch import Swatch
from tilewright.score.period import Step, steps

VIEW = 640
"""Long side, in pixels, of the picture in which elements are measured."""

ROOM = 1.25
"""How much more than the tile shows is taken from the swatch: room for the cuts."""

MOST_SPANNED = 0.95
"""Share of the window's side that a lattice's shift may span at all."""

FULL = 0.9
"""Share of the swatch's side that whole elements may fill: what is left is room for the cut."""

LEEWAY, FREE_LEEWAY = 0.1, 0.3
"""How far the lattice may be from a whole number of elements, in elements, where they come again
regularly and where they do not. At 0.3 a drawn wall of eight courses was laid as one of 8.15."""


class Count(NamedTuple):
    """A whole number of elements on the way across and down.

    window: width and height in pixels of the swatch that they are looked for in. cell: width and
    height in texels of the part that one lattice of the swatch fills. across, down: the least and
    greatest shift of that lattice, as shares of the window's side.
    """

    window: tuple[float, float]
    cell: tuple[int, int]
    across: tuple[float, float]
    down: tuple[float, float]
    zoom: float


def count_elements(swatch: Swatch, elements: int, size: tuple[int, int]) -> Count:
    """Lay `elements` across a tile of `size` (width, height) texels, and as many down as fit.

    Regular materials get a whole number down as well. What is irregular has elements of about the
    size of its light and dark parts.
    """
    step_x, step_y = measure(swatch)
    texels = size[0] / elements
    zoom = texels / step_x.length
    rows = max(1, round(size[1] / (step_y.length * zoom)))
    window = (
        min(float(swatch.width), ROOM * elements * step_x.length),
        min(float(swatch.height), ROOM * rows * step_y.length),
    )
    columns_seen = min(elements, max(1, int(FULL * window[0] / step_x.length)))
    rows_seen = min(rows, max(1, int(FULL * window[1] / step_y.length)))
    cell = round(columns_seen * texels), round(rows_seen * size[1] / rows)
    return Count(
        window,
        cell,
        _span(columns_seen, step_x, window[0]),
        _span(rows_seen, step_y, window[1]),
        zoom,
    )


def measure(swatch: Swatch) -> tuple[Step, Step]:
    """The step from element to element across and down, in pixels of the swatch."""
    view = swatch.view(VIEW)
    light = np.ascontiguousarray(lab_features(view)[..., 0])
    zoom = max(swatch.width, swatch.height) / max(view.shape[:2])
    across, down = steps(light, wraps=False)
    if not (across.periodic or down.periodic):
        both = (across.length * down.length) ** 0.5
        across, down = Step(both, 0.0), Step(both, 0.0)
    return Step(across.length * zoom, across.regular), Step(down.length * zoom, down.regular)


def _span(count: int, step: Step, side: float) -> tuple[float, float]:
    leeway = LEEWAY if step.periodic else FREE_LEEWAY
    least, most = ((count + way * leeway) * step.length / side for way in (-1, 1))
    return least, min(MOST_SPANNED, most)
