"""A tile shows a whole number of what comes again, whatever size is asked for."""

import numpy as np
import pytest

from tests.engine.pictures import floor
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
