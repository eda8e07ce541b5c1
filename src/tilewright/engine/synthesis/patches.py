"""A photo as a few thousand small patches, each of one look: what regions are put together from."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from tilewright.engine.arrays import Floats, Pixels, floats
from tilewright.engine.lab import lab_features

SMALL_SIDE = 512
"""Long side of the picture in which regions are sought. At 320 a tower of a twentieth of the photo
had no region of its own; from 512 to 576 little more was found (37 public surfaces: a pure region
of a third of the surface or more for 70 % at 320, 84 % at 448, 86 % at 576)."""

GRAIN_SIDE = 960
"""Long side of the picture in which fine texture is measured."""

CELL = 9
"""Side of a patch in the small picture, in pixels. 8 found no more and cost a quarter more."""

GRAIN_WEIGHT = 9.0
"""Delta E that one unit of log texture strength is worth when regions are compared."""

Labels = NDArray[np.int32]
Doubles = NDArray[np.float64]


class Patches(NamedTuple):
    """labels: (h, w) int32, the patch at each pixel of the small picture. For each of n patches:
    sizes (n,) pixels, means (n, 7) of the features, squares (n, 7) the means of their squares,
    x, y (n,) centers in fractions of the photo.
    features: (h, w, 7) float32, Lab, log strength of three texture bands, chroma texture; Delta E.
    edges: (n, 3), how strong all edges in a patch are together, and the same as complex numbers
    turned by four times each one's direction: edges along two directions at right angles add up,
    edges in all directions cancel.
    """

    labels: Labels
    sizes: Doubles
    means: Doubles
    squares: Doubles
    x: Doubles
    y: Doubles
    features: Floats
    edges: Doubles


def patches_of(photo: Pixels) -> Patches:
    """Cut a photo, (H, W, 3) uint8 sRGB, into patches. About 0.15 s."""
    middle = _shrink(photo.astype(np.float32), min(1.0, GRAIN_SIDE / max(photo.shape[:2])))
    lab = lab_features(middle)
    features = _features(lab)
    labels = _watershed(features)
    height, width = labels.shape
    flat = labels.ravel()
    sizes = np.bincount(flat).astype(np.float64)

    def mean(values: NDArray[np.floating]) -> Doubles:
        return np.asarray(np.bincount(flat, values.ravel(), len(sizes)) / sizes)

    channels = np.moveaxis(features.astype(np.float64), 2, 0)
    rows, columns = np.mgrid[:height, :width].astype(np.float64)
    return Patches(
        labels,
        sizes,
        np.stack([mean(channel) for channel in channels], 1),
        np.stack([mean(channel**2) for channel in channels], 1),
        mean(columns) / width,
        mean(rows) / height,
        features,
        np.stack([mean(values) * sizes for values in _edges(lab[..., 0], (width, height))], 1),
    )


def grain_of(means: Doubles) -> Doubles:
    """(n,): log strength of fine texture, from (n, 7) features."""
    return np.asarray(means[:, 3:6].mean(axis=1) / GRAIN_WEIGHT)


def _edges(light: Floats, size: tuple[int, int]) -> list[Floats]:
    """Strength of the edges, and the same turned by four times their angle, at `size`."""
    smooth = cv2.GaussianBlur(light, (0, 0), 1.0)
    across, down = cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    strength = np.maximum(cv2.magnitude(across, down), np.float32(1e-6))
    twice = (across + 1j * down) ** 2
    turned = twice**2 / strength**3
    return [
        floats(cv2.resize(values, size, interpolation=cv2.INTER_AREA))
        for values in (strength, floats(turned.real), floats(turned.imag))
    ]


def _features(lab: Floats) -> Floats:
    """(h, w, 7) from the (H, W, 3) Lab of the picture in which fine texture is measured."""
    small_zoom = min(1.0, SMALL_SIDE / max(lab.shape[:2]))
    size = (round(lab.shape[1] * small_zoom), round(lab.shape[0] * small_zoom))
    bands = []
    previous = lab
    for sigma in (1.0, 2.2, 4.8):
        blurred = floats(cv2.GaussianBlur(lab, (0, 0), sigma))
        detail = np.abs(previous - blurred)
        bands.append(np.log(0.4 + _mean_around(detail[..., 0], 3 / small_zoom, size)))
        previous = blurred
    chroma = np.log(0.4 + _mean_around(detail[..., 1] + detail[..., 2], 3 / small_zoom, size))
    color = _mean_around(lab, 1 / small_zoom, size)
    grain = np.stack([*bands, chroma], axis=-1) * np.float32(GRAIN_WEIGHT)
    return np.concatenate([color, grain], axis=-1).astype(np.float32)


def _mean_around(values: Floats, sigma: float, size: tuple[int, int]) -> Floats:
    blurred = cv2.GaussianBlur(values, (0, 0), sigma)
    return floats(cv2.resize(blurred, size, interpolation=cv2.INTER_AREA))


def _shrink(colors: Floats, zoom: float) -> Floats:
    if zoom >= 1.0:
        return colors
    return floats(cv2.resize(colors, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA))


def _watershed(features: Floats) -> Labels:
    """Watershed from a grid of seeds (waterpixels; Machairas et al. 2015). (h, w) int32 from 0."""
    height, width = features.shape[:2]
    picture = np.clip(features[..., :3] * [2.0, 1.5, 1.5] + [20, 128, 128], 0, 255).astype(np.uint8)
    seeds = np.zeros((height, width), np.int32)
    rows = np.arange(CELL // 2, height, CELL)
    columns = np.arange(CELL // 2, width, CELL)
    count = len(rows) * len(columns)
    numbers = np.arange(1, count + 1).reshape(len(rows), -1)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            seeds[
                np.ix_(np.clip(rows + dy, 0, height - 1), np.clip(columns + dx, 0, width - 1))
            ] = numbers
    labels = cv2.watershed(picture, seeds)
    while (labels <= 0).any():
        grown = cv2.dilate(labels.astype(np.float32), np.ones((3, 3), np.uint8)).astype(np.int32)
        labels = np.where(labels <= 0, grown, labels)
    return np.asarray(labels - 1, np.int32)
