"""Whether anything inside a tile is seen twice by accident: the same piece again, or its mirror."""

import math
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from tilewright.score.plane import Plane, box_mean, plane, shrink, soften, wrap
from tilewright.score.spots import Spots, spots

SIDE = 512
"""The short side that is worked at, in texels: copies survive the averaging, coding noise less."""

FINE, COARSE = 0.6, 5.0
"""Sigmas between which detail is compared, in texels of the shrunk plane."""

CONTRAST_WINDOW = 7.5
"""Sigma of the window in which contrast is made even, so that one dark joint does not decide."""

GRAIN = 0.5
"""L* of contrast that is added before dividing: nothing fainter is compared."""

SPECTRUM_WINDOW = 3.0
"""Sigma, in frequency bins, over which the spectrum is made flat. Regular materials have lines in
it that sink (true shutter: 0.89 to 0.11 of a full copy, rust 0.79 to 0.12), while a copy keeps its
height (2 x 2 repeat 1.00, `sand_hterrain`, which repeats at half a tile, 0.87)."""

NEAR = 16
"""Shifts shorter than 1/16 of the short side are the material's own grain."""

COPY_FROM, COPY_TO = 0.10, 0.90
"""Share of the surface that one shift brings back: under the first it is nothing (18 of 20 true
tiles), over the second the tile is that piece laid twice."""

COPY_WEIGHT = 0.85
"""What a verbatim repeat of the whole surface costs."""

MIRROR_WEIGHT = 0.7
"""What a mirrored copy of the whole surface costs: no plain copy, but it makes ink blots."""

PIECES_FROM, PIECES_TO = 0.12, 0.8
"""Share of spots that have a copy: under the first it is nothing (13 of 20 true tiles; some of the
others were retouched with a clone brush), over the second all do. Tiles quilted from a thirteenth
of their area have 0.6 to 0.8."""

PIECES_WEIGHT = 0.6
"""What it costs if every spot, or each that catches the eye, has a copy that is seen: less than a
verbatim repeat, for small pieces wander."""

SPOTS_FROM, SPOTS_TO = 0.3, 0.9
"""Share of what catches the eye that is a copy: under the first it is nothing (19 of 20 true tiles,
.22 at most; the other repeats at half a tile), at the second each spot is seen ten times."""

NOTICED = 2.3
"""Delta E (CIE76) that is just noticeable. Copies of spots that differ by less, in the mean, are
not recognized: asphalt, sand and concrete have 0.4 to 1, walls and pebbles 3 to 9."""

COLOR_SIDE, SPOT_FROM, SPOT_TO = 128, 80, 13
"""Short side, in texels, of the picture in which that is measured, and the shares of it, one over
so much, that are the sigmas between which it is."""

EQUAL = 0.8
"""A shift that brings back this much of what the strongest does is strong too."""

REGULAR = 24
"""With more strong shifts than this the material itself is regular, a gingham or a weave, and both
weights above count half. A piece laid 5 x 5 times has 24."""

SHIFTS = 128
"""The strongest shifts whose copied spots are mapped. What is shown ten times has 45 of them: with
12, a third was found of what 128 find in walls laid of a few bricks, and no more in true tiles."""

SPOT = 20
"""A spot is 1/20 of the short side wide, and 9 texels or more."""

ALIKE = 0.6
"""Correlation of flattened detail from which two spots are the same: unrelated spots of 25 x 25
texels scatter by 0.04; copies keep 0.96 after WebP q80."""

HALF = 2
"""How many times smaller the map of copied spots is."""

SMALLEST_FOR_SPOTS = 64
"""Below this side, in texels, chance likenesses of spots are too many."""

CHANCE = 5.0
"""Correlations of noise scatter by 1/sqrt(area); its highest peak stays under 5 of these."""


class Repetition(NamedTuple):
    """The mark 0..1 and what it came from.

    copied: share of the surface that the strongest shift brings back. shift: that shift, right and
    down, in fractions of the tile. mirrored: the same share for the mirrored tile. pieces: share of
    spots with a copy elsewhere. striking: the same of the few that catch the eye.
    """

    score: float
    copied: float
    shift: tuple[float, float]
    mirrored: float
    pieces: float
    striking: Spots


def repetition(lab: Plane) -> Repetition:
    """How little of a tile is seen twice. lab: (H, W, 3) float32. 0.2 s at 1024².

    The method is phase correlation of the tile with itself and with its mirror images, with a
    smoothed spectrum, so that what is merely regular hardly counts.
    """
    spectrum = _flat_spectrum(_even_detail(shrink(plane(lab[..., 0]), SIDE)))
    area = spectrum.size
    power = float((np.abs(spectrum) ** 2).sum()) / area
    if power == 0:
        return Repetition(1.0, 0.0, (0.0, 0.0), 0.0, 0.0, Spots(0.0, 1))
    flat = np.fft.ifft2(spectrum).real
    again = np.where(_far(*flat.shape), np.fft.ifft2(np.abs(spectrum) ** 2).real / power, 0)
    top = np.unravel_index(int(again.argmax()), again.shape)
    chance = CHANCE / math.sqrt(area)
    copied = max(0.0, float(again[top]) - chance)
    mirrored = max(0.0, _mirror_peak(spectrum, flat) / power - chance)
    strong = _peaks(again, max(COPY_FROM, EQUAL * float(again[top])))
    pieces = _copied_spots(plane(flat), _peaks(again, chance)[:SHIFTS])
    seen = min(1.0, _contrast(lab) / NOTICED)
    striking = spots(lab)
    again_seen = max(
        seen * _ramp(pieces, PIECES_FROM, PIECES_TO),
        _ramp(striking.again, SPOTS_FROM, SPOTS_TO),
    )
    blame = 0.5 if 2 * len(strong) > REGULAR else 1.0
    score = (
        (1 - blame * COPY_WEIGHT * _ramp(copied, COPY_FROM, COPY_TO))
        * (1 - blame * MIRROR_WEIGHT * _ramp(mirrored, COPY_FROM, COPY_TO))
        * (1 - PIECES_WEIGHT * again_seen)
    )
    shift = (float(top[1] / again.shape[1]), float(top[0] / again.shape[0]))
    return Repetition(round(score, 4), copied, shift, mirrored, pieces, striking)


def _ramp(share: float, least: float, most: float) -> float:
    return min(1.0, max(0.0, (share - least) / (most - least)))


def _contrast(lab: Plane) -> float:
    """How much spots differ from what is around them, in Delta E."""
    small = shrink(lab, COLOR_SIDE)
    side = min(small.shape[:2])
    band = soften(small, side / SPOT_FROM) - soften(small, side / SPOT_TO)
    return math.sqrt(float(np.square(band).sum(axis=2).mean(dtype=np.float64)))


def _even_detail(light: Plane) -> Plane:
    """Band-passed luminance of even contrast, mean 0."""
    band = soften(light, FINE) - soften(light, COARSE)
    even = band / (np.sqrt(soften(band * band, CONTRAST_WINDOW)) + np.float32(GRAIN))
    return plane(even - even.mean(dtype=np.float64))


def _flat_spectrum(detail: Plane) -> NDArray[np.complex128]:
    """The spectrum, divided by its own magnitude smoothed over neighboring frequencies."""
    spectrum = np.fft.fft2(detail.astype(np.float64))
    size = np.abs(spectrum)
    floor = 1e-3 * float(size.max())
    if floor < 1e-6:
        return np.zeros_like(spectrum)
    return spectrum / (soften(plane(size), SPECTRUM_WINDOW).astype(np.float64) + floor)


def _far(height: int, width: int) -> NDArray[np.bool_]:
    """True for shifts that are longer than the grain."""
    down, right = np.arange(height), np.arange(width)
    down, right = np.minimum(down, height - down), np.minimum(right, width - right)
    nearest = max(4, min(height, width) // NEAR)
    return np.asarray(down[:, None] ** 2 + right[None] ** 2 > nearest**2)


def _mirror_peak(spectrum: NDArray[np.complex128], flat: NDArray[np.float64]) -> float:
    """The best match with the tile turned over left to right, or top to bottom."""
    images = (flat[:, ::-1], flat[::-1])
    return max(
        float(np.fft.ifft2(spectrum * np.conj(np.fft.fft2(image))).real.max()) for image in images
    )


def _copied_spots(flat: Plane, shifts: list[tuple[int, int]]) -> float:
    """Share of spots of the flattened detail that come again at one of the shifts."""
    height, width = flat.shape
    if min(height, width) < SMALLEST_FOR_SPOTS:
        return 0.0
    size = max(9, min(height, width) // SPOT | 1) // HALF | 1
    power = box_mean(_halved(flat * flat), size)
    least = np.float32(0.1 * power.mean(dtype=np.float64))
    strength = np.sqrt(np.maximum(power, least))
    likely = np.float32(ALIKE) * strength
    copied = np.zeros(power.shape, dtype=np.bool_)
    for down, right in shifts:
        place = down // HALF, right // HALF
        likeness = box_mean(_halved(flat * np.roll(flat, (down, right), (0, 1))), size)
        same = likeness > likely * np.roll(strength, place, (0, 1))
        copied |= same | np.roll(same, (-place[0], -place[1]), (0, 1))
    return float(copied.mean())


def _halved(product: Plane) -> Plane:
    """Means of `HALF` x `HALF` texels: spots are far larger."""
    size = product.shape[1] // HALF, product.shape[0] // HALF
    return plane(cv2.resize(product, size, interpolation=cv2.INTER_AREA))


def _peaks(again: NDArray[np.float64], least: float) -> list[tuple[int, int]]:
    """The shifts, down and right, of peaks over `least`, strongest first; of opposite ones one."""
    heights = plane(again)
    highest = cv2.dilate(wrap(heights, 2, 2), np.ones((5, 5), np.uint8))[2:-2, 2:-2]
    down, right = np.nonzero((heights >= highest) & (heights > least))
    half = down <= again.shape[0] // 2
    down, right = down[half], right[half]
    order = np.argsort(-heights[down, right], kind="stable")
    return [(int(down[one]), int(right[one])) for one in order]
