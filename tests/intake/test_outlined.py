"""Each outline bears its number where it is seen to belong, large enough to be read."""

from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image

from tests.intake.pictures import encoded
from tilewright.intake import outlined

GRAY = 128
HOLE = [(0.1, 0.1), (0.7, 0.1), (0.7, 0.9), (0.1, 0.9)]
ALL = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]


def drawn(side: int, *outlines: list[tuple[float, float]]) -> npt.NDArray[np.bool_]:
    """Where a plain gray square has something drawn on it."""
    file = outlined(encoded(Image.new("RGB", (side, side), (GRAY,) * 3), "PNG"), outlines)
    with Image.open(BytesIO(file)) as picture:
        light = np.asarray(picture.convert("L"), np.int16)
    return np.abs(light - GRAY) > 60


def test_a_number_lies_in_what_no_smaller_outline_encloses() -> None:
    marked = drawn(400, ALL, HOLE)

    assert marked[20:380, 292:388].any()  # beside the hole: 1
    inside = np.argwhere(marked[50:350, 50:270])
    assert 0 < np.ptp(inside, axis=0).max() <= 30  # one disk: 2 alone


def test_what_others_cover_whole_has_its_number_all_the_same() -> None:
    left, right = ([(x, 0.0), (x + 0.5, 0.0), (x + 0.5, 1.0), (x, 1.0)] for x in (0.0, 0.5))

    marked = drawn(400, ALL, left, right)

    assert marked[186:214, 186:214].sum() > drawn(400, left, right)[186:214, 186:214].sum()


def test_a_number_on_a_small_photo_is_as_large_as_letters_are() -> None:
    rows = np.flatnonzero(drawn(120, ALL)[20:100, 20:100].any(1))

    assert 20 <= np.ptp(rows) <= 30
