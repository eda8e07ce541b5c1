"""Which region of the photo is the surface that the prompt names."""

from typing import NamedTuple

import cv2
import numpy as np

from tilewright.engine.synthesis.arrays import Floats, Mask, Pixels
from tilewright.engine.synthesis.regions import GRAIN_WEIGHT, Region, regions_of
from tilewright.engine.synthesis.words import GROUND, WALL, Look, Wish

WEIGHTS = {
    "tiny": 0.9,
    "large": 0.7,
    "unit": 0.2,
    "uneven": 0.3,
    "color": 0.8,
    "chroma": 0.35,
    "light": 0.35,
    "grain": 0.4,
    "place": 15.0,
    "lies": 3.4,
    "sky": 2.0,
    "solid": 1.0,
}
"""What each cue counts for."""

FARTHEST = 4.0
"""A cue that does not fit at all costs this much and no more: one wrong word must not decide."""

MOST_RIVALS = 4
"""Other surfaces that are told: as many as can be looked at."""

SAME = 0.3
"""Two regions that share this much of the smaller one are one surface, not two."""


class Found(NamedTuple):
    """The chosen surface. mask: (H, W) bool at the photo's own size. confidence: 0..1.

    rivals: other surfaces, the likeliest first, with the confidence of each against this one.
    """

    mask: Mask
    confidence: float
    rivals: tuple[tuple[Mask, float], ...] = ()


def find_surface(photo: Pixels, wish: Wish) -> Found:
    """Choose the region of `photo` that fits `wish` best.

    photo: (H, W, 3) uint8 sRGB. Never fails: a photo of one surface is that surface.
    """
    regions = regions_of(photo)
    scores = [score(cues(region, wish)) for region in regions]
    order = np.argsort(-np.array(scores), kind="stable")
    best = order[0]
    rivals = _apart([regions[i].mask for i in order])[1:]
    margin = scores[best] - scores[order[rivals[0]]] if rivals else 3.0
    confidence = float(1 / (1 + np.exp(-margin)))
    others = tuple(
        (
            _at_full_size(regions[i].mask, photo),
            float(1 / (1 + np.exp(scores[best] - scores[i]))),
        )
        for i in order[rivals]
    )
    return Found(_at_full_size(regions[best].mask, photo), min(0.99, confidence), others)


def _apart(masks: list[Mask]) -> list[int]:
    """The first mask and the next `MOST_RIVALS` that hardly overlap any taken before."""
    taken = [0]
    for i, mask in enumerate(masks):
        if all(_overlap(mask, masks[j]) < SAME for j in taken):
            taken.append(i)
        if len(taken) > MOST_RIVALS:
            break
    return taken


def _at_full_size(mask: Mask, photo: Pixels) -> Mask:
    """A region of the small picture as a mask of the photo's own size, without specks."""
    height, width = photo.shape[:2]
    solid = _solid(mask).astype(np.float32)
    return np.asarray(cv2.resize(solid, (width, height), interpolation=cv2.INTER_LINEAR) > 0.5)


def score(found: dict[str, float]) -> float:
    """One number from all cues of a region; more is better."""
    return sum(WEIGHTS[name] * value for name, value in found.items())


def cues(region: Region, wish: Wish) -> dict[str, float]:
    """What speaks for (positive) and against (negative) a region being the surface wished for."""
    rows, columns = np.nonzero(region.mask)
    height, width = region.mask.shape
    x, y = float(columns.mean()) / width, float(rows.mean()) / height
    size = float(np.log(region.mask.mean() / 0.05))
    grain = float(region.mean[3:6].mean()) / GRAIN_WEIGHT
    look = _nearest_look(wish.looks, region.mean, grain)
    return {
        "tiny": min(0.0, size),
        "large": max(0.0, size),
        "unit": float(np.log((region.died + 1) / (region.born + 1))),
        "uneven": -float(np.sqrt((region.spread[1:] ** 2).sum())),
        "color": -_color_distance(wish, region.mean),
        "chroma": -look[0],
        "light": -look[1],
        "grain": -look[2],
        "place": -_misplaced(wish, x, y),
        "lies": _lies(wish, y, bool(region.mask[-2:].any())),
        "sky": 0.0 if wish.wants_sky else -_like_sky(region, grain),
        "solid": _solidity(region.mask),
    }


def _nearest_look(
    looks: tuple[Look, ...], mean: Floats, grain: float
) -> tuple[float, float, float]:
    """How far off chroma, light and grain are from the material that fits best."""
    found = [
        (
            min(
                FARTHEST,
                float((mean[1] - look.red) ** 2 + (mean[2] - look.yellow) ** 2) / look.spread**2,
            ),
            min(FARTHEST, float((mean[0] - look.light) / 25) ** 2) if look.light else 0.0,
            min(FARTHEST, 4 * (grain - look.grain) ** 2),
        )
        for look in looks
    ]
    return min(found, key=sum, default=(0.0, 0.0, 0.0))


def _color_distance(wish: Wish, mean: Floats) -> float:
    if wish.color is None:
        return 0.0
    light, red, yellow = wish.color
    apart = 0.4 * ((mean[0] - light) / 20) ** 2 if light is not None else 0.0
    if not np.isnan(red):
        apart += ((mean[1] - red) / 14) ** 2 + ((mean[2] - yellow) / 14) ** 2
    return min(FARTHEST, float(apart))


def _misplaced(wish: Wish, x: float, y: float) -> float:
    off = 0.0
    if wish.place_x is not None:
        off += max(0.0, abs(x - wish.place_x) - 0.12)
    if wish.place_y is not None:
        off += max(0.0, abs(y - wish.place_y) - 0.12)
    return off


def _lies(wish: Wish, y: float, at_bottom: bool) -> float:
    if wish.lies == GROUND:
        return 0.15 * at_bottom - max(0.0, 0.62 - y)
    if wish.lies == WALL:
        return -max(0.0, y - 0.6)
    return 0.0


def _like_sky(region: Region, grain: float) -> float:
    """How much a region is like sky: smooth, bright, bluish or white, touching the top; 0..3."""
    if region.mask[0].mean() < 0.1:
        return 0.0
    smooth = float(np.clip((0.3 - grain) / 0.8, 0, 1))
    bright = float(np.clip((region.mean[0] - 45) / 30, 0, 1))
    bluish = float(np.clip((6 - region.mean[2]) / 12, 0, 1))
    return 2.0 * smooth * bright * (0.35 + 0.65 * bluish) + bright * bluish


def _solidity(mask: Mask) -> float:
    """Share of its bounding box that a region fills, 0..1."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return float(mask.sum()) / float((np.ptp(rows) + 1) * (np.ptp(columns) + 1))


def _solid(mask: Mask) -> Mask:
    """Without specks: the closed and opened mask's largest piece."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    closed = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, kernel)
    opened = cv2.morphologyEx(closed, cv2.MORPH_OPEN, kernel)
    count, pieces, stats, _ = cv2.connectedComponentsWithStats(opened)
    if count < 2:
        return mask
    return np.asarray(pieces == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA])))


def _overlap(one: Mask, other: Mask) -> float:
    return float((one & other).sum() / max(1, min(one.sum(), other.sum())))
