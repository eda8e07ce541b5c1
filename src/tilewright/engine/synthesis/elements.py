"""How many elements of the material lie across the tile, where somebody asks for a number."""

from typing import NamedTuple

import numpy as np

from tilewright.contract import SurfaceUnusable
from tilewright.engine.arrays import Floats
from tilewright.engine.lab import lab_features
from tilewright.engine.synthesis.lattice import Counted
from tilewright.engine.synthesis.swatch import Swatch
from tilewright.score.courses import Courses, element_length, find_joints
from tilewright.score.period import Step, steps
from tilewright.score.plane import turn

VIEW = 640
"""Long side, in pixels, of the picture in which elements are measured."""

ROOM = 1.25
"""How much more than the tile shows is taken from the swatch: room for the cuts."""

MOST_SPANNED = 0.95
"""Share of the window's side that a lattice's shift may span at all."""

FULL = 0.9
"""Share of the swatch's side that whole elements may fill: what is left is room for the cut."""

LEEWAY, FREE_LEEWAY = 0.06, 0.3
"""How far the lattice may be from a whole number of elements, in elements, where they come again
regularly and where they do not. At 0.3 a drawn wall of eight courses was laid as one of 8.15; at
0.1, and 1 more pixel from making the shift exact, six bricks became 5.88."""


BOND = 2.5
"""Courses, or bricks, after which a bond comes again at most."""


MOST_TIMES = 48.0
"""How often what the surface shows may come again in the tile, on average. More takes more than 256
pieces, of ever fewer texels, and minutes: 2 bricks laid 64 across were not done after 70 s."""


class Count(NamedTuple):
    """A whole number of elements on the way across and down.

    window: width and height in pixels of the swatch that they are looked for in. wanted: width and
    height of what the tile shows, in the same pixels. counted: the lattice's shifts.
    """

    window: tuple[float, float]
    wanted: tuple[float, float]
    counted: tuple[Counted, Counted]


def count_elements(swatch: Swatch, elements: int, size: tuple[int, int]) -> Count:
    """Lay `elements` across a tile of `size` (width, height) texels, and as many down as fit.

    Regular materials get a whole number down as well. What is irregular has elements of about the
    size of its light and dark parts. Raises `SurfaceUnusable` where far too few are seen for it.
    """
    step_x, step_y = measure(swatch)
    rows = max(1, round(elements * step_x.length * size[1] / (size[0] * step_y.length)))
    wanted = elements * step_x.length, rows * step_y.length
    times = wanted[0] * wanted[1] / (swatch.width * swatch.height)
    if times > MOST_TIMES:
        raise SurfaceUnusable(
            f"the surface shows about {max(1, round(swatch.width / step_x.length))} elements "
            f"across: with {elements} each would be seen {times:.0f} times; ask for at most "
            f"{max(1, int(elements * (MOST_TIMES / times) ** 0.5))}, or send more of the surface"
        )
    window = min(float(swatch.width), ROOM * wanted[0]), min(float(swatch.height), ROOM * wanted[1])
    counted = _counted(elements, step_x, window[0]), _counted(rows, step_y, window[1])
    return Count(window, wanted, counted)


def measure(swatch: Swatch) -> tuple[Step, Step]:
    """The step from element to element across and down, in pixels of the swatch."""
    view = lab_features(swatch.view(VIEW))
    zoom = max(swatch.width, swatch.height) / max(view.shape[:2])
    across, down = steps(np.ascontiguousarray(view[..., 0]), wraps=False)
    beside, below = find_joints(view, wraps=False)
    down, across = _in_courses(view, below, down, across)
    across, down = _in_courses(turn(view), beside, across, down)
    if not (across.periodic or down.periodic):
        both = (across.length * down.length) ** 0.5
        across, down = Step(both, 0.0), Step(both, 0.0)
    return Step(across.length * zoom, across.regular), Step(down.length * zoom, down.regular)


def _in_courses(lab: Floats, course: Courses, over: Step, along: Step) -> tuple[Step, Step]:
    """The step over the courses on top of each other in a picture, and along them.

    over, along: by lightness alone; a step of one or two courses is that of the bond, a longer one
    that of blotches.
    """
    if not course.clear:
        return over, along
    return _or_shorter(over, course), _or_shorter(along, element_length(lab, course))


def _or_shorter(step: Step, joints: Courses) -> Step:
    if not joints.clear or (step.periodic and step.length <= BOND * joints.length):
        return step
    return Step(joints.length, joints.clear)


def _counted(elements: int, step: Step, side: float) -> Counted:
    """As many of the elements as the window shows are one shift."""
    seen = min(elements, max(1, int(FULL * side / step.length)))
    leeway = LEEWAY if step.periodic else FREE_LEEWAY
    least, most = ((seen + way * leeway) * step.length for way in (-1, 1))
    return Counted(elements / seen, least, min(MOST_SPANNED * side, most))
