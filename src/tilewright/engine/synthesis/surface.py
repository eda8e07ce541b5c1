"""Which region of the photo is the surface that the prompt names."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from tilewright.engine.arrays import Mask, Pixels
from tilewright.engine.synthesis.kind import without_odd_ones, without_strangers
from tilewright.engine.synthesis.likeness import EVEN, Likeness, likeness
from tilewright.engine.synthesis.patches import Doubles, Patches, grain_of, patches_of
from tilewright.engine.synthesis.regions import (
    PLACES,
    Region,
    mask_of,
    order_of,
    places_of,
    regions_of,
)
from tilewright.engine.synthesis.sky import BLUE, like_sky, sky_of
from tilewright.engine.synthesis.words import GROUND, HIGH, WALL, Look, Wish, understand

WEIGHTS = {
    "tiny": 0.9,
    "large": 0.7,
    "unit": 0.2,
    "uneven": 0.15,
    "patchy": 0.1,
    "color": 1.1,
    "chroma": 0.35,
    "light": 0.35,
    "grain": 0.4,
    "place": 15.0,
    "lies": 3.4,
    "sky": 2.0,
    "solid": 1.0,
    "loose": 8.0,
}
"""What each cue counts for."""

USUAL = 0.05
"""The share of a photo from which on a surface is of a usual size."""

STRIP = USUAL / 2
"""The same of what is long and narrow, as a path: to be larger, or solid, says nothing there. From
.023 to .027 the one public path was found in 9 or 10 of 11 versions of its photo, with .02 in 7."""

FARTHEST = 4.0
"""A cue that does not fit at all costs this much and no more: one wrong word must not decide."""

MOST_RIVALS = 4
"""Other surfaces that are told: as many as can be looked at. Of the public surfaces the right one
was the first for 86 %, and among the first four for 89 % by its whole mask."""

SURER = 0.5
"""Power of the share. Of public surfaces and scenes 11 of 13 with a share of .25 to .4 were right,
as many as with more: as they are, shares doubted four in ten of the right surfaces."""

UNNAMED = 0.7
"""Times as sure of what no word chose: asked for without any, 43 % of 37 public surfaces were the
photo's main one, which by its share alone was .62 sure."""

SHOWN = 0.5
"""The share of a patch that must be shown, where parts of the photo are transparent."""

SAME = 0.3
"""Two regions that share this much of the smaller one are one surface, not two."""

MOST = 0.8
"""A surface of more than this share of the photo is rivaled by its own parts."""

MIXED = 0.5
"""How much unevenness still counts of what is coated in patches: mossy rock is not even."""

TOP, SKY = 0.1, 0.8
"""Share of the photo's top from which on a region may be sky, and of a region that is sky as it
goes on from there, from which on all of it may be."""

LOW, AHEAD = 0.62, 0.45
"""Down from the top, in parts of the photo: what lies higher is hardly ground, or a road."""

AT_BOTTOM = 0.15
"""Parts of the photo that ground may lie too high for reaching its lower edge."""

LARGEST_PART = 2.0
"""From about a third of the photo on (log over the usual share) more is no better, where the prompt
asks for a part of something."""

NEAR_PLACE = 0.12
"""Parts of the photo that a region's middle may be off the place that the prompt names."""

NO_ORDER = 0.15
"""The most that the edges of loose material agree. Where the true surface was looked at, of 90, it
was .02 to .09 (but .30 on a road with lines), .21 to .41 on bricks, .5 and more on boards."""

SMALL_SURFACE = 128
"""Pixels of the photo a side: a smaller one has nothing to spare for being of one kind."""

PALE, HUED = 10.0, 8.0
"""Lab chroma below which a named color has no hue, and from which on a seen hue counts fully."""

HUE, VIVID, CHROMA = np.radians(25), 0.8, 14.0
"""Radians that a hue may be off the named one, the part of its chroma that is enough, and Lab units
that may lack: red paint in the sun is twice as vivid as the red of bricks."""

ALIKE = 0.1
"""Regions with this intersection over union speak for the same choice. Of 0.1, 0.2 and 0.3 it told
right choices from wrong ones best (area under the curve .66, .63, .61 on 37 public surfaces)."""


class Found(NamedTuple):
    """The chosen surface. mask: (H, W) bool at the photo's own size. confidence: 0..1.

    rivals: other surfaces, the best first, each with its own confidence. likeness: how much it
    looks like what the words name at all.
    """

    mask: Mask
    confidence: float
    rivals: tuple[tuple[Mask, float], ...] = ()
    likeness: Likeness = Likeness()


class _Told(NamedTuple):
    """A surface with its share in the weight of all, how like it is to what is named, and whether
    anything is.
    """

    mask: Mask
    share: float
    likeness: Likeness
    named: bool

    @property
    def confidence(self) -> float:
        sure = float(min(self.share**SURER, self.likeness.chance))
        return sure if self.named else UNNAMED * sure


def find_surface(
    photo: Pixels, wish: Wish, *, or_main: bool = False, shown: Mask | None = None
) -> Found:
    """Choose the region of `photo` that fits `wish` best.

    photo: (H, W, 3) uint8 sRGB. Never fails: a photo of one surface is that surface.
    Two things make sure: the share that the chosen surface's regions have in the weight of all
    (to a power), the weight of a region being the exponential of its score, and the chance that it
    is what the words name at all. The confidence is the less of both, and less again where no word
    is known. or_main: where that is not likely, take the photo's main surface. shown: (H, W) bool,
    what of the photo may be taken at all. About 0.6 s.
    """
    patches = patches_of(photo)
    there = None if shown is None else _there(patches, shown)
    regions = regions_of(patches, photo.shape[0] * photo.shape[1], there)
    found = choose(regions, patches, wish, photo.shape)
    if or_main and found.likeness.chance < EVEN:
        main = choose(regions, patches, understand(""), photo.shape)
        found = main._replace(likeness=found.likeness)
    return found if shown is None else _only(found, shown)


def _there(patches: Patches, shown: Mask) -> NDArray[np.bool_]:
    """(n,): which patches are shown, for the most part; or the most shown, if none is."""
    size = patches.labels.shape[1], patches.labels.shape[0]
    small = cv2.resize(shown.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    seen = np.bincount(patches.labels.ravel(), small.ravel(), len(patches.sizes))
    share = seen / patches.sizes
    return np.asarray(share >= min(SHOWN, float(share.max())))


def _only(found: Found, shown: Mask) -> Found:
    """A surface and its rivals without what is not shown."""
    rivals = tuple((mask & shown, sure) for mask, sure in found.rivals)
    kept = tuple(rival for rival in rivals if rival[0].any())
    mask = found.mask & shown
    return found._replace(mask=mask if mask.any() else shown, rivals=kept)


def choose(regions: list[Region], patches: Patches, wish: Wish, shape: tuple[int, ...]) -> Found:
    """The region that fits `wish` best, as a mask of a photo of that height and width."""
    off, sky = _off(wish, patches.means), sky_of(patches)
    scores = np.array([score(cues(region, wish, patches, off, sky)) for region in regions])
    chances = np.exp(scores - scores.max())
    chances /= chances.sum()
    inside = np.stack([region.inside for region in regions])
    best, *rivals = [
        _Told(
            _solid(without_odd_ones(regions[index], patches, heap=wish.heap)),
            share,
            likeness(regions[index], wish, patches),
            bool(wish.matched),
        )
        for index, share in _ranked(inside, patches.sizes, chances)
    ]
    mask = best.mask
    if mask.mean() * shape[0] * shape[1] >= SMALL_SURFACE**2:
        mask = without_strangers(mask, patches)
    others = tuple((_at_full_size(rival.mask, shape), rival.confidence) for rival in rivals)
    return Found(_at_full_size(mask, shape), best.confidence, others, best.likeness)


def _ranked(inside: NDArray[np.bool_], sizes: Doubles, chances: Doubles) -> list[tuple[int, float]]:
    """The likeliest region and the next that hardly overlap any before, with their confidence.

    inside: (regions, patches). sizes: (patches,). chances: (regions,), summing to 1.
    """
    area = inside @ sizes
    left, free = np.ones(len(chances), bool), np.ones(len(chances), bool)
    ranked: list[tuple[int, float]] = []
    while left.any() and len(ranked) <= MOST_RIVALS:
        index = int(np.argmax(np.where(left, chances, -1.0)))
        common = (inside & inside[index]) @ sizes
        alike = free & (common > ALIKE * (area + area[index] - common))
        ranked.append((index, min(0.99, float(chances[alike].sum()))))
        free &= ~alike
        whole = area[index] > MOST * sizes.sum()
        left &= common < SAME * (np.maximum if whole else np.minimum)(area, area[index])
    return ranked


def _at_full_size(mask: Mask, shape: tuple[int, ...]) -> Mask:
    """A region of the small picture as a mask of the photo's own size."""
    size = shape[1], shape[0]
    return np.asarray(
        cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_LINEAR) > 0.5
    )


def score(found: dict[str, float]) -> float:
    """One number from all cues of a region; more is better."""
    return sum(WEIGHTS[name] * value for name, value in found.items())


def cues(
    region: Region, wish: Wish, patches: Patches, off: Doubles, sky: NDArray[np.bool_]
) -> dict[str, float]:
    """What speaks for (positive) and against (negative) a region being the surface wished for.

    off: of every patch, as `_off` has it. sky: which patches are sky. A region is asked as a whole
    and patch by patch: a mixture of many things may look like a material only on average.
    """
    mask = mask_of(region, patches)
    weight = patches.sizes[region.inside] / patches.sizes[region.inside].sum()
    x, y = float(weight @ patches.x[region.inside]), float(weight @ patches.y[region.inside])
    usual = float(np.log(region.share / (STRIP if wish.strip else USUAL)))
    expected = MIXED if wish.mixed else 1.0
    chroma, light, grain, color = (
        0.5 * _off(wish, region.mean[None])[0] + 0.5 * weight @ off[region.inside]
    )
    return {
        "tiny": min(0.0, usual),
        "large": 0.0 if wish.strip else max(0.0, min(usual, LARGEST_PART) if wish.part else usual),
        "unit": float(np.log((region.died + 1) / (region.born + 1))),
        "uneven": -expected * float(np.sqrt((region.spread[1:] ** 2).sum())),
        "patchy": -expected * _patchiness(region, patches),
        "color": -float(color),
        "chroma": -float(chroma),
        "light": -float(light),
        "grain": -float(grain),
        "place": -_misplaced(wish, x, y),
        "lies": _lies(wish, y, bool(mask[-2:].any())),
        "sky": -_sky(region, mask, sky, patches, wish),
        "solid": 0.0 if wish.strip else _solidity(mask),
        "loose": -max(0.0, order_of(region, patches) - NO_ORDER) if wish.loose else 0.0,
    }


def _patchiness(region: Region, patches: Patches) -> float:
    """How much the region differs from place to place, in Delta E.

    A wall of red bricks in white mortar is uneven, but alike everywhere.
    """
    cells, sizes = places_of(patches)[region.inside], patches.sizes[region.inside]
    weight = np.bincount(cells, sizes, PLACES**2)
    sums = [
        np.bincount(cells, sizes * channel, PLACES**2)[weight > 0]
        for channel in patches.means[region.inside, 1:].T
    ]
    weight = weight[weight > 0]
    means = np.stack(sums, axis=1) / weight[:, None]
    off = means - weight @ means / weight.sum()
    return float(np.sqrt((weight @ off**2).sum() / weight.sum()))


def _off(wish: Wish, means: Doubles) -> Doubles:
    """(n, 4): how far off chroma, light, grain and the named color are.

    Whose color is named may have that one instead of its usual one: of its look the grain is left.
    """
    looks = wish.looks
    if wish.color is not None:
        looks = tuple(look._replace(light=None, spread=np.inf) for look in looks)
    return np.column_stack([_nearest_look(looks, means), _color_distance(wish, means)])


def _nearest_look(looks: tuple[Look, ...], means: Doubles) -> Doubles:
    """(n, 3): how far off chroma, light and grain are from the material that fits each best."""
    nearest = np.zeros((len(means), 3))
    least = np.full(len(means), np.inf)
    for look in looks:
        chroma = ((means[:, 1] - look.red) ** 2 + (means[:, 2] - look.yellow) ** 2) / look.spread**2
        light = ((means[:, 0] - look.light) / 25) ** 2 if look.light else np.zeros(len(means))
        grain = 4 * (grain_of(means) - look.grain) ** 2
        off = np.minimum(np.stack([chroma, light, grain], axis=1), FARTHEST)
        nearer = off.sum(axis=1) < least
        nearest[nearer] = off[nearer]
        least = np.minimum(least, off.sum(axis=1))
    return nearest


def _color_distance(wish: Wish, means: Doubles) -> Doubles:
    """(n,): how far off the named color is."""
    if wish.color is None:
        return np.zeros(len(means))
    light, red, yellow = wish.color
    apart = 0.4 * ((means[:, 0] - light) / 20) ** 2
    if not np.isnan(red):
        apart += _hue_distance(means[:, 1] + 1j * means[:, 2], red + 1j * yellow)
    return np.minimum(FARTHEST, apart)


def _hue_distance(seen: NDArray[np.complex128], named: complex) -> Doubles:
    """(n,): how far off the hue is, and what is too pale for it; more vivid is not farther off.

    seen, named: a* + i b*. White, gray and black have no hue: of them, distance counts.
    """
    if abs(named) < PALE:
        return np.asarray(np.abs((seen - named) / CHROMA) ** 2)
    turned = np.angle(seen * np.conj(named)) / HUE * np.minimum(1.0, np.abs(seen) / HUED)
    return np.asarray(
        turned**2 + np.maximum(0.0, (VIVID * abs(named) - np.abs(seen)) / CHROMA) ** 2
    )


def _misplaced(wish: Wish, x: float, y: float) -> float:
    """How far a region is from where it is said to be. Farther left than left is left as well."""
    off = 0.0
    for there, named in ((x, wish.place_x), (y, wish.place_y)):
        if named is None:
            continue
        outwards = (there - named) * np.sign(named - 0.5)
        off += max(0.0, (abs(there - named) if outwards <= 0 else 0.0) - NEAR_PLACE)
    return off


def _lies(wish: Wish, y: float, at_bottom: bool) -> float:
    """Whether a region lies where such things do. Where the prompt itself says how high, only that
    counts; but ground goes on to the photo's lower edge.
    """
    beneath = AT_BOTTOM * at_bottom if wish.lies == GROUND else 0.0
    if wish.place_y is not None:
        return beneath
    if wish.lies == GROUND:
        return beneath - max(0.0, (AHEAD if wish.ahead else LOW) - y)
    if wish.lies == WALL:
        return -max(0.0, y - 0.6)
    if wish.lies == HIGH:
        return -max(0.0, y - 0.5)
    return 0.0


def _sky(region: Region, mask: Mask, sky: NDArray[np.bool_], patches: Patches, wish: Wish) -> float:
    """How much a region is like sky, 0..3: of what reaches the photo's top, and of what goes on
    from sky there but not down to the bottom. A wall that is to be blue is not sky for that.
    """
    if wish.wants_sky:
        return 0.0
    sizes = patches.sizes * region.inside
    goes_on = sizes @ sky >= SKY * sizes.sum() and not mask[-1].any()
    if mask[0].mean() < TOP and not goes_on:
        return 0.0
    to_be_blue = wish.color is not None and wish.color[2] < -BLUE
    return float(like_sky(region.mean[None], blue=not to_be_blue)[0])


def _solidity(mask: Mask) -> float:
    """Share of its bounding box that a region fills, 0..1."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return float(mask.sum()) / float((np.ptp(rows) + 1) * (np.ptp(columns) + 1))


def _solid(mask: Mask) -> Mask:
    """Without specks: the closed and opened mask's largest piece."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    closed = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, kernel)
    opened = cv2.morphologyEx(closed, cv2.MORPH_OPEN, kernel)
    count, pieces, stats, _ = cv2.connectedComponentsWithStats(opened)
    if count < 2:
        return mask
    return np.asarray(pieces == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA])))
