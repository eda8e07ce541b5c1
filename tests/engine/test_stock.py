"""A tile larger than the swatch is laid from all of the surface, and from nothing but it."""

import numpy as np
import pytest

from tests.engine.pictures import grass
from tilewright.engine.arrays import Mask, Pixels
from tilewright.engine.stages import Stages
from tilewright.engine.synthesis.keep import Layout
from tilewright.engine.synthesis.straighten import Straight
from tilewright.engine.synthesis.swatch import Swatch
from tilewright.engine.synthesis.weave import Order, lay_out

SIZE = 320


def laid(
    photo: Pixels, kept: Mask, side: int, size: int = SIZE, ticks: list[float] | None = None
) -> Layout:
    """A tile of a photo whose largest rectangle is a square of its top left corner."""
    told = [] if ticks is None else ticks
    swatch = Swatch(photo, Straight(np.eye(3), side, side, "", kept))
    stages = Stages(lambda _stage, fraction: told.append(fraction), [("lay it out", 1.0)])
    return lay_out(swatch, Order((size, size), 5), stages)[0]


def test_pieces_come_from_around_the_swatch_but_from_no_hole() -> None:
    photo, kept = grass(400, 400), np.ones((400, 400), np.bool_)
    for top, left in ((180, 60), (60, 180), (300, 300)):
        photo[top : top + 20, left : left + 20] = (255, 0, 255)
        kept[top - 2 : top + 22, left - 2 : left + 22] = False
    layout = laid(photo, kept, 160)
    tile = layout.exemplar[layout.rows, layout.columns]

    inside = (layout.rows < 160) & (layout.columns < 160)
    assert inside.mean() < 0.6
    assert (tile[..., 0] - tile[..., 1]).max() < 100


def test_what_looks_otherwise_than_the_swatch_is_left_out() -> None:
    photo, kept = grass(400, 400), np.ones((400, 400), np.bool_)
    photo[:, 250:] = np.clip(photo[:, 250:] + np.array([70.0, 20.0, 40.0]), 0, 255)
    layout = laid(photo, kept, 160)

    assert layout.columns.max() < 260


def test_a_swatch_that_is_a_little_too_small_is_enlarged_and_kept_whole() -> None:
    photo, kept = grass(330, 330), np.ones((330, 330), np.bool_)

    assert laid(photo, kept, 330).pieces == 1
    assert laid(photo, kept, 250).pieces > 1


@pytest.mark.parametrize("size", [SIZE, 1536])
def test_a_lattice_that_several_shifts_lead_to_is_laid_once(size: int) -> None:
    ticks: list[float] = []
    layout = laid(grass(400, 400), np.ones((400, 400), np.bool_), 160, size, ticks)

    assert layout.pieces > 1
    # the stage and the lattice begin, then each piece is laid, and chosen once more
    assert len(ticks) == 2 + 2 * layout.pieces
