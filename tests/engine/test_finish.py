"""The border of a file lies where it is like most other lines of the tile."""

import numpy as np

from tilewright.engine.arrays import floats
from tilewright.engine.finish import calmly_rolled


def test_a_rough_line_in_a_calm_part_is_no_border() -> None:
    random = np.random.default_rng(2)
    rough = random.normal(128, 20, (120, 200))
    calm = random.normal(128, 2, (120, 200))
    calm[np.arange(120) // 4 % 2 == 0] += 30
    tile = np.repeat(np.concatenate([rough, calm])[..., None], 3, axis=2)
    rolled = floats(calmly_rolled(floats(tile), axes="y"))
    steps = np.abs(rolled - np.roll(rolled, 1, axis=0)).mean(axis=(1, 2))
    assert steps[0] < np.median(steps)
