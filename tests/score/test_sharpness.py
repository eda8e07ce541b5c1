"""A tile that is soft is called soft, however good its seam."""

from io import BytesIO

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.score.textures import PHOTOS, Pixels, bricks, gingham, grain, photo
from tilewright.score import score_tile


def sharpness(picture: Pixels) -> float:
    found = score_tile(picture).sharpness
    assert found is not None
    return found


def enlarged(picture: Pixels, times: int) -> Pixels:
    part = picture[: picture.shape[0] // times, : picture.shape[1] // times]
    return np.asarray(
        cv2.resize(part, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC), np.uint8
    )


def blurred(picture: Pixels, sigma: float) -> Pixels:
    """Out of focus, on the torus."""
    wide = cv2.copyMakeBorder(picture, 16, 16, 16, 16, cv2.BORDER_WRAP)
    return np.asarray(cv2.GaussianBlur(wide, (0, 0), sigma)[16:-16, 16:-16], np.uint8)


def as_webp(picture: Pixels, quality: int = 95) -> Pixels:
    file = BytesIO()
    Image.fromarray(picture).save(file, "WEBP", quality=quality)
    return np.asarray(Image.open(file).convert("RGB"))


@pytest.mark.parametrize("picture", [bricks(), gingham(), grain(), *map(photo, PHOTOS)])
def test_what_is_as_fine_as_texels_show_is_sharp_also_as_webp(picture: Pixels) -> None:
    assert sharpness(picture) > 0.95
    assert sharpness(as_webp(picture)) > 0.95


@pytest.mark.parametrize("name", PHOTOS)
def test_the_more_a_photo_is_enlarged_or_blurred_the_less_sharp_it_is(name: str) -> None:
    crisp = photo(name)
    assert sharpness(crisp) > sharpness(enlarged(crisp, 2)) > sharpness(enlarged(crisp, 3))
    assert sharpness(crisp) > sharpness(blurred(crisp, 1)) > sharpness(blurred(crisp, 2))
    much = [sharpness(enlarged(crisp, times)) for times in (3, 6, 12)]
    assert 0.5 > much[0] > much[1] > much[2]
    assert sharpness(as_webp(enlarged(crisp, 3))) < 0.5
    assert sharpness(as_webp(blurred(crisp, 2))) < 0.5


@pytest.mark.parametrize("name", PHOTOS)
@pytest.mark.parametrize("quality", [95, 80, 50])
def test_what_a_codec_leaves_does_not_pass_for_detail(name: str, quality: int) -> None:
    soft = enlarged(photo(name), 4)
    assert sharpness(as_webp(soft, quality)) < sharpness(soft) + 0.2


def test_a_blurred_tile_that_wraps_and_repeats_nothing_is_not_called_good() -> None:
    found = score_tile(blurred(bricks(), 2))
    assert found.seam > 0.9
    assert found.overall < 0.75
    assert "The tile is soft, as what is out of focus or was enlarged." in found.words


def test_one_color_is_not_soft() -> None:
    assert sharpness(np.full((64, 64, 3), 120, np.uint8)) == 1


def test_the_smallest_tile_is_measured() -> None:
    assert 0 <= sharpness(bricks()[:16, :16]) <= 1
