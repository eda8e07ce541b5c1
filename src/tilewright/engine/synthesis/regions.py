"""A photo as a tree of regions: superpixels, merged pair by pair, the most alike first."""

import heapq
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from tilewright.engine.synthesis.arrays import Floats, Mask, Pixels, floats
from tilewright.engine.synthesis.lab import lab_features

SMALL_SIDE = 320
"""Long side of the picture in which regions are sought: 0.1 s, and an edge is right to 3 pixels
of a 1024 pixel photo, which the erosion afterwards takes off."""

GRAIN_SIDE = 960
"""Long side of the picture in which fine texture is measured."""

CELL = 9
"""Side of a superpixel in the small picture, in pixels."""

SMALLEST_SHARE = 0.012
"""Regions below this share of the photo are no candidates: at 1024x768 it is 97x97 pixels."""

GRAIN_WEIGHT = 9.0
"""Delta E that one unit of log texture strength is worth when regions are compared."""

LIGHT_WEIGHT = 0.8
"""How much lightness counts against chroma there: shadows must not split a surface."""


class Region(NamedTuple):
    """A node of the tree. mask: (h, w) bool in the small picture. mean and spread: (7,) of the
    features. born, died: the unlikeness at which it came together and was merged away.
    """

    mask: Mask
    mean: Floats
    spread: Floats
    born: float
    died: float


def regions_of(photo: Pixels) -> list[Region]:
    """Every region of the photo that is large enough to be a surface.

    photo: (H, W, 3) uint8 sRGB.
    """
    features = photo_features(photo)
    labels = _superpixels(features)
    count = int(labels.max()) + 1
    flat = labels.ravel()
    sizes = np.bincount(flat, minlength=count).astype(np.float64)
    sums = np.stack(
        [np.bincount(flat, features[..., i].ravel(), count) for i in range(features.shape[2])], 1
    )
    members: dict[int, list[int]] = {i: [i] for i in range(count)}
    born: dict[int, float] = dict.fromkeys(range(count), 0.0)
    died = _merge(labels, sizes, sums.astype(np.float64), members, born)
    found = []
    for node, death in died.items():
        if sizes[members[node]].sum() < SMALLEST_SHARE * labels.size:
            continue
        inside = np.zeros(count, bool)
        inside[members[node]] = True
        mask = inside[labels]
        values = features[mask]
        found.append(Region(mask, values.mean(axis=0), values.std(axis=0), born[node], death))
    return found


def photo_features(photo: Pixels) -> Floats:
    """(h, w, 7) float32: Lab, log strength of three texture bands, chroma texture; in Delta E."""
    long = max(photo.shape[:2])
    middle = _shrink(photo.astype(np.float32), min(1.0, GRAIN_SIDE / long))
    lab = lab_features(middle)
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


def _superpixels(features: Floats) -> NDArray[np.int32]:
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


def _merge(
    labels: NDArray[np.int32],
    sizes: NDArray[np.float64],
    sums: NDArray[np.float64],
    members: dict[int, list[int]],
    born: dict[int, float],
) -> dict[int, float]:
    """Merge neighbors, the most alike first. Returns for each node at which unlikeness it died."""
    size = {i: float(sizes[i]) for i in members}
    mean = {i: sums[i] / sizes[i] for i in members}
    near: dict[int, set[int]] = {i: set() for i in members}
    for one, other in ((labels[:, 1:], labels[:, :-1]), (labels[1:], labels[:-1])):
        edge = one != other
        for a, b in {*zip(one[edge].tolist(), other[edge].tolist(), strict=True)}:
            near[a].add(b)
            near[b].add(a)
    unit = float(np.mean(sizes))
    weight = np.ones(sums.shape[1])
    weight[0] = LIGHT_WEIGHT

    def unlike(a: int, b: int) -> float:
        apart = (mean[a] - mean[b]) * weight
        return float(
            np.sqrt(apart @ apart * (2 * size[a] * size[b] / (size[a] + size[b]) / unit) ** 0.35)
        )

    heap = [(unlike(a, b), a, b) for a in near for b in near[a] if a < b]
    heapq.heapify(heap)
    alive = set(members)
    died: dict[int, float] = {}
    following = len(members)
    height = 0.0
    while heap:
        cost, a, b = heapq.heappop(heap)
        if a not in alive or b not in alive:
            continue
        height = max(height, cost)
        died[a] = died[b] = height
        alive -= {a, b}
        new, following = following, following + 1
        alive.add(new)
        members[new] = members[a] + members[b]
        size[new] = size[a] + size[b]
        mean[new] = (mean[a] * size[a] + mean[b] * size[b]) / size[new]
        born[new] = height
        near[new] = {n for n in near[a] | near[b] if n in alive}
        for neighbor in near[new]:
            near[neighbor].add(new)
            heapq.heappush(heap, (unlike(neighbor, new), neighbor, new))
    for node in alive:
        died[node] = height * 1.3
    return died
