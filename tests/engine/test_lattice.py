"""A tile shows a whole number of what comes again, whatever size is asked for."""

import numpy as np
import pytest

from tests.engine.pictures import floor, old_wall
from tilewright.engine.synthesis.lattice import find_lattices
from tilewright.engine.synthesis.straighten import Straight
from tilewright.engine.synthesis.swatch import Swatch


@pytest.mark.parametrize("wanted", [(500, 500), (683, 384), (590, 442)], ids=["1:1", "16:9", "4:3"])
def test_of_slabs_a_whole_number_is_shown_though_no_such_number_is_seen(
    wanted: tuple[float, float],
) -> None:
    """The surface shows nine slabs of 40 pixels, and twelve to seventeen are wanted."""
    swatch = Swatch(floor(370), Straight(np.eye(3), 370, 370, ""))

    for lattice in find_lattices(swatch, wanted, 3):
        assert abs(lattice.across.x / 40 - round(lattice.across.x / 40)) < 0.1
        assert abs(lattice.down.y / 40 - round(lattice.down.y / 40)) < 0.1
        assert lattice.across.x == pytest.approx(wanted[0], rel=0.1)


@pytest.mark.parametrize("side", [480, 530, 560, 590, 1000, 1100])
def test_a_tile_of_an_old_wall_holds_whole_courses_and_bricks(side: float) -> None:
    """Ten courses of 64 pixels are seen, of bricks of 192. Bricks differ by more than joints do, so
    that half a course more or less is cut as cheaply.
    """
    swatch = Swatch(old_wall(640), Straight(np.eye(3), 640, 640, ""))

    for lattice in find_lattices(swatch, (side, side), 3):
        assert lattice.down.y / 64 == pytest.approx(round(lattice.down.y / 64), abs=0.2)
        assert lattice.across.x / 192 == pytest.approx(round(lattice.across.x / 192), abs=0.2)
        assert lattice.down.y == pytest.approx(side, rel=0.25)
