"""Mending spreads the steps at the cuts and keeps everything else."""

import numpy as np

from tilewright.engine.synthesis.mend import mend


def test_an_exemplar_that_wraps_already_stays_as_it_is() -> None:
    wave = np.sin(np.arange(64) * 2 * np.pi / 32)
    exemplar = np.repeat((128 + 50 * wave[:, None] * wave[None, :])[..., None], 3, 2)
    rows, columns = np.mgrid[:32, :32]
    mended = mend(exemplar.astype(np.float32), rows, columns)
    np.testing.assert_allclose(mended, exemplar[:32, :32], atol=0.01)


def test_a_step_at_the_wrap_becomes_a_slope() -> None:
    ramp = np.repeat(np.linspace(100, 120, 96)[None, :, None], 96, 0).repeat(3, 2)
    rows, columns = np.mgrid[:64, :64]
    before = ramp[:64, :64].astype(np.float32)
    mended = mend(ramp.astype(np.float32), rows, columns)
    step = np.abs(before[:, 0] - before[:, -1]).mean()
    left = np.abs(mended[:, 0] - mended[:, -1]).mean()
    assert left < step / 10


def test_pieces_of_an_almost_flat_surface_show_no_edge() -> None:
    light, dark = np.full((520, 261, 3), 130, np.float32), np.full((520, 261, 3), 120, np.float32)
    rows, columns = np.mgrid[:512, :512]
    columns = np.where(columns < 256, columns + 2, columns + 6)  # two pieces, 10 levels apart
    mended = mend(np.hstack([light, dark]), rows, columns)
    assert np.abs(np.diff(mended, axis=1)).max() < 0.2
    assert mended[:, 128].mean() - mended[:, 384].mean() > 9
