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

OCTAVES = 3
"""How many are brought back. As log of a factor, each lacks half as much as the finer one: the
second .50 of the first in the calibration, and .5 in scenes whose truth is known."""

TELLS = np.array([3.53, 0.78, -7.63])
"""How what the finest octave lacks is read: a constant, and the weights of what `features` tells.
Least squares over the public tiles, sharp and as a lens, noise and JPEG show them:
`python -m bench.quality.blur`."""

SCATTER = 0.3
"""Standard deviation of that reading, for tiles that it was not fitted to. Less may as well be the
material's own; the more it is, the likelier it is blur (nonnegative garrote, Breiman). By octaves
alone it is .42, and a crisp hedge is taken for a blurred one."""

CLEAREST = 0.4
"""Log of the strength of the finest octave over that of the next, in the public tile that has most.
Blur took no more than would make up for that: what has grain and no edge is sand, not blur."""

STRONGEST = 2.5
"""Most that an octave is raised by: beyond it is more noise than detail."""

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
    seems = max(SCATTER, min(told, steeper + CLEAREST))
    return min(float(np.log(STRONGEST)), seems - SCATTER**2 / seems)


def features(light: Floats) -> tuple[float, float]:
    """What tells blur: by how much the next octave is stronger than the finest, as the log of a
    factor, and how sharp the sharpest edges are, 0 to about 1/2.

    light: (H, W) float32, 0..255, at the photo's own scale. 20 ms a megapixel.
    """
    softer = _softened(light, 0, 1.0)
    softest = _softened(softer, 1, 1.0)
    fine, coarser = ((a - b).std() + FAINTEST for a, b in ((light, softer), (softer, softest)))
    return float(np.log(coarser / fine)), _sharpness(light)


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
    """The same with what it lacks: `lack` in the finest octave, half as much in each coarser one.

    Lightness only: blur of colors is hardly seen, and their noise is. 0.07 s a megapixel.
    """
    if lack == 0:
        return exemplar
    light = _light(exemplar)
    raised = np.zeros_like(light)
    for octave in range(OCTAVES):
        softer = _softened(light, octave, zoom)
        raised += np.float32(np.expm1(lack / 2**octave)) * (light - softer)
        light = softer
    return floats(np.clip(exemplar + raised[..., None], 0, 255))


def _light(picture: Floats) -> Floats:
    return floats(cv2.transform(picture, LUMA))


def _softened(light: Floats, octave: int, zoom: float) -> Floats:
    sigma = FINEST * max(1.0, zoom) * 2**octave
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
