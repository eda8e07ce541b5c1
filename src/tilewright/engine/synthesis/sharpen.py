"""What the lens took from fine detail is brought back, where it lacks.

Seen straight on and in focus, surfaces have nearly as much detail in one octave as in the next, and
an edge here and there that is as sharp as pixels can show. Where the finest of a photo lack, and no
edge is sharp, that is blur: the detail is there, only weaker.
"""

import cv2
import numpy as np

from tilewright.engine.arrays import Floats, floats
from tilewright.engine.synthesis.light import LUMA

FINEST = 0.7
"""Sigma, in photo pixels, of the blur that takes the finest octave away; each next is twice it."""

AT_FINEST, FALL = 1.8, 1.2
"""What the finest waves that pixels show lack, as log of a factor, over what their octave does, and
by what power of their frequency longer waves lack less. Read from rendered scenes whose truth is
known: 2 and 1.5 fit the finest waves better, and these what all octaves lack."""

TELLS = np.array([3.53, 0.78, -7.63])
"""How what the finest octave lacks is read: a constant, and the weights of what `features` tells.
Least squares over the public tiles, sharp and as a lens, noise and JPEG show them:
`python -m bench.quality.blur`."""

SLOPE, BAND, BINS = 1.35, (0.06, 0.46), 20
"""By what power of the frequency waves of what is in focus are weaker, between these frequencies:
the truths of rendered scenes, at the scale of their photos, so lack nothing in the mean."""

SCATTER, FIRM = 0.3, 4
"""Standard deviation of that reading, for tiles that it was not fitted to. Less may as well be the
material's own; the more it is, the likelier it is blur, and from twice as much on it is nearly all
believed (nonnegative garrote, Breiman, of a higher power). By octaves alone it is .42, and a crisp
hedge is taken for a blurred one."""

CLEAREST = 0.4
"""Log of the strength of the finest octave over that of the next, in the public tile that has most.
Blur took no more than would make up for that: what has grain and no edge is sand, not blur."""

STRONGEST = 2.5
"""Most that the finest octave is raised by: beyond it is more noise than detail."""

MARGIN = 16
"""Texels around the picture, mirrored, so that its far side does not shine through."""

MEASURED = 1024
"""Texels each way, in the middle, that are measured; how much detail there is hardly varies."""

FAINTEST = 1e-3
"""Gray levels; a picture of one color has no detail."""

REACH, PEAK = 9, 5
"""Pixels each way over which the contrast at an edge is taken, and where it must be steepest."""

LOW = 0.6
"""Share of places whose contrast is too low for an edge."""

SHARPEST, PARTS = 0.99, 3
"""Share of edges that are less sharp than those that tell, in each of 3 x 3 parts: one end of a
surface that recedes may be sharper than the other."""


def lacking(exemplar: Floats, zoom: float) -> float:
    """What blur took of the finest octave, as the log of a factor; 0 where it is not sure.

    exemplar: (H, W, 3) float32 sRGB, 0..255. zoom: its texels per photo pixel.
    """
    light = _as_photographed(_light(_middle(exemplar)), zoom)
    steeper, sharpness = features(light)
    told = float(TELLS @ np.array([1.0, steeper, sharpness]))
    seems = max(SCATTER, min(told, steeper + CLEAREST, _bent(light)))
    return min(float(np.log(STRONGEST)), seems * (1 - (SCATTER / seems) ** FIRM))


def features(light: Floats) -> tuple[float, float]:
    """What tells blur: by how much the next octave is stronger than the finest, as the log of a
    factor, and how sharp the sharpest edges are, 0 to about 1/2.

    light: (H, W) float32, 0..255, at the photo's own scale. 20 ms a megapixel.
    """
    softer = _softened(light, 0)
    softest = _softened(softer, 1)
    fine, coarser = ((a - b).std() + FAINTEST for a, b in ((light, softer), (softer, softest)))
    return float(np.log(coarser / fine)), _sharpness(light)


def _bent(light: Floats) -> float:
    """What the finest octave lacks by how the spectrum bends down: blur does that, and a rough or
    a smooth material does not. By itself it takes a hedge for blurred; the least told is believed.
    """
    height, width = light.shape
    window = floats(np.outer(np.hanning(height), np.hanning(width)))
    power = np.abs(np.fft.rfft2((light - light.mean()) * window)) ** 2
    waves = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None])
    edges = np.linspace(*BAND, BINS + 1)
    places = np.digitize(waves.ravel(), edges)
    counts = np.bincount(places, minlength=BINS + 2)[1:-1]
    sums = np.bincount(places, power.ravel(), BINS + 2)[1:-1]
    middle = (edges[1:] + edges[:-1]) / 2
    strength = 0.5 * np.log((sums + FAINTEST) / np.maximum(counts, 1))
    straight = strength + SLOPE * np.log(middle)
    return float(-np.polyfit((2 * middle) ** FALL, straight, 1)[0] / AT_FINEST)


def _sharpness(light: Floats) -> float:
    """The step from pixel to pixel at the sharpest edges, as a share of the contrast around."""
    across, down = (cv2.Sobel(light, cv2.CV_32F, *way, scale=1 / 8) for way in ((1, 0), (0, 1)))
    slope = cv2.magnitude(across, down)
    around = np.ones((REACH, REACH), np.uint8)
    contrast = cv2.dilate(light, around) - cv2.erode(light, around)
    steepest = slope == cv2.dilate(slope, np.ones((PEAK, PEAK), np.uint8))
    edges = steepest & (contrast > np.quantile(contrast, LOW))
    sharpness = np.where(edges, slope / (contrast + 1), np.nan)
    parts = [
        part for row in np.array_split(sharpness, PARTS) for part in np.array_split(row, PARTS, 1)
    ]
    told = [np.nanquantile(part, SHARPEST) for part in parts if not np.isnan(part).all()]
    return float(np.mean(told)) if told else 0.5


def sharpened(exemplar: Floats, zoom: float, lack: float) -> Floats:
    """The same with what it lacks: `lack` in the finest octave, and less in each coarser one.

    Lightness only: blur of colors is hardly seen, and their noise is. 0.06 s a megapixel.
    """
    if lack == 0:
        return exemplar
    light = _light(exemplar)
    height, width = light.shape
    tall, wide = (cv2.getOptimalDFTSize(side + 2 * MARGIN) for side in light.shape)
    edges = MARGIN, tall - height - MARGIN, MARGIN, wide - width - MARGIN
    padded = cv2.copyMakeBorder(light, *edges, cv2.BORDER_REFLECT)
    spectrum = np.fft.rfft2(padded) * _gain(tall, wide, zoom, lack)
    whole = np.fft.irfft2(spectrum, padded.shape)
    raised = floats(whole[MARGIN : MARGIN + height, MARGIN : MARGIN + width]) - light
    return floats(np.clip(exemplar + raised[..., None], 0, 255))


def _gain(height: int, width: int, zoom: float, lack: float) -> Floats:
    """(height, width // 2 + 1): what each wave is raised by, as a factor."""
    down, across = floats(np.fft.fftfreq(height)), floats(np.fft.rfftfreq(width))
    waves = np.hypot(down[:, None], across[None]) * np.float32(2 * max(1.0, zoom))
    return floats(np.exp(np.float32(AT_FINEST * lack) * np.minimum(waves, 1) ** np.float32(FALL)))


def _light(picture: Floats) -> Floats:
    return floats(cv2.transform(picture, LUMA))


def _softened(light: Floats, octave: int) -> Floats:
    sigma = FINEST * 2**octave
    return floats(cv2.GaussianBlur(light, (0, 0), sigma, borderType=cv2.BORDER_REFLECT))


def _as_photographed(light: Floats, zoom: float) -> Floats:
    """At the photo's own scale, where it was enlarged."""
    if zoom <= 1:
        return light
    size = max(8, round(light.shape[1] / zoom)), max(8, round(light.shape[0] / zoom))
    return floats(cv2.resize(light, size, interpolation=cv2.INTER_CUBIC))


def _middle(picture: Floats) -> Floats:
    height, width = picture.shape[:2]
    top, left = max(0, height - MEASURED) // 2, max(0, width - MEASURED) // 2
    return picture[top : top + MEASURED, left : left + MEASURED]
