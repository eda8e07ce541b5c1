"""Two tiles of one torus become one: blended in patches, or one layered over the other."""

import numpy as np

from tilewright.engine.synthesis.arrays import Floats, floats

PATCH = 1 / 5
"""Size of the patches in which materials alternate, as a share of the tile's shorter side."""

BLEND_SHARE, LAYER_SHARE = 0.5, 0.35
"""Share of the tile that shows the second picture, and the third."""

SOFTNESS = 0.12
"""Width of the transition, in standard deviations of the noise: a rim, not a fog."""

RELIEF = 0.6
"""How much the lower one's lightness bends the border: what is laid over gathers in the dark."""


def blend(tile: Floats, other: Floats, seed: int) -> Floats:
    """`other` in half of the places. Both (h, w, 3) float32, periodic; so is the result."""
    return _lay_over(tile, other, BLEND_SHARE, seed + 1)


def layer(tile: Floats, top: Floats, seed: int) -> Floats:
    """`top` over a third of `tile`, first where `tile` is dark. (h, w, 3) float32, periodic."""
    return _lay_over(tile, top, LAYER_SHARE, seed + 2)


def _lay_over(tile: Floats, top: Floats, share: float, seed: int) -> Floats:
    height, width = tile.shape[:2]
    noise = periodic_noise(width, height, PATCH * min(width, height), seed)
    light = tile.mean(axis=2)
    bumps = (light - light.mean()) / (light.std() + 1.0)
    place = noise - RELIEF * bumps
    edge = np.quantile(place, 1 - share)
    alpha = np.clip((place - edge) / SOFTNESS + 0.5, 0, 1).astype(np.float32)[..., None]
    return floats(tile + alpha * (top - tile))


def periodic_noise(width: int, height: int, patch: float, seed: int) -> Floats:
    """(height, width) float32, mean 0, deviation 1; smooth over `patch` texels; it wraps."""
    white = np.random.Generator(np.random.PCG64(seed)).standard_normal((height, width))
    waves = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :]) * patch
    smooth = np.fft.irfft2(np.fft.rfft2(white) * np.exp(-0.5 * (2 * waves) ** 2), s=white.shape)
    return floats((smooth - smooth.mean()) / smooth.std())
