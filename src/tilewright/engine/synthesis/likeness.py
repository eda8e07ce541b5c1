"""Whether a surface looks at all like what the words name, and what else it may be."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tilewright.engine.synthesis.patches import GRAIN_WEIGHT, Doubles, Patches, grain_of
from tilewright.engine.synthesis.regions import Region, order_of
from tilewright.engine.synthesis.words import COLORS, ONLY_LIGHT, Color, Wish

Range = tuple[float, float]


class Bounds(NamedTuple):
    """Between what a material has been seen: CIE Lab, then the logs of fine texture and of chroma
    texture, then how far its edges agree. Ranges of the last around 0 mean: at most so much.
    """

    light: Range
    red: Range
    yellow: Range
    grain: Range
    chroma: Range
    order: Range


_BOUNDS: dict[str, Bounds] = {
    "brick": Bounds((16, 89), (0, 34), (0, 44), (0.0, 1.5), (0.1, 1.9), (0.08, 0.98)),
    "stone": Bounds((21, 96), (-6, 14), (-10, 28), (-0.1, 1.7), (-0.7, 1.1), (-0.53, 0.53)),
    "rock": Bounds((8, 92), (-8, 16), (-18, 36), (-0.1, 1.7), (-0.7, 1.5), (-0.28, 0.28)),
    "cobblestone": Bounds((21, 96), (-6, 10), (-8, 20), (0.0, 1.3), (-0.3, 1.5), (0.05, 0.43)),
    "paving": Bounds((21, 94), (-6, 22), (-8, 34), (-0.3, 1.1), (-0.5, 1.1), (0.02, 0.75)),
    "gravel": Bounds((21, 92), (-6, 16), (-8, 30), (0.3, 1.7), (-0.3, 1.6), (-0.15, 0.15)),
    "pebbles": Bounds((21, 92), (-6, 14), (-24, 26), (0.3, 1.7), (-0.2, 1.5), (-0.18, 0.18)),
    "concrete": Bounds((26, 96), (-8, 6), (-10, 22), (-0.9, 1.0), (-1.0, 0.3), (-0.43, 0.43)),
    "plaster": Bounds((31, 102), (-10, 26), (-10, 47), (-0.9, 0.9), (-1.0, 0.5), (-0.63, 0.63)),
    "asphalt": Bounds((8, 79), (-8, 6), (-14, 10), (-0.7, 1.3), (-1.0, 0.3), (-0.43, 0.43)),
    "wood": Bounds((11, 92), (-6, 34), (2, 50), (-0.6, 1.4), (-0.9, 1.4), (0.09, 0.98)),
    "bark": Bounds((6, 74), (-4, 18), (-2, 34), (0.2, 1.8), (-0.2, 1.5), (-0.53, 0.53)),
    "grass": Bounds((11, 86), (-46, 14), (13, 64), (-0.2, 1.8), (-0.2, 1.9), (-0.53, 0.53)),
    "moss": Bounds((8, 74), (-26, 0), (10, 50), (0.1, 1.8), (0.1, 2.0), (-0.18, 0.18)),
    "leaves": Bounds((6, 76), (-6, 32), (2, 47), (0.0, 1.9), (0.3, 2.1), (-0.18, 0.18)),
    "foliage": Bounds((2, 79), (-52, 2), (4, 67), (-0.1, 2.4), (0.1, 2.3), (-0.48, 0.48)),
    "sand": Bounds((31, 98), (-5, 50), (4, 62), (-1.0, 1.4), (-1.0, 0.9), (-0.6, 0.6)),
    "soil": Bounds((8, 74), (-2, 26), (4, 40), (-0.3, 1.5), (-0.5, 1.5), (-0.23, 0.23)),
    "snow": Bounds((58, 104), (-10, 6), (-24, 8), (-1.0, 1.0), (-1.0, 0.5), (-0.43, 0.43)),
    "water": Bounds((0, 82), (-30, 4), (-44, 5), (-1.0, 0.9), (-1.0, 1.1), (-0.73, 0.73)),
    "roof": Bounds((6, 82), (-6, 34), (-12, 36), (0.0, 1.5), (-0.3, 1.7), (0.12, 0.73)),
    "metal": Bounds((6, 96), (-10, 30), (-12, 46), (-1.0, 1.1), (-1.0, 1.1), (0.17, 1.01)),
    "rust": Bounds((8, 72), (4, 38), (8, 50), (-0.3, 1.4), (-0.2, 1.7), (-0.88, 0.88)),
    "fabric": Bounds((1, 100), (-42, 52), (-52, 57), (-1.0, 1.2), (-1.0, 1.5), (-0.53, 0.53)),
    "sky": Bounds((45, 102), (-22, 8), (-58, 6), (-1.2, 0.4), (-1.1, 0.3), (-0.5, 0.5)),
}

_NAMES = list(_BOUNDS)
_MIDDLE, _HALF = (
    np.array([[(high + sign * low) / 2 for low, high in bounds] for bounds in _BOUNDS.values()])
    for sign in (1, -1)
)
_COLORED = [1, 2, 4]
"""Which of the bounds a photo without colors says nothing about."""

_PAINTED = [0, *_COLORED]
"""Which do not hold for what may have any color."""

EVEN = 0.5
"""Chance from which on it is likelier than not."""

ODDS = 1.25
"""How many ask for what is not there, for each who asks for what is. It was chosen by what comes of
it: with 1 fewer of the absent are told, with 1.5 one in ten of the present is doubted."""

STEEP = 4
"""Power with which what lies off the middle counts: little within the bounds, 1 at a bound, 16 at
twice as far. With 2, three more in a hundred of what is absent passed."""

FARTHEST = 9.0
"""Off by more is as good as off by this."""

VAGUE = 0.25
"""Power with which the width of a material's bounds takes from what its likeness says: what may
look like anything, as fabric, is nowhere recognized. Of 0, .25 and .5, .25 told absent materials
from present ones best where the bounds had been found, and was not worse elsewhere."""

COLORLESS = 2.0
"""Lab units; a photo none of whose patches has more has no colors."""

HUE, PALE, BRIGHTNESS = np.radians(35), 6.0, 45.0
"""Radians that a hue may be off the named one, Lab chroma that any hue must have, and L* that it
may be off."""

GRAYISH = 14.0
"""Lab chroma that white, gray and black may have in a tinted light."""

AS_GOOD = 0.7
"""Of the best fitting material's weight; what has as much may be it as well."""

MOST_OTHERS = 2
"""Materials that a surface may be instead, as many as make a sentence."""


class Likeness(NamedTuple):
    """chance: 0..1 that the surface is what the words name, where it may be anything else as well.
    fits: whether it is within the bounds of what is named. others: what it looks like as much.
    """

    chance: float = 1.0
    fits: bool = True
    others: tuple[str, ...] = ()


def likeness(region: Region, wish: Wish, patches: Patches) -> Likeness:
    """How like a region is to the materials and the color that the words name."""
    means = np.vstack([region.mean, patches.means[region.inside]])
    sizes = patches.sizes[region.inside]
    half = np.concatenate([[0.5], 0.5 * sizes / sizes.sum()])
    color = _color_chance(wish, half @ means[:, :3])
    named = [index for index, name in enumerate(_NAMES) if name in wish.kinds]
    if not named:
        return Likeness(color, color >= EVEN)
    off = half @ _off(means, order_of(region, patches), _counted(named, wish, patches))
    weights = np.exp(-off) / np.prod(_HALF, axis=1) ** VAGUE
    others = [
        _NAMES[index]
        for index in np.argsort(-weights)
        if index not in named and weights[index] >= AS_GOOD * weights[named].max()
    ]
    chance = min(color, _against(weights[named].max(), np.delete(weights, named)))
    fits = bool(off[named].min() <= 1 and color >= EVEN)
    if _is_colorless(patches):  # grain and light alone rule nothing out
        chance, fits = max(EVEN, chance), True
    return Likeness(chance, fits, tuple(others[:MOST_OTHERS]))


def _counted(named: list[int], wish: Wish, patches: Patches) -> NDArray[np.bool_]:
    """(materials, 6): which bounds say anything."""
    counted = np.ones(_HALF.shape, bool)
    if _is_colorless(patches):
        counted[:, _COLORED] = False
    if wish.painted or wish.color is not None:
        counted[np.ix_(named, _PAINTED)] = False
    return counted


def _is_colorless(patches: Patches) -> bool:
    return float(np.abs(patches.means[:, 1:3]).max()) < COLORLESS


def _off(means: Doubles, order: float, counted: NDArray[np.bool_]) -> Doubles:
    """(n, materials): how far off the middle of its bounds each material is, 1 at a bound.

    means: (n, 7) features.
    """
    grain, chroma = grain_of(means), means[:, 6] / GRAIN_WEIGHT
    seen = np.column_stack([means[:, :3], grain, chroma, np.full(len(means), order)])
    apart = ((seen[:, None] - _MIDDLE) / _HALF) ** 2 * counted
    return np.asarray(np.minimum(FARTHEST, (apart ** (STEEP // 2)).sum(axis=2)))


def _against(named: float, others: Doubles) -> float:
    """The chance of the one that is named, where each of the others is as likely as any."""
    return float(named / (named + ODDS * others.mean() + np.finfo(float).tiny))


def _color_chance(wish: Wish, seen: Doubles) -> float:
    """How surely a color, (3,) Lab, is the named one, against the others that could be named."""
    if wish.color is None:
        return 1.0
    only_light = bool(np.isnan(wish.color[1]))
    rivals = [
        color
        for name, color in COLORS.items()
        if (name in ONLY_LIGHT) == only_light and color[0] != wish.color[0]
    ]
    weights = np.exp([-_color_off(seen, color, only_light) for color in (wish.color, *rivals)])
    return _against(float(weights[0]), weights[1:])


def _color_off(seen: Doubles, color: Color, only_light: bool) -> float:
    """1 where a color is just about the named one."""
    light, red, yellow = color
    bright = ((seen[0] - light) / BRIGHTNESS) ** STEEP
    if only_light:
        return float(bright)
    vivid = float(np.hypot(seen[1], seen[2]))
    if np.hypot(red, yellow) < PALE:
        return float(bright + (vivid / GRAYISH) ** STEEP)
    apart = abs(np.angle(complex(seen[1], seen[2]) * complex(red, -yellow)))
    return float(bright + (apart / HUE) ** STEEP + (PALE / max(vivid, 0.1)) ** STEEP)
