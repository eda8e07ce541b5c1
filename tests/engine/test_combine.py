"""Two tiles become one that still wraps."""

import numpy as np

from tilewright.engine.synthesis.combine import blend, layer, periodic_noise

DARK = np.full((96, 128, 3), 40, np.float32)
LIGHT = np.full((96, 128, 3), 200, np.float32)


def test_noise_wraps() -> None:
    noise = periodic_noise(128, 96, 20, seed=4)
    inner = np.abs(np.diff(noise, axis=1)).max()
    assert np.abs(noise[:, 0] - noise[:, -1]).max() <= inner
    assert np.abs(noise[0] - noise[-1]).max() <= np.abs(np.diff(noise, axis=0)).max()


def test_half_of_a_blend_and_a_third_of_a_layer_show_the_other_picture() -> None:
    assert 0.4 < (blend(DARK, LIGHT, 1) > 120).mean() < 0.6
    assert 0.25 < (layer(DARK, LIGHT, 1) > 120).mean() < 0.45


def test_another_seed_puts_it_elsewhere() -> None:
    assert (blend(DARK, LIGHT, 1) != blend(DARK, LIGHT, 2)).any()
