"""Two tiles of one torus become one: a second material mixed in, a third layered over."""

from typing import NamedTuple

import cv2
import numpy as np

from tilewright.engine.arrays import Floats, floats
from tilewright.engine.synthesis.mixing import Manner, Place

PATCH = 1 / 5
"""Size of the patches in which materials alternate, as a share of the tile's shorter side."""

RAGGED = 0.3
"""How much finer noise, of a quarter of that size, frays what the wide one bounds."""

CREEPS = 0.3
"""How far the second runs ahead of its border in the first one's joints, in the map's unit."""

STANDS_OUT = 1 / 150
"""How much a level of the other's own relief bends its border: grains and blades stay whole."""

RIM = 1 / 700
"""Sigma of the border, as a share of the shorter side: a rim, not a fog."""

STAIN = 1 / 350
"""The same of what has no thickness, such as rust."""

SPECK = 1 / 350
"""Sigma below which no crumb of one material stands alone in the other; the same share."""

WAVE = 4.0
"""Height of the wave between halves, where noise has deviation 1."""

WANDERS = 0.6
"""How much noise there is in what gathers: not every edge is worn, not every top snowed in."""

FILLS = 0.25
"""How much more a joint may hold in one place than in another."""

DEEPEST = 2.5
"""Depth from which on it makes no difference, in deviations: a joint fills like a hollow."""

THIN = 0.15
"""Noise that decides alone where a material has no joints to gather in."""

FINEST, COARSEST = 1 / 500, 1 / 14
"""Sigmas between which relief is looked for, as shares of the shorter side: below is the grain of
the elements, above is what varies over many of them."""

JOINT = 1 / 25
"""Widest joint, as a share of the shorter side."""

LIGHT_JOINTS = 0.4
"""Joints are few and stand out. By this much more skewed than what is narrow and dark, what is
narrow and light is mortar, and low."""

DARK = 0.5
"""How much being dark counts beside being a joint, where joints are dark."""

POWDER, FLAKES = 0.5, 1 / 90
"""How much noise there is in what falls, and its size as a share of the shorter side: where it
ends, it powders."""

WORN = 1 / 250
"""How far wear reaches from a joint: a sigma, as a share of the shorter side."""

SHADOW, SHADOW_WIDTH = 0.35, 1 / 170
"""How dark the base gets beside what lies over it, and how far, as a share of the shorter side."""


class Mixed(NamedTuple):
    """A tile, (h, w, 3) float32 sRGB, 0..255, periodic; how low it lies; where it shows what."""

    tile: Floats
    depth: Floats
    shown: list[Floats]

    @property
    def shares(self) -> list[float]:
        """How much of the tile is the first material, the second, the third."""
        return [float(where.mean()) for where in self.shown]


def alone(tile: Floats) -> Mixed:
    """One material, before others come to it."""
    return Mixed(tile, _depth(tile), [np.ones(tile.shape[:2], np.float32)])


def blend(base: Mixed, other: Floats, seed: int, manner: Manner, share: float) -> Mixed:
    """`other`, of the same size and periodic, takes the place of `base` on a share of it."""
    place = _noise(base.depth, seed + 1)
    match manner:
        case Manner.PATCHES:
            place += CREEPS * base.depth
        case Manner.HALVES:
            wave = np.sin(2 * np.pi * np.arange(place.shape[1]) / place.shape[1])
            place += floats(WAVE * wave[None, :]) + CREEPS * base.depth
        case Manner.EDGES:
            worn = _blurred(base.depth, WORN * min(place.shape))
            place = _even(worn) + WANDERS * place
    return _laid(base, other, place, share)


def layer(base: Mixed, top: Floats, seed: int, where: Place, share: float) -> Mixed:
    """`top`, of the same size and periodic, over a share of `base`, where it would gather.

    Low places are those of the first material: of what covers them, no share is due.
    """
    noise = _noise(base.depth, seed + 2)
    match where:
        case Place.LOW:
            place = base.depth * (1 + FILLS * np.clip(noise, -2, 2)) + THIN * noise
            share *= base.shares[0]
        case Place.HIGH:
            place = WANDERS * noise + POWDER * _flakes(base.depth, seed + 3) - base.depth
        case Place.SPOTS:
            return _laid(base, top, noise + CREEPS * base.depth, share, flat=True)
    return _laid(base, top, place, share)


def _laid(base: Mixed, other: Floats, place: Floats, share: float, *, flat: bool = False) -> Mixed:
    """`other` where `place` is highest; it shades what it lies over, unless it is flat."""
    side = min(place.shape)
    place = _blurred(place + STANDS_OUT * _relief(other), SPECK * side)
    inside = floats(place > np.quantile(place, 1 - share))
    shown = _blurred(inside, (STAIN if flat else RIM) * side)
    cast = _blurred(inside, SHADOW_WIDTH * side)[..., None]
    under = base.tile if flat else base.tile * (1 - SHADOW * cast)
    tile = floats(under + shown[..., None] * (other - under))
    left = [floats(where * (1 - shown)) for where in base.shown]
    return Mixed(tile, floats(base.depth * (1 - shown)), [*left, shown])


def _even(plane: Floats) -> Floats:
    """With mean 0 and deviation 1; what is flat stays flat."""
    return floats((plane - plane.mean()) / (plane.std() + 1e-6))


def _relief(tile: Floats) -> Floats:
    """Lightness of the elements and their joints, (h, w), in levels: neither grain nor blotches."""
    light = floats(tile.mean(axis=2))
    side = min(light.shape)
    return floats(_blurred(light, FINEST * side) - _blurred(light, COARSEST * side))


def _depth(tile: Floats) -> Floats:
    """How low each texel lies, (h, w), from 0 on what is high; as far as light tells.

    Joints are narrow and lie low. Dark ones get little light, and so does whatever else is dark;
    light ones are mortar, and then light says no more.
    """
    light = floats(tile.mean(axis=2))
    reach = max(1, round(JOINT * min(light.shape) / 2))
    square = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    pad = 2 * reach
    wide = cv2.copyMakeBorder(light, pad, pad, pad, pad, cv2.BORDER_WRAP)
    inner = slice(pad, -pad), slice(pad, -pad)
    narrow_light = floats(light - cv2.morphologyEx(wide, cv2.MORPH_OPEN, square)[inner])
    narrow_dark = floats(cv2.morphologyEx(wide, cv2.MORPH_CLOSE, square)[inner] - light)
    sigma = FINEST * min(light.shape)
    if _skew(narrow_light) > _skew(narrow_dark) + LIGHT_JOINTS:
        return np.minimum(_from_0(_blurred(narrow_light, sigma)), DEEPEST)
    low = np.maximum(-_even(_relief(tile)), 0)
    return np.minimum(_from_0(_blurred(narrow_dark, sigma)) + DARK * low, DEEPEST)


def _from_0(plane: Floats) -> Floats:
    """With deviation 1 and nearly all of it at or above 0; what is flat is 0."""
    return floats(np.maximum(plane - np.median(plane), 0) / (plane.std() + 1e-6))


def _skew(plane: Floats) -> float:
    """Third moment: high where little stands out far."""
    return float((_even(plane) ** 3).mean())


def _noise(like: Floats, seed: int) -> Floats:
    """Patches with frayed borders, (h, w), deviation about 1."""
    height, width = like.shape
    patch = PATCH * min(width, height)
    wide = periodic_noise(width, height, patch, seed)
    return wide + np.float32(RAGGED) * periodic_noise(width, height, patch / 4, seed + 1000)


def _flakes(like: Floats, seed: int) -> Floats:
    """Fine noise, (h, w), deviation 1: crumbs that one sees singly."""
    height, width = like.shape
    return periodic_noise(width, height, FLAKES * min(width, height), seed)


def periodic_noise(width: int, height: int, patch: float, seed: int) -> Floats:
    """(height, width) float32, mean 0, deviation 1; smooth over `patch` texels; it wraps."""
    white = np.random.Generator(np.random.PCG64(seed)).standard_normal((height, width))
    smooth = _filtered(white, patch / np.pi)
    return floats((smooth - smooth.mean()) / smooth.std())


def _blurred(plane: Floats, sigma: float) -> Floats:
    """A Gaussian on the torus, by FFT: wide ones cost no more than narrow ones."""
    return floats(_filtered(plane, sigma))


def _filtered(plane: np.ndarray[tuple[int, ...], np.dtype[np.floating]], sigma: float) -> Floats:
    height, width = plane.shape
    waves = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :])
    fade = np.exp(-2 * (np.pi * sigma * waves) ** 2).astype(plane.dtype)
    return np.asarray(np.fft.irfft2(np.fft.rfft2(plane) * fade, s=plane.shape))
