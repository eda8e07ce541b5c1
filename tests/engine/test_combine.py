"""Two tiles become one that still wraps, and each shows as much as it should."""

import numpy as np
import pytest

from tilewright.engine.synthesis.combine import alone, blend, layer, periodic_noise
from tilewright.engine.synthesis.mixing import Manner, Place

DARK = np.full((96, 128, 3), 40, np.float32)
LIGHT = np.full((96, 128, 3), 200, np.float32)
EXACT = 0.02
"""Of a share: a border takes part of it, since it is soft."""


def test_noise_wraps() -> None:
    noise = periodic_noise(128, 96, 20, seed=4)
    inner = np.abs(np.diff(noise, axis=1)).max()
    assert np.abs(noise[:, 0] - noise[:, -1]).max() <= inner
    assert np.abs(noise[0] - noise[-1]).max() <= np.abs(np.diff(noise, axis=0)).max()


@pytest.mark.parametrize("share", [0.1, 0.35, 0.6])
@pytest.mark.parametrize("way", [*Manner, *Place])
def test_the_other_picture_shows_as_much_as_is_asked(way: Manner | Place, share: float) -> None:
    """Even on what has neither joints nor edges to gather in."""
    base = alone(DARK)
    mixed = (
        blend(base, LIGHT, 1, way, share)
        if isinstance(way, Manner)
        else layer(base, LIGHT, 1, way, share)
    )
    assert mixed.shares == pytest.approx([1 - share, share], abs=EXACT)
    assert (mixed.tile > 120).mean() == pytest.approx(share, abs=EXACT)


def test_another_seed_puts_it_elsewhere() -> None:
    first, second = (blend(alone(DARK), LIGHT, seed, Manner.PATCHES, 0.35).tile for seed in (1, 2))
    assert (first != second).any()
