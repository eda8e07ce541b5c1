"""Which places of a surface the lens drew sharply, seen straight on."""

import cv2
import numpy as np

from tilewright.engine.arrays import Floats, Mask, Matrix, Pixels, floats

CLOSER = 4
"""Times larger than the plan is the view in which waves are told apart."""

FINE, MIDDLE = 1.0, (2.0, 4.0)
"""Sigmas, in pixels of that view: of the waves that a lens takes first, and of those it leaves."""

PLACE = 6.0
"""Sigma, in pixels of the plan, of the places that are compared."""

NOISE, FAINT = 1.0, 2.0
"""In squared gray levels: what a camera's noise adds to fine waves, and the power of middle ones
below which there is nothing to be sharp."""

FAINTEST = 0.05
"""The same of fine waves, when noise is taken off."""

TOLD = 0.5
"""Share of the surface of which something must be told."""

SHARPEST = 0.9
"""Quantile of the surface that counts as sharp: one place may be of another grain."""


def sharpness_of(gray: Pixels, matrix: Matrix, plan: Mask) -> Floats:
    """(h, w), how sharp each place of a plan is: the log of a factor, 0 the sharpest, else less.

    gray: (H, W) uint8. matrix: plan → photo pixels. plan: (h, w) bool, the surface seen straight
    on, where all of it is of one grain: what has weaker fine waves for its middle ones is softer,
    or farther away. All 0 where the surface is too smooth to tell. About 0.05 s.
    """
    size = plan.shape[1], plan.shape[0]
    view = floats(
        cv2.warpPerspective(
            gray,
            matrix @ np.diag([1 / CLOSER, 1 / CLOSER, 1.0]),
            (CLOSER * size[0], CLOSER * size[1]),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        )
    )
    inside = floats(cv2.erode(plan.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=0))
    fine = _power(view - _blurred(view, FINE), inside) - NOISE
    middle = _power(_blurred(view, MIDDLE[0]) - _blurred(view, MIDDLE[1]), inside)
    told = (inside > 0) & (middle > FAINT)
    if told.sum() <= TOLD * inside.sum():
        return np.zeros(plan.shape, np.float32)
    ratio = np.log(np.maximum(fine, FAINTEST) / np.maximum(middle, FAINT)) / 2
    return floats(np.minimum(0, ratio - np.quantile(ratio[told], SHARPEST)))


def _power(waves: Floats, inside: Floats) -> Floats:
    """(h, w): the mean square of waves around each place of the plan, of what is inside."""
    squares = cv2.resize(waves * waves, inside.shape[1::-1], interpolation=cv2.INTER_AREA)
    weight = np.maximum(_blurred(inside, PLACE), np.float32(1e-3))
    return floats(_blurred(floats(squares * inside), PLACE) / weight)


def _blurred(values: Floats, sigma: float) -> Floats:
    return floats(cv2.GaussianBlur(values, (0, 0), sigma))
