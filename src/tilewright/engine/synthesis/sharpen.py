"""What the lens took from fine detail is brought back, where it lacks.

Seen straight on and in focus, surfaces have nearly as much detail in one octave as in the next.
Where the finest of a photo lack, that is blur: the detail is there, only weaker.
"""

import cv2
import numpy as np

from tilewright.engine.arrays import Floats, floats
from tilewright.engine.synthesis.swatch import LUMA

FINEST = 0.7
"""Sigma, in photo pixels, of the blur that takes the finest octave away; each next is twice it."""

OCTAVES = 3
"""How many are brought back."""

USUAL = np.array([0.036, 0.11])
"""Log of the strength of the two finest octaves over that of the next coarser one: means of the
20 public tiles at their own size."""

TELLS = np.array([1.6, 0.8])
"""How blur is read from those two: in scenes whose truth is known each octave lacks about half as
much as the finer one (in the median .80, .40 and .18), so they are off by a half and a quarter of
what the finest lacks. Weights of least squares."""

SCATTER = 0.5
"""Standard deviation of what the finest octave of the public tiles seems to lack. Less may as well
be the material's own; the more it is, the likelier it is blur (nonnegative garrote, Breiman)."""

STRONGEST = 2.5
"""Most that an octave is raised by: beyond it is more noise than detail."""

MEASURED = 1024
"""Texels each way, in the middle, that are measured; how much detail there is hardly varies."""

FAINTEST = 1e-3
"""Gray levels; a picture of one color has no detail."""


def lacking(exemplar: Floats, zoom: float) -> float:
    """What blur took of the finest octave, as the log of a factor; 0 where it is not sure.

    exemplar: (H, W, 3) float32 sRGB, 0..255. zoom: its texels per photo pixel.
    """
    light = _light(_middle(exemplar))
    strength = []
    for octave in range(OCTAVES):
        softer = _softened(light, octave, zoom)
        strength.append(np.log((light - softer).std() + FAINTEST))
        light = softer
    seems = max(SCATTER, float(TELLS @ (USUAL + np.diff(strength))))
    return min(float(np.log(STRONGEST)), seems - SCATTER**2 / seems)


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


def _middle(picture: Floats) -> Floats:
    height, width = picture.shape[:2]
    top, left = max(0, height - MEASURED) // 2, max(0, width - MEASURED) // 2
    return picture[top : top + MEASURED, left : left + MEASURED]
