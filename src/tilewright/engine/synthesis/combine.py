"""Two tiles of one torus become one: a second material mixed in, a third layered over."""

import cv2
import numpy as np

from tilewright.engine.arrays import Floats, floats
from tilewright.engine.synthesis.mixing import Manner, Place

PATCH = 1 / 5
"""Size of the patches in which materials alternate, as a share of the tile's shorter side."""

BLEND_SHARE, EDGES_SHARE, LAYER_SHARE = 0.5, 0.4, 0.35
"""Share of the tile that shows the second picture, the same where it keeps to the edges, and the
share that shows the third."""

SOFTNESS = 0.12
"""Width of the transition, in standard deviations of the map of places: a rim, not a fog."""

RELIEF = 0.6
"""How much the lower one's lightness bends the border of patches: they end in its joints."""

FRAYED = 0.25
"""How much noise bends the border between halves, where the wave between them has height 1."""

WANDERS = 0.6
"""How much noise there is in what gathers: not every joint is overgrown."""

FINEST, COARSEST = 1 / 250, 1 / 14
"""Sigmas between which relief is looked for, as shares of the shorter side: below is the grain of
the elements, above is what varies over many of them."""

JOINT = 1 / 40
"""Widest joint, as a share of the shorter side."""

LIGHT_JOINTS = 1.3
"""Narrow light parts that are stronger than the narrow dark ones by this are mortar, and low."""

DARK = 0.5
"""How much being dark counts beside being a joint, where joints are dark."""

SHADOW, SHADOW_WIDTH = 0.35, 1 / 170
"""How dark the base gets beside what lies over it, and how far, as a share of the shorter side."""


def blend(tile: Floats, other: Floats, seed: int, manner: Manner = Manner.PATCHES) -> Floats:
    """`other` beside `tile`. Both (h, w, 3) float32 sRGB, 0..255, periodic; so is the result."""
    noise = _noise(tile, PATCH, seed + 1)
    match manner:
        case Manner.PATCHES:
            place, share = noise - RELIEF * _bumps(tile), BLEND_SHARE
        case Manner.HALVES:
            columns = np.arange(tile.shape[1]) / tile.shape[1]
            place, share = np.sin(2 * np.pi * columns)[None, :] + FRAYED * noise, BLEND_SHARE
        case Manner.EDGES:
            place, share = _edges(tile) + WANDERS * noise, EDGES_SHARE
    alpha = _alpha(floats(place), share)
    return floats(tile + alpha * (other - tile))


def layer(tile: Floats, top: Floats, seed: int, where: Place = Place.LOW) -> Floats:
    """`top` over a third of `tile`, where it would gather. (h, w, 3) float32, periodic."""
    noise = _noise(tile, PATCH, seed + 2)
    match where:
        case Place.LOW:
            place = WANDERS * noise - _height(tile)
        case Place.HIGH:
            place = WANDERS * noise + _height(tile)
        case Place.SPOTS:
            place = noise + WANDERS * _edges(tile)
    alpha = _alpha(floats(place), LAYER_SHARE)
    cast = _blurred(alpha[..., 0], SHADOW_WIDTH * min(tile.shape[:2]))[..., None]
    shaded = tile * (1 - np.float32(SHADOW) * cast)
    return floats(shaded + alpha * (top - shaded))


def _alpha(place: Floats, share: float) -> Floats:
    """(h, w, 1), 0..1: how much of the other shows, which is where `place` is highest."""
    place = _even(place)
    edge = np.quantile(place, 1 - share)
    return floats(np.clip((place - edge) / SOFTNESS + 0.5, 0, 1))[..., None]


def _even(plane: Floats) -> Floats:
    """With mean 0 and deviation 1; what is flat stays flat."""
    return floats((plane - plane.mean()) / (plane.std() + 1e-6))


def _bumps(tile: Floats) -> Floats:
    """Lightness, (h, w), about 0 and within 1: joints do not stick out of a patch's middle."""
    light = tile.mean(axis=2)
    return floats(np.clip((light - light.mean()) / (light.std() + 1.0), -1, 1))


def _relief(tile: Floats) -> Floats:
    """Lightness of the elements and their joints, (h, w), in levels: neither grain nor blotches."""
    light = floats(tile.mean(axis=2))
    side = min(light.shape)
    return floats(_blurred(light, FINEST * side) - _blurred(light, COARSEST * side))


def _height(tile: Floats) -> Floats:
    """What lies high and what low, (h, w), deviation 1, as far as light tells.

    Joints are narrow and lie low. Dark ones get little light, and so does whatever else is dark;
    light ones are mortar, and then light says no more.
    """
    light = floats(tile.mean(axis=2))
    reach = max(1, round(JOINT * min(light.shape) / 2))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    pad = 2 * reach
    wide = cv2.copyMakeBorder(light, pad, pad, pad, pad, cv2.BORDER_WRAP)
    inner = slice(pad, -pad), slice(pad, -pad)
    narrow_light = light - cv2.morphologyEx(wide, cv2.MORPH_OPEN, disc)[inner]
    narrow_dark = cv2.morphologyEx(wide, cv2.MORPH_CLOSE, disc)[inner] - light
    sigma = FINEST * min(light.shape)
    if float(narrow_light.std()) > LIGHT_JOINTS * float(narrow_dark.std()):
        return _even(_blurred(floats(-narrow_light), sigma))
    return _even(_blurred(floats(-narrow_dark), sigma)) + np.float32(DARK) * _even(_relief(tile))


def _edges(tile: Floats) -> Floats:
    """Where elements end, (h, w), deviation 1."""
    relief = _relief(tile)
    wide = cv2.copyMakeBorder(relief, 1, 1, 1, 1, cv2.BORDER_WRAP)
    slope = cv2.magnitude(
        cv2.Sobel(wide, cv2.CV_32F, 1, 0)[1:-1, 1:-1], cv2.Sobel(wide, cv2.CV_32F, 0, 1)[1:-1, 1:-1]
    )
    return _even(_blurred(floats(slope), FINEST * 2 * min(relief.shape)))


def _noise(tile: Floats, patch: float, seed: int) -> Floats:
    height, width = tile.shape[:2]
    return periodic_noise(width, height, patch * min(width, height), seed)


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
