"""What of a region is of one kind: windows, animals, bands of something else are left out."""

from collections.abc import Iterator
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from tilewright.engine.arrays import Floats, Mask, Pixels, floats, pixels
from tilewright.engine.synthesis.deviation import usual_deviation
from tilewright.engine.synthesis.patches import CELL, GRAIN_WEIGHT, Doubles, Patches
from tilewright.engine.synthesis.rectangle import worth
from tilewright.engine.synthesis.regions import Region, mask_of

ODD, LEAST_SPREAD = 5.0, 2.5
"""A patch is odd that is so many deviations from the region's median in one feature; a deviation is
at least so many Delta E. From 4 on, surfaces of many colors lost a tenth of their largest
rectangle; at 7 a window stayed."""

FEW, SMALLEST_ODD = 0.1, 3
"""What makes up more than this share of a surface is an element of it, like the mortar between
bricks; what is smaller than so many patches is one of its spots."""

SPOT = 0.006
"""Share of the surface up to which a gap in it may be one of its own spots. Of 193 such gaps in
public photographs, scenes and tiles 182 were, half a joint or a tuft of moss as a rule."""

HEAP = 0.02
"""The same of a heap, of leaves or pebbles, where things have each their own color. The largest
rectangle of three rendered grounds of leaves, two crops of a true one and a beach became 1.2 to 2.9
times as large, that of one photograph .8 times; none was less pure. .05 gave no more."""

AGAIN, ALIKE = 5, 1.3
"""It is one if at least so many patches elsewhere in the surface look like it, within so many
deviations in each feature: 42 of 43 odd ones inside true tiles are, and a window is not (5.0)."""

TWIN, ALL_OF_IT, LARGEST_TWIN = 0.65, 0.9, 0.25
"""A gap is one as well where so much of it is within so few deviations of patches elsewhere, if it
is no larger than this share of the surface: the next slat, beyond a dark joint. Of 134 gaps in 80
straight views, 37 photographs and 52 scenes 14 were, all of them the surface; a pole before planks
came nearest (.72)."""

HEAPED, HARDLY_ODD, MOST_HEAPED = 0.9, 3.0, 0.05
"""The same in a heap of half of a gap, if nine tenths are within so many deviations: all 15 such
gaps were leaves, though of one material only. With one more, in a photograph, of which more was
odd, the rectangle became a strip from which each seed drew the same tile."""

WIDEST_CRACK, LONG, SAME_HUE = 13, 7, 6.0
"""And one that is nowhere wider than this, in pixels of the small picture, at least so many times
as long, darker than the surface, and off its color by no more Delta E: a joint or a crack. Of 14
such gaps in 80 straight views, 37 photographs and 52 scenes 13 were the surface."""

PLACE = 12
"""Pixels of the small picture around a point that are looked at together: a few bricks or stones,
so that mortar and brick are one."""

GRID = 16
"""Pixels from one border of the rectangles that are tried to the next."""

PURE = 0.25
"""What a Delta E of unevenness takes from the log of a rectangle's area. From .15 to .25 the same
strangers were found on 37 public surfaces and 52 scenes; at .4 the rectangle became so small that
all else was strange to it."""

FULL, SMALLEST_CORE = 0.97, 0.05
"""Of a rectangle: the share that must lie in the region, and its share of the region."""

STRANGE, STANDS_OUT, LEAST_USUAL = 4.0, 3.0, 2.0
"""A place is strange so many deviations from the core; a piece of such places is a stranger if it
differs that much across its border, too: what grows strange bit by bit is only farther away. A
deviation is at least so many Delta E. At 3 half a brick wall farther off was strange, at 3.5 more
than a third."""

SMALLEST_STRANGER, MOST_STRANGERS = 0.02, 0.5
"""Shares of the region: smaller pieces are its spots, and if more would go, it is a mixture."""

DARKEST, BRIGHTEST, BLACKEST = 0.3, 2.5, 5.0
"""Times the core's lightness that light and shadow explain, and the lightness (L*) that no core
counts as less than."""

Span = tuple[NDArray[np.int64], NDArray[np.int64]] | tuple[int, int]
"""Where something begins, and before what it ends."""


class _Core(NamedTuple):
    """The part of a region that is alike all over, in pixels of the small picture."""

    left: int
    top: int
    right: int
    bottom: int


def without_odd_ones(region: Region, patches: Patches, *, heap: bool) -> Mask:
    """(h, w) bool: a region with its spots, without small things that differ from all of it.

    heap: whether it is one of things of many colors.
    """
    means = patches.means[region.inside]
    middle = np.median(means, axis=0)
    off = np.abs(means - middle)
    usual = usual_deviation(off, LEAST_SPREAD)
    odd = region.inside.copy()
    odd[odd] = (off >= ODD * usual).any(axis=1)
    mask, kept = mask_of(region, patches), region.inside
    if patches.sizes[odd].sum() <= FEW * patches.sizes[region.inside].sum():
        kept = kept & ~odd
        for piece in _pieces(odd[patches.labels], SMALLEST_ODD * CELL**2):
            mask &= ~piece
    area = float(mask.sum())
    for gap in _pieces(~mask, 0, LARGEST_TWIN * area):
        size = int(gap.sum())
        share = size / area
        if share > SPOT:
            apart = _apart(gap, kept, patches, usual)
            own = _is_own(apart, share, _is_inside(gap), heap=heap)
        else:
            own = heap or size < SMALLEST_ODD * CELL**2 or _is_spot(gap, region, patches, usual)
        if own or _is_crack(gap, patches.features, middle):
            mask |= gap
    return mask


def _is_spot(gap: Mask, region: Region, patches: Patches, usual: Doubles) -> bool:
    """Whether a gap looks like many other patches of the region. usual: (7,), one deviation."""
    return bool(np.median(_apart(gap, region.inside, patches, usual)) <= ALIKE)


def _is_own(apart: Doubles, share: float, inside: bool, *, heap: bool) -> bool:
    """Whether a gap that is larger than a spot is of the surface. apart: as from `_apart`.

    share: of the surface. inside: whether it is nowhere cut off by the frame. heap: whether the
    surface is one.
    """
    usual, most = np.quantile(apart, [0.5, ALL_OF_IT])
    if most <= TWIN:
        return True
    alike = share <= MOST_HEAPED and usual <= HEAPED and most <= HARDLY_ODD
    return bool(heap and (alike or (inside and share <= HEAP)))


def _is_crack(gap: Mask, features: Floats, usual: Doubles) -> bool:
    """Whether a gap is a dark line of the surface's own color. usual: (7,), its features."""
    reach = cv2.distanceTransform(np.pad(gap.astype(np.uint8), 1), cv2.DIST_C, 3).max()
    wide = 2 * float(reach) - 1
    if wide > WIDEST_CRACK or gap.sum() < LONG * wide**2:
        return False
    light, red, yellow = features[gap].mean(axis=0)[:3] - usual[:3]
    return bool(light < 0 and np.hypot(red, yellow) <= SAME_HUE)


def _is_inside(gap: Mask) -> bool:
    """Whether it is nowhere cut off by the frame."""
    return not (gap[[0, -1]].any() or gap[:, [0, -1]].any())


def _apart(gap: Mask, others: NDArray[np.bool_], patches: Patches, usual: Doubles) -> Doubles:
    """(n,): how many deviations the patches of a gap are from the most alike of others.

    others: (patches,). usual: (7,), one deviation.
    """
    within = np.unique(patches.labels[gap])
    elsewhere = others.copy()
    elsewhere[within] = False
    apart = np.abs(patches.means[within, None] - patches.means[None, elsewhere]) / usual
    nearest = np.sort(apart.max(axis=2), axis=1)[:, :AGAIN]
    return np.asarray(nearest.mean(axis=1))


def without_strangers(mask: Mask, patches: Patches) -> Mask:
    """(h, w) bool: a region without large pieces that no light makes of its purest part. 0.1 s."""
    places = _places(mask, patches.features)
    core = _core(mask, places)
    if core is None:
        return mask
    inside = np.s_[core.top : core.bottom, core.left : core.right]
    off = _unlike(places, np.median(places[inside].reshape(-1, places.shape[2]), axis=0))
    usual = max(LEAST_USUAL, float(np.median(np.linalg.norm(off[inside], axis=2))))
    far = np.asarray(mask & (np.linalg.norm(off, axis=2) >= STRANGE * usual))
    left = mask.copy()
    for piece in _pieces(far, SMALLEST_STRANGER * float(mask.sum())):
        if _step(piece, mask & ~far, off) >= STANDS_OUT * usual:
            left &= ~_grown(piece, PLACE)  # a place at its border is half of it
    return left if left.sum() >= MOST_STRANGERS * mask.sum() else mask


def _places(mask: Mask, features: Floats) -> Floats:
    """(h, w, 7): the mean of the features around each point, of what is in the region."""
    size = (2 * PLACE + 1, 2 * PLACE + 1)
    inside = mask.astype(np.float32)
    share = np.maximum(cv2.blur(inside, size), np.float32(1e-3))
    return floats(cv2.blur(features * inside[..., None], size) / share[..., None])


def _unlike(places: Floats, kind: Floats) -> Floats:
    """(h, w, 6): how places differ from a kind in chroma and grain, in Delta E, but for the light.

    What is in shadow is darker and less colorful by one factor, and its grain weaker by up to that.
    """
    factor = np.clip(places[..., :1] / max(float(kind[0]), BLACKEST), DARKEST, BRIGHTEST)
    weaker = GRAIN_WEIGHT * np.log(factor)
    grain = places[..., 3:] - kind[3:]
    explained = np.clip(grain, np.minimum(0, weaker), np.maximum(0, weaker))
    return floats(
        np.concatenate([places[..., 1:3] - factor * kind[1:3], grain - explained], axis=2)
    )


def _core(mask: Mask, places: Floats) -> _Core | None:
    """The rectangle of the region that is largest for how uneven it is; None if none has room."""
    sums = _sums(mask, places)
    rows, columns = (np.arange(0, side + 1, GRID) for side in mask.shape)
    sums = [each[np.ix_(rows, columns)] for each in sums]
    begin, end = np.triu_indices(len(columns), 1)
    least = SMALLEST_CORE * float(mask.sum())
    best, core = -np.inf, None
    for first, last in zip(*np.triu_indices(len(rows), 1), strict=True):
        strips = [each[last] - each[first] for each in sums]
        top, bottom = int(rows[first]), int(rows[last])
        area = (columns[end] - columns[begin]) * (bottom - top)
        count = strips[0][end] - strips[0][begin]
        fits = np.flatnonzero((count >= FULL * area) & (area >= least))
        if not len(fits):
            continue
        left, right = columns[begin[fits]], columns[end[fits]]
        moments = [strip[end[fits]] - strip[begin[fits]] for strip in strips[1:]]
        value = np.log(worth(right - left, np.full_like(left, bottom - top)))
        value -= PURE * _unevenness(moments, (left, right), (top, bottom))
        index = int(np.argmax(value))
        if value[index] > best:
            best = float(value[index])
            core = _Core(int(left[index]), top, int(right[index]), bottom)
    return core


def _sums(mask: Mask, places: Floats) -> list[Doubles]:
    """Up to each corner: pixels of the region, the features, their squares, and by x and by y."""
    values = places.astype(np.float64)
    y, x = np.mgrid[: mask.shape[0], : mask.shape[1]].astype(np.float64)[..., None]
    summed = mask.astype(np.float64), values, values**2, values * x, values * y
    return [np.asarray(cv2.integral(each)) for each in summed]


def _unevenness(moments: list[Doubles], across: Span, down: Span) -> Doubles:
    """(n,) Delta E: how far places differ in rectangles, but for what a plane explains.

    Light and distance change bit by bit. moments: (n, 7) each, as from `_sums` but for the pixels.
    """
    sides = [np.atleast_1d(end - begin)[:, None] for begin, end in (across, down)]
    area = sides[0] * sides[1]
    mean, square, *along = (moment / area for moment in moments)
    rest = square - mean**2
    for (begin, end), side, moment in zip((across, down), sides, along, strict=True):
        middle = np.atleast_1d(begin + end - 1)[:, None] / 2
        rest -= 12 * (moment - mean * middle) ** 2 / (side**2 - 1)
    return np.asarray(np.sqrt(np.maximum(rest, 0).sum(axis=1)))


def _pieces(mask: Mask, smallest: float, largest: float = np.inf) -> Iterator[Mask]:
    """The connected pieces of a mask that have so many pixels."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    for label in range(1, count):
        if smallest <= stats[label, cv2.CC_STAT_AREA] <= largest:
            yield np.asarray(labels == label)


def _step(piece: Mask, rest: Mask, off: Floats) -> float:
    """How much a piece differs from the rest across its border, in Delta E; 0 if it has none."""
    within = ~_shrunk(piece, 2 * PLACE) & _shrunk(piece, PLACE // 2)
    beside = rest & _grown(piece, 2 * PLACE) & ~_grown(piece, PLACE // 2)
    if not within.any() or not beside.any():
        return 0.0
    return float(np.linalg.norm(np.median(off[within], axis=0) - np.median(off[beside], axis=0)))


def _grown(mask: Mask, by: int) -> Mask:
    return np.asarray(cv2.dilate(mask.astype(np.uint8), _disk(by)) > 0)


def _shrunk(mask: Mask, by: int) -> Mask:
    return np.asarray(cv2.erode(mask.astype(np.uint8), _disk(by)) > 0)


def _disk(radius: int) -> Pixels:
    size = 2 * radius + 1
    return pixels(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
