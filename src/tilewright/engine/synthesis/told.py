"""The surface as the report tells it: outlines in fractions of the photo."""

import cv2
import numpy as np

from tilewright.contract import Alternative, Surface
from tilewright.engine.arrays import Mask
from tilewright.engine.synthesis.surface import Found
from tilewright.engine.synthesis.words import Wish


def told(found: Found, wish: Wish, *, drawn: bool) -> Surface:
    """What the report says of a surface that was found, or drawn."""
    return Surface(
        **_part(found.mask, found.confidence).model_dump(),
        drawn=drawn,
        alternatives=[_part(mask, confidence) for mask, confidence in found.rivals],
        matched=list(wish.matched),
    )


def _part(mask: Mask, confidence: float) -> Alternative:
    return Alternative(
        outline=_outline(mask),
        share=round(float(mask.mean()), 4),
        confidence=round(confidence, 3),
    )


def _outline(mask: Mask) -> list[tuple[float, float]]:
    """The largest contour, simplified to 0.4 % of the photo's long side, in fractions."""
    height, width = mask.shape
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    largest = max(contours, key=cv2.contourArea)
    corners = cv2.approxPolyDP(largest, 0.004 * max(width, height), True)[:, 0, :]
    return [(round(float(x) / width, 4), round(float(y) / height, 4)) for x, y in corners]
