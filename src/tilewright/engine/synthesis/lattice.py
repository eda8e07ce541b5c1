"""The two shifts after which the material looks like itself again."""

import itertools
from typing import NamedTuple

import numpy as np

from tilewright.engine.arrays import Floats, floats
from tilewright.engine.lab import lab_features
from tilewright.engine.synthesis.cut import NEVER, cheapest_cuts, mismatch, stranger_cost
from tilewright.engine.synthesis.phase import Phase
from tilewright.engine.synthesis.swatch import Swatch
from tilewright.score.courses import Courses, Joints, element_length, find_joints
from tilewright.score.plane import turn

SEARCH_SIDE = 160
"""Long side, in pixels, of the small picture on which shifts are searched: enough for elements of
1/20 of the swatch, and the whole search stays near 0.3 s."""

REFINE_SIDE = 640
"""Long side of the picture on which the best shifts are made exact."""

NEAREST, FARTHEST = 0.45, 0.92
"""Shifts searched, as shares of the swatch's side: of a shorter one, a multiple is searched too;
a longer one leaves no room for a cut."""

SKEW = 0.06
"""Largest sideways part of a shift, as a share of its length: more would bend bricks visibly."""

PAYS = 0.85
"""To leave the photo's own pixel grid, or to run slanted, a shift must lower the self-difference
to this share: both blur, and only regular materials gain."""

LEAST_ROOM = 0.08
"""Room for the cut, as a share of the cell, below which a lattice is not taken."""

CANDIDATES = 24
"""Shifts per axis whose cut is tried. Beyond 24 nothing better was found on the public tiles."""

STRETCH_PRICE = 3.0
"""Price of unequal scales along x and y: 7 % of stretch costs as much as a fifth of the
worst cut."""

SCALE_PRICE = 1.4
"""Price of being off the wanted scale by a factor of 2. On nine public tiles, cells near the size
of the photo scored .90 in the mean where the cheapest to cut scored .80: a calm corner is cheaply
cut, and no picture of the surface."""


OUT_OF_STEP = 2.0
"""Price of a shift at which the material is not at all like itself, times how like it is where it
comes again: 1.3 of floor tiles, as much as twice the scale. Along a joint the cheapest cut costs
nothing, whatever lies beside it, and a floor had half slabs at its border. With 1 one of which nine
slabs are seen still had."""

IN_PIECES = 0.3
"""Price of a cell that must be laid from pieces where one of the wanted size need not be: of 21
tiles of an old wall seven were without it, for the sake of whole bricks, and two are."""

KNOWN, TAKEN_UP = 0.015, 0.2
"""How well the step of courses is known, as a share of it (crops of one wall tell steps a hundredth
apart), so that of many a whole number cannot be told; and what of one the cuts take up at most."""

MOST_COURSES = 40
"""In a tile; of more their step is not known well enough to tell whole ones."""

DEARER = 0.1
"""Lattices that cost so much more than the best are not tried: their tile may be cheaply cut, since
slabs are cut off along joints. Of what has no order the third best costs .01 to .1 more."""

SHORTEST, AS_LIKE, PERIODS = 0.1, 0.8, 2
"""What comes again sooner than `NEAREST`, as a share of the swatch's side, is searched as well, if
it is this share as like as at any shift, the first few: five slabs are wanted where four are seen,
and no multiple of three."""


class Shift(NamedTuple):
    """A step in pixels of the swatch."""

    x: float
    y: float


class Lattice(NamedTuple):
    """`across` leads from a tile to its right neighbor, `down` to the one below."""

    across: Shift
    down: Shift


class Counted(NamedTuple):
    """A side of the tile as a fixed number of shifts (it need not be whole), each `least` to `most`
    pixels of the swatch long.
    """

    shifts: float
    least: float
    most: float


class _Side(NamedTuple):
    """What one side of the tile is laid from, along the rows of `features`; all in its pixels.

    off: how far the material is out of step with itself at each shift, no shift in the middle.
    joints: its courses. wanted: how much of it the side is to show, about.
    """

    features: Floats
    differences: Floats
    off: Floats
    joints: Courses
    wanted: float
    counted: Counted | None


class _Span(NamedTuple):
    """One side of the tile: `steps` shifts of (along, aside) pixels, and its price."""

    along: float
    aside: float
    steps: float
    price: float


def find_lattices(
    swatch: Swatch,
    wanted: tuple[float, float],
    count: int,
    counted: tuple[Counted | None, Counted | None] = (None, None),
    joints: Joints | None = None,
) -> list[Lattice]:
    """The `count` best lattices for tiles that show about `wanted` (width, height) of the swatch.

    wanted: in pixels of the swatch. Each side of the tile is a whole number of shifts that the
    swatch shows, so regular materials keep their periods, however large the tile; or the number
    that is `counted`. Empty where the swatch has no shift of such a length; a lattice that comes
    out of several shifts comes as often. joints: what sides of the tile are to be whole numbers of,
    in pixels of the swatch; found in it if they are not given.
    """
    longest = max(swatch.width, swatch.height)
    scale = min(1.0, SEARCH_SIDE / longest)
    features = lab_features(swatch.view(SEARCH_SIDE))
    fine = lab_features(swatch.view(REFINE_SIDE))
    finer = min(1.0, REFINE_SIDE / longest)
    differences = _self_difference(features)
    wide, high = wanted
    turned = np.ascontiguousarray(features.transpose(1, 0, 2))
    phase = Phase(features, floats(np.ones(features.shape[:2])))
    beside, below = joints or whole_elements(swatch, joints_of(swatch))
    rows, columns = (_scaled(one, scale) for one in counted)
    across = _Side(features, differences, phase.off, beside.scaled(scale), wide * scale, rows)
    down = _Side(turned, differences.T, phase.off.T, below.scaled(scale), high * scale, columns)
    pairs = [
        (_price(a, b, across, down), a, b)
        for a in _spans(across)
        for b in _spans(down)
        if _fits(a, b, features)
    ]
    pairs.sort(key=lambda pair: pair[0])
    turned = np.ascontiguousarray(fine.transpose(1, 0, 2))
    found = []
    for price, a, b in pairs[:count]:
        if price > pairs[0][0] + DEARER:
            break
        x = _exact(fine, a, beside.scaled(finer), scale, finer, wide)
        y = _exact(turned, b, below.scaled(finer), scale, finer, high)
        found.append(Lattice(x, Shift(y.y, y.x)))
    return found


def joints_of(swatch: Swatch) -> Joints:
    """The swatch's courses, in its pixels. 0.1 s."""
    zoom = max(1.0, max(swatch.width, swatch.height) / REFINE_SIDE)
    across, down = find_joints(lab_features(swatch.view(REFINE_SIDE)), wraps=False)
    return across.scaled(zoom), down.scaled(zoom)


def whole_elements(swatch: Swatch, joints: Joints) -> Joints:
    """The same, and where joints do not run through, the length of the bricks in their courses."""
    across, down = joints
    if across.clear and down.clear:
        return joints
    zoom = max(1.0, max(swatch.width, swatch.height) / REFINE_SIDE)
    lab = lab_features(swatch.view(REFINE_SIDE))
    if down.clear:
        across = element_length(lab, down.scaled(1 / zoom)).scaled(zoom)
    elif across.clear:
        down = element_length(turn(lab), across.scaled(1 / zoom)).scaled(zoom)
    return across, down


def _scaled(counted: Counted | None, scale: float) -> Counted | None:
    return counted and Counted(counted.shifts, counted.least * scale, counted.most * scale)


def _whole(counted: Counted) -> tuple[int, int]:
    """The least and the greatest whole number of pixels; where there is none, the nearest."""
    least, most = int(np.ceil(counted.least)), int(counted.most)
    if least <= most:
        return least, most
    middle = round((counted.least + counted.most) / 2)
    return middle, middle


def _spans(side: _Side) -> list[_Span]:
    """The sides of a tile that shifts along the rows can make."""
    height, width = side.features.shape[:2]
    if side.counted is None:
        own = _own(width, side.wanted) | _own_courses(width, side)
        shifts = _propose(side.differences, width, height, own, _reach(width))
        shifts = list(dict.fromkeys(shifts + _periods(side.off, width, height)))
    else:
        shifts = _propose(side.differences, width, height, set(), _whole(side.counted))
    spans = []
    for (along, aside), cost in zip(shifts, _costs(side.features, shifts), strict=True):
        unlike = float(side.off[height + aside, width + along])
        for steps in [side.counted.shifts] if side.counted else _multiples(along, side.wanted):
            off = max(unlike, _off_course(side.joints, steps * along))
            scaled = abs(np.log2(steps * along / side.wanted))
            price = cost + OUT_OF_STEP * off + SCALE_PRICE * scaled
            spans.append(_Span(along, aside, steps, price))
    return spans


def _off_course(joints: Courses, length: float) -> float:
    """How far a side of the tile is from whole courses, but for what its cuts take up."""
    if length > MOST_COURSES * joints.length:
        return 0.0
    allowed = joints.off(min(TAKEN_UP * joints.length, KNOWN * length))
    return joints.sure * max(0.0, joints.off(length) - allowed)


def _own_courses(width: int, side: _Side) -> set[int]:
    """Shifts whose multiples are as long as the whole courses nearest to what is wanted."""
    if not side.joints.clear:
        return set()
    fewer = int(side.wanted / side.joints.length)
    return set().union(*(_own(width, (fewer + more) * side.joints.length) for more in (0, 1)))


def _periods(off: Floats, length: int, breadth: int) -> list[tuple[int, int]]:
    """The shortest shifts along an axis after which the material comes again."""
    like = off.max() - off[breadth, length : length + int(FARTHEST * length)]
    first = max(1, int(SHORTEST * length))
    least = AS_LIKE * float(like[first:].max(initial=0))
    peaks = (
        along
        for along in range(first, int(NEAREST * length))
        if like[along] >= least > 0 and like[along] == like[along - 1 : along + 2].max()
    )
    return [(along, 0) for along in itertools.islice(peaks, PERIODS)]


def _multiples(shift: float, wanted: float) -> range:
    fewer = int(wanted / shift)
    return range(max(1, fewer), fewer + 2)


def _reach(length: int) -> tuple[int, int]:
    return int(NEAREST * length), int(FARTHEST * length)


def _own(length: int, wanted: float) -> set[int]:
    """Shifts whose multiples are as long as `wanted`: the photo's own scale."""
    first = max(1, _reach(length)[0])
    return {round(wanted / steps) for steps in range(1, int(wanted / first) + 2)}


def _price(a: _Span, b: _Span, across: _Side, down: _Side) -> float:
    """Both sides', and what it costs to be stretched, or laid in pieces without need."""
    sides = (a, across), (b, down)
    zooms = [span.along * span.steps / side.wanted for span, side in sides]
    price = a.price + b.price + STRETCH_PRICE * abs(float(np.log(zooms[0] / zooms[1])))
    needs = [(side.wanted, span.along * span.steps, side.features.shape[1]) for span, side in sides]
    whole = all(wanted * (1 + LEAST_ROOM) <= have for wanted, _, have in needs)
    pieces = any(length * (1 + LEAST_ROOM) > have for _, length, have in needs)
    return price + (IN_PIECES if whole and pieces else 0)


def _fits(across: _Span, down: _Span, features: Floats) -> bool:
    """Whether one cell, however skewed, and room for its cut lie inside the swatch."""
    height, width = features.shape[:2]
    need_x = across.along * (1 + LEAST_ROOM) + height * abs(down.aside) / down.along
    need_y = down.along * (1 + LEAST_ROOM) + width * abs(across.aside) / across.along
    return bool(need_x <= width and need_y <= height)


def _exact(
    features: Floats, span: _Span, joints: Courses, scale: float, finer: float, wanted: float
) -> Shift:
    """The whole span in pixels of the swatch, its shift made exact on a finer picture."""
    unit = finer / scale
    reach = int(np.ceil(unit / 2))
    own = wanted / span.steps * finer
    middle, aside = round(span.along * unit), round(span.aside * unit)
    asides = range(aside - reach, aside + reach + 1) if span.aside else (0,)

    def unlike(along: int, sideways: int) -> float:
        apart = float(shift_mismatch(features, along, sideways).mean())
        return apart * (1 + OUT_OF_STEP * _off_course(joints, along * span.steps))

    tried = [
        (unlike(along, sideways), along, sideways)
        for along in range(middle - reach, middle + reach + 1)
        for sideways in asides
    ]
    least, along, sideways = min(tried)
    near = abs(own - middle) <= reach and round(own) < features.shape[1]
    if near and least >= PAYS * unlike(round(own), sideways):
        return Shift(wanted, sideways * wanted / own)
    share = span.steps / finer
    return Shift(along * share, sideways * share)


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


def _propose(
    differences: Floats, length: int, breadth: int, own: set[int], near: tuple[int, int]
) -> list[tuple[int, int]]:
    """Shifts (along, aside) with the least self-difference, well spread, and all that are `own`.

    near: the least and the greatest of them.
    """
    found = []
    for along in range(max(1, near[0]), min(near[1], length - 1) + 1):
        reach = round(min(SKEW * along, SKEW * breadth))
        asides = np.arange(-reach, reach + 1)
        values = differences[asides, along]
        best = int(np.argmin(values))
        if values[best] > PAYS * values[reach]:
            best = reach
        found.append((float(values[best]), along, int(asides[best])))
    found.sort()
    kept: list[tuple[int, int]] = []
    for _, along, aside in found:
        if along in own or all(abs(along - other) > 1 for other, _ in kept):
            kept.append((along, aside))
    return sorted(kept, key=lambda one: one[0] not in own)[:CANDIDATES]


def _costs(features: Floats, shifts: list[tuple[int, int]]) -> list[float]:
    """The mean cost of the best cut along each shift, relative to a cut between strangers."""
    if not shifts:
        return []
    costs = [shift_mismatch(features, *shift) for shift in shifts]
    room: Floats = np.full((len(costs), *np.max([cost.shape for cost in costs], axis=0)), NEVER)
    for one, cost in zip(room, costs, strict=True):
        one[: len(cost), : cost.shape[1]] = cost
        one[len(cost) :] = 0
    lines = cheapest_cuts(room)
    means = [
        float(cost[np.arange(len(cost)), line[: len(cost)]].mean())
        for cost, line in zip(costs, lines, strict=True)
    ]
    stranger = stranger_cost(features)
    return [mean / stranger for mean in means]


def shift_mismatch(features: Floats, along: int, aside: int) -> Floats:
    """Mismatch of the picture with itself shifted by `along` columns and `aside` rows."""
    height, width = features.shape[:2]
    top, bottom = max(0, -aside), height - max(0, aside)
    left = features[top:bottom, : width - along]
    right = features[top + aside : bottom + aside, along:]
    return mismatch(left, right)
