"""What the model is shown of the photo, and what of it is known to be the surface."""

from typing import NamedTuple

import cv2
import numpy as np

from tilewright.contract import PhotoRefused, Region, Surface, TileRequest
from tilewright.engine.arrays import Mask, Pixels, pixels
from tilewright.engine.synthesis.drawn import between_corners, drawn_surface, only_inside
from tilewright.engine.synthesis.surface import find_surface
from tilewright.engine.synthesis.told import told
from tilewright.engine.synthesis.words import understand
from tilewright.intake import Photo

LONGEST_STRIP = 8.0
"""Sides, long to short. The model's own rule gives longer ones a side of no more than 4 tokens."""


class Sight(NamedTuple):
    """shown: (H, W, 3) uint8 sRGB, to the model. surface: where it was drawn, or had to be found.
    reference: the surface alone, where it is known.
    """

    shown: Pixels
    surface: Surface | None
    reference: Pixels | None


def look(photo: Photo, request: TileRequest) -> Sight:
    """The photo, or the part of it that was drawn. Finding the surface takes about 1 s.

    Raises `PhotoRefused` for strips.
    """
    wish = understand(request.prompt)
    if request.region is not None:
        found = drawn_surface(request.region, photo.pixels.shape)
        shown = _drawn(photo, request.region, found.mask)
        refuse_strip(shown)
        return Sight(shown, told(found, wish, drawn=True), shown)
    refuse_strip(photo.pixels)
    if not request.match_color:
        return Sight(photo.pixels, None, None)
    found = find_surface(photo.pixels, wish)
    reference = _cut_out(photo.pixels, found.mask)
    return Sight(photo.pixels, told(found, wish, drawn=False), reference)


def refuse_strip(photo: Pixels) -> None:
    """Raise `PhotoRefused` for a photo that the model cannot see whole."""
    height, width = photo.shape[:2]
    if max(width / height, height / width) > LONGEST_STRIP:
        raise PhotoRefused(
            f"{width}x{height} pixels are a strip; the diffusion model sees up to "
            f"{LONGEST_STRIP:g}:1: crop it"
        )


def _drawn(photo: Photo, region: Region, mask: Mask) -> Pixels:
    if region.corners is None:
        return _cut_out(photo.pixels, mask)
    straight = between_corners(region, photo.pixels.shape, photo.focal_ratio)
    size = straight.width, straight.height
    flags = cv2.INTER_AREA | cv2.WARP_INVERSE_MAP
    return pixels(cv2.warpPerspective(photo.pixels, straight.to_photo, size, flags=flags))


def _cut_out(photo: Pixels, mask: Mask) -> Pixels:
    """The rectangle around the mask, with what is outside of it in its nearest colors."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    around = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    return only_inside(photo[around], mask[around])
