"""The last small steps along the cuts are spread out until they cannot be seen."""

import numpy as np

from tilewright.engine.synthesis.arrays import Floats, Indices, floats

FAITHFULNESS = 0.004
"""How strongly a pixel keeps its own value against the gradients around it. Steps are spread over
about 1/sqrt(FAITHFULNESS) = 16 texels; larger features keep their color."""


def mend(exemplar: Floats, rows: Indices, columns: Indices) -> Floats:
    """Read a tile out of `exemplar` so that no cut shows.

    exemplar: (H, W, 3) float32 colors. rows, columns: (h, w), where each texel comes from.
    Returns (h, w, 3) float32. A screened Poisson equation on the torus, solved by FFT: inside a
    piece the gradients are the exemplar's own; across a cut, the mean of what both sides expect.
    """
    height, width = rows.shape
    tile = exemplar[rows, columns]
    divergence = np.zeros_like(tile)
    for axis in (0, 1):
        slope = _slope(exemplar, rows, columns, tile, axis)
        divergence += slope - np.roll(slope, 1, axis)
    wave_y = 2 - 2 * np.cos(2 * np.pi * np.fft.fftfreq(height)).astype(np.float32)
    wave_x = 2 - 2 * np.cos(2 * np.pi * np.fft.rfftfreq(width)).astype(np.float32)
    gain = wave_y[:, None] + wave_x[None, :] + np.float32(FAITHFULNESS)
    mended = np.empty_like(tile)
    for channel in range(3):
        wanted = FAITHFULNESS * tile[..., channel] - divergence[..., channel]
        mended[..., channel] = np.fft.irfft2(np.fft.rfft2(wanted) / gain, s=(height, width))
    return mended


def _slope(
    exemplar: Floats,
    rows: Indices,
    columns: Indices,
    tile: Floats,
    axis: int,
) -> Floats:
    """The wanted step from each texel to the next along `axis`, (h, w, 3).

    Both texels say what should be between them; at the exemplar's rim one of them does not know.
    """
    step_y, step_x = (1, 0) if axis == 0 else (0, 1)
    height, width = exemplar.shape[:2]
    has_after = (rows + step_y < height) & (columns + step_x < width)
    has_before = (rows >= step_y) & (columns >= step_x)
    after = exemplar[rows + step_y * has_after, columns + step_x * has_after]
    before = exemplar[rows - step_y * has_before, columns - step_x * has_before]
    own = after - tile
    neighbors = np.roll(tile - before, -1, axis)
    voices = has_after.astype(np.float32) + np.roll(has_before, -1, axis)
    return floats((own + neighbors) / np.maximum(voices, 1)[..., None])
