"""A seam that shows all the same is cut anew, as the other engine cuts a photo."""

from typing import NamedTuple

import numpy as np

from tilewright.engine.arrays import Floats, pixels
from tilewright.engine.finish import HIDDEN, seam_along
from tilewright.engine.stages import Progress, Stages
from tilewright.engine.synthesis.mend import mend
from tilewright.engine.synthesis.straighten import Straight
from tilewright.engine.synthesis.swatch import Swatch
from tilewright.engine.synthesis.weave import Order, lay_out
from tilewright.score import score_tile


class Seams(NamedTuple):
    """The tile, the seam scores across and down that it was painted with, and whether it was
    healed.
    """

    tile: Floats
    before: tuple[float, float]
    healed: bool


def see_to_seams(
    tile: Floats, axes: str, seed: int, progress: Progress, border: tuple[int, int] = (0, 0)
) -> Seams:
    """Measure the wraps along `axes`, and heal them if one shows. 0.5 s a megapixel, 4 s with it.

    tile: (h, w, 3) float32 sRGB, 0..255. border: the row and the column before which it is to be
    looked at and cut; on a torus any will do, and a seam is likeliest where the model's grid ended.
    """
    laid = np.roll(tile, (-border[0], -border[1]), (0, 1))
    score = score_tile(pixels(laid))
    before = score.across.score, score.down.score
    if seam_along(axes, score) >= HIDDEN:
        return Seams(tile, before, False)
    anew = _cut_anew(laid, seed, progress)
    if seam_along(axes, score_tile(pixels(anew))) <= seam_along(axes, score):
        return Seams(tile, before, False)
    return Seams(np.roll(anew, border, (0, 1)), before, True)


def _cut_anew(tile: Floats, seed: int, progress: Progress) -> Floats:
    """The same picture with both wraps where they show least."""
    whole = pixels(tile)
    height, width = whole.shape[:2]
    swatch = Swatch(whole, Straight(np.eye(3), width, height, "as it is"))
    stages = Stages(lambda _, done: progress(done), [("heal", 1.0)])
    layout, _ = lay_out(swatch, Order((width, height), seed), stages)
    return mend(layout.exemplar, layout.rows, layout.columns)
