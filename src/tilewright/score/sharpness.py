"""How sharp a picture is: blur and enlargement weaken its finest waves and every edge.

Seen straight on and in focus, surfaces have nearly as much detail in one octave as in the next, and
an edge here and there that is as sharp as pixels can show. Where the finest lack, and no edge is
sharp, that is blur.
"""

import math

import cv2
import numpy as np

from tilewright.score.fidelity import Tolerance
from tilewright.score.plane import Plane, plane

FINEST = 0.7
"""Sigma, in photo pixels, of the blur that takes the finest octave away; each next is twice it."""

TELLS = np.array([3.53, 0.78, -7.63])
"""How what the finest octave lacks is read: a constant, and the weights of what `features` tells.
Least squares over the public tiles, sharp and as a lens, noise and JPEG show them:
`python -m bench.quality.blur`."""

CLEAREST = 0.4
"""Log of the strength of the finest octave over that of the next, in the public tile that has most.
Blur took no more than would make up for that: what has grain and no edge is sand, not blur."""

SOFT = Tolerance(0.65, 1.5)
"""In logs of what the finest octave lost. Of 20 true tiles, as WebP, 19 have full marks and burlap
.87. In the median: blurred by 1 texel .52, by 2 .16; enlarged twice .61, 3 times .30, 4 times .18,
6 times .09; as PNG and JPEG nearly the same."""

SMALLER, LEAST = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0), 64
"""How many times smaller it is looked at, while so many texels are left each way."""

SURE = 0.3
"""How much more than is free must be lost, for a smaller look to be taken, and to be believed: what
was enlarged twice has lost it."""

MEASURED = 1024
"""Texels each way, in the middle, that are measured; how much detail there is hardly varies."""

FAINTEST = 1e-3
"""Gray levels; a picture of one color has no detail."""

NOISE, FAINT = 0.4, 0.1
"""Gray levels: what whole numbers and WebP at 95 put into an octave of what is plain (.2 to .5),
and what counts as nothing once that is taken off. The finest of true tiles has 3.6 and more."""

REACH, PEAK = 9, 5
"""Pixels each way over which the contrast at an edge is taken, and where it must be steepest."""

LOW = 0.6
"""Share of places whose contrast is too low for an edge."""

SHARPEST, PARTS = 0.99, 3
"""Share of edges that are less sharp than those that tell, in each of 3 x 3 parts: one end of a
surface that recedes may be sharper than the other."""


def sharpness(lab: Plane) -> float:
    """1: as sharp as texels can show; less: the picture is out of focus, or was enlarged.

    lab: (H, W, 3) float32 Lab. 40 ms for a megapixel and more that is sharp, 90 ms that is not.
    What was enlarged much has nothing left in its finest octaves but what rounding and a codec put
    there. So where they are soft, or empty, it is looked at smaller, too: as much softer as that.
    """
    light = plane(middle(lab)[..., 0] * np.float32(255 / 100))
    found, soft = 1.0, 1.0
    for times in SMALLER:
        seen = _smaller(light, times)
        if soft == 0 or (times > 1 and min(seen.shape) < LEAST):
            break
        lost, empty = _lost(seen)
        here = min(1.0, max(0.0, (lost - SOFT.free) / SURE))
        found = min(found, SOFT.mark(lost + here * math.log(times)) ** soft)
        soft = soft if empty else min(soft, here)
    return round(found, 4)


def _smaller(light: Plane, times: float) -> Plane:
    size = round(light.shape[1] / times), round(light.shape[0] / times)
    return plane(cv2.resize(light, size, interpolation=cv2.INTER_AREA))


def _lost(light: Plane) -> tuple[float, bool]:
    """What blur took of the finest octave, as the log of a factor, and whether nothing is left."""
    octaves = _octaves(light)
    read = float(TELLS @ np.array([1.0, _steeper(*octaves), _steepest(light)]))
    clean = [math.sqrt(max(octave**2 - NOISE**2, FAINT**2)) for octave in octaves]
    return min(read, _steeper(*clean) + CLEAREST), clean[0] == FAINT


def middle(picture: Plane) -> Plane:
    """The part of a picture, (H, W, ...), that is measured."""
    top, left = (max(0, side - MEASURED) // 2 for side in picture.shape[:2])
    return picture[top : top + MEASURED, left : left + MEASURED]


def features(light: Plane) -> tuple[float, float]:
    """What tells blur: by how much the next octave is stronger than the finest, as the log of a
    factor, and how sharp the sharpest edges are, 0 to about 1/2.

    light: (H, W) float32, 0..255, at the photo's own scale. 20 ms a megapixel.
    """
    return _steeper(*_octaves(light)), _steepest(light)


def _steeper(fine: float, coarser: float) -> float:
    return float(np.log(coarser / fine))


def _octaves(light: Plane) -> tuple[float, float]:
    """How strong the finest octave is, and the next."""
    softer = _softened(light, 0)
    softest = _softened(softer, 1)
    return float((light - softer).std()) + FAINTEST, float((softer - softest).std()) + FAINTEST


def _steepest(light: Plane) -> float:
    """The step from pixel to pixel at the sharpest edges, as a share of the contrast around."""
    across, down = (cv2.Sobel(light, cv2.CV_32F, *way, scale=1 / 8) for way in ((1, 0), (0, 1)))
    slope = cv2.magnitude(across, down)
    around = np.ones((REACH, REACH), np.uint8)
    contrast = cv2.dilate(light, around) - cv2.erode(light, around)
    peaks = slope == cv2.dilate(slope, np.ones((PEAK, PEAK), np.uint8))
    edges = peaks & (contrast > np.quantile(contrast, LOW))
    share = np.where(edges, slope / (contrast + 1), np.nan)
    parts = [part for row in np.array_split(share, PARTS) for part in np.array_split(row, PARTS, 1)]
    told = [np.nanquantile(part, SHARPEST) for part in parts if not np.isnan(part).all()]
    return float(np.mean(told)) if told else 0.5


def _softened(light: Plane, octave: int) -> Plane:
    sigma = FINEST * 2**octave
    return plane(cv2.GaussianBlur(light, (0, 0), sigma, borderType=cv2.BORDER_REFLECT))
