"""What is a tile already comes back nearly unchanged."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from tests.engine.pictures import WALL_PROMPT, brick_wall, encoded, example
from tests.engine.test_synthesis import SMALL, run
from tilewright.engine.arrays import Pixels
from tilewright.engine.synthesis.already import is_tile, resized
from tilewright.score.fidelity import likeness
from tilewright.score.plane import to_lab


def opened(data: bytes) -> Pixels:
    with Image.open(BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


def apart(one: Pixels, other: Pixels) -> float:
    """Mean difference in levels at the shift where both agree best."""
    spectra = [np.fft.rfft2(picture.mean(axis=2) - picture.mean()) for picture in (one, other)]
    again = np.fft.irfft2(np.conj(spectra[0]) * spectra[1], s=one.shape[:2])
    shift = np.unravel_index(int(again.argmax()), again.shape)
    moved = np.roll(other, (-int(shift[0]), -int(shift[1])), (0, 1))
    return float(np.abs(one.astype(int) - moved).mean())


@pytest.fixture(scope="module")
def tile() -> bytes:
    return run(example("oak_leaves"), "leaves", image_format="png", width=512, height=512).data


def test_a_tile_comes_back(tile: bytes) -> None:
    again = run(tile, "leaves", image_format="png", width=512, height=512)
    assert apart(opened(tile), opened(again.data)) == 0
    assert "it is a tile already" in again.report.straightened
    assert (
        "it is a tile already"
        in run(tile, "leaves", seed=3, width=512, height=512).report.straightened
    )


def test_a_tile_comes_back_at_another_size(tile: bytes) -> None:
    larger = opened(run(tile, "leaves", image_format="png").data)
    back = resized(larger, (512, 512)).round().astype(np.uint8)
    assert larger.shape == (1024, 1024, 3)
    assert apart(opened(tile), back) < 4
    assert likeness(to_lab(back), to_lab(opened(tile))).score > 0.9


def test_a_photo_or_a_crop_of_a_tile_is_none(tile: bytes) -> None:
    everywhere = np.ones((512, 512), np.bool_)
    whole = opened(tile)
    assert is_tile(whole, everywhere, (1024, 1024))
    assert not is_tile(whole, everywhere, (1376, 768))
    assert not is_tile(whole[:400, :400], everywhere[:400, :400], (1024, 1024))
    assert not is_tile(brick_wall(512, 512, (60, 22)), everywhere, (1024, 1024))
    assert (
        "already"
        not in run(encoded(brick_wall(240, 180)), WALL_PROMPT, **SMALL).report.straightened
    )
