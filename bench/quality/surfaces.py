"""From photographs and scenes to tiles: each stage against what is known."""

import cv2
import numpy as np

from bench.evalset import Named, Pixels, read
from bench.quality.case import Case, Plan, Until, twice
from bench.quality.judge import Judge, at_scale, own, same_gain
from bench.quality.measures import (
    Mask,
    hand_given,
    light_left,
    offered,
    plane_error,
    shares,
    texels_per_pixel,
    to_tile,
    true_rectangle,
)
from bench.quality.sheet import outlined
from tilewright.contract import SurfaceUnusable
from tilewright.engine.arrays import pixels
from tilewright.engine.finish import decoded, encode, finish
from tilewright.engine.stages import Stages
from tilewright.engine.synthesis.straighten import Straight, straighten
from tilewright.engine.synthesis.surface import find_surface
from tilewright.engine.synthesis.swatch import Swatch
from tilewright.engine.synthesis.weave import STAGES, Order, Woven, weave
from tilewright.engine.synthesis.words import understand
from tilewright.intake import Photo

SEED = 87568756
SIZE = (1024, 1024)

VIEW = 512
"""Long side, in pixels, of the straight view on the sheet."""

ON_IT = 0.5
"""Purity of the pixels used from which the plane and the light of a surface mean anything."""

WIDEST_REFERENCE = 1400
"""Pixels; a larger reference costs the judge time and tells it nothing."""


def measure(named: Named, plan: Plan, judge: Judge) -> Case:
    """Take one surface as far as the plan goes."""
    kind = "photos" if named.to_photo is None else "scenes"
    case = Case(kind, named.name, named.material, named.tags)
    photo, wish = read(named.path), understand(named.prompt)
    if plan.until.reaches(Until.TILE):
        try:
            woven = _woven(named, photo)
        except SurfaceUnusable as refused:
            case.said = str(refused)
            return case
        found, straight = woven.found, woven.straight
        _region(case, found.mask, found.confidence, named.mask)
        _view(case, named, photo, found.mask, straight)
        _tile(case, named, photo, woven, plan, judge)
        return case
    found = find_surface(photo, wish)
    mask = named.mask if plan.true_surface else found.mask
    _region(case, found.mask, found.confidence, named.mask)
    if not plan.until.reaches(Until.STRAIGHTEN):
        case.pictures = [outlined(photo, named.mask, found.mask, None)]
        return case
    straight = straighten(photo, mask, wish.lies, None)
    _view(case, named, photo, mask, straight, light=plan.until.reaches(Until.LIGHT))
    return case


def _woven(named: Named, photo: Pixels) -> Woven:
    stages = Stages(lambda stage, fraction: None, STAGES)
    woven = weave(Photo(photo, None), understand(named.prompt), Order(SIZE, SEED), stages)
    stages.end()
    return woven


def _region(case: Case, found: Mask, sure: float, true: Mask) -> None:
    purity, overlap = shares(found, true)
    case.take({"region": purity, "iou": overlap, "sure": sure, "right": float(purity > 0.8)})


def _view(
    case: Case, named: Named, photo: Pixels, mask: Mask, straight: Straight, light: bool = True
) -> None:
    """The rectangle, its plane, its light."""
    case.figures["purity"] = shares(offered(photo, straight, SIZE), named.mask)[0]
    case.said = straight.how
    case.pictures = [outlined(photo, named.mask, mask, straight)]
    if min(straight.width, straight.height) < 8:
        return
    swatch = Swatch(photo, straight)
    even = pixels(swatch.view(VIEW))
    case.pictures.append(even)
    if named.to_photo is None or named.tile is None or case.figures["purity"] < ON_IT:
        return
    truth = read(named.tile)
    to_texel = to_tile(straight, named.to_photo, truth.shape[1::-1])
    case.take(plane_error(straight, to_texel)._asdict())
    if light:
        plain = _as_seen(photo, straight, even.shape[1::-1])
        case.take(
            light_left(even, plain, straight, to_texel, truth, named.mask)._asdict(),
            prefix="light_",
        )


def _as_seen(photo: Pixels, straight: Straight, size: tuple[int, int]) -> Pixels:
    """The straight view without evening."""
    enlarge = np.diag([straight.width / size[0], straight.height / size[1], 1.0])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpPerspective(photo, straight.to_photo @ enlarge, size, flags=flags), np.uint8
    )


def _tile(case: Case, named: Named, photo: Pixels, woven: Woven, plan: Plan, judge: Judge) -> None:
    """The tile as users get it by default: WebP at quality 95, decoded again."""
    tile = decoded(finish(woven.tile, pixels(woven.exemplar), "webp", 95, lambda: None).data)
    case.figures["zoom"] = woven.zoom
    crop, reference = _crop_and_reference(named, photo, woven.straight)
    scaled = _bounded(at_scale(reference, _zoom(named, woven, reference)))
    if named.tile is not None:
        tile = same_gain(tile, scaled)
    case.take(own(tile, scaled))
    case.pictures.append(twice(tile))
    if not plan.until.reaches(Until.JUDGE):
        return
    case.take(judge.judged(tile, scaled), prefix="judge_")
    for peer in plan.peers:
        made = judge.made(peer, crop)
        if made is None:
            continue
        made = as_delivered(made)
        if named.tile is not None:
            made = same_gain(made, reference)
        marks = judge.judged(made, reference)
        case.take(marks, prefix="judge_", suffix=f".{peer}")
        if peer == plan.peers[0]:
            case.pictures.append(twice(made))


def _crop_and_reference(named: Named, photo: Pixels, straight: Straight) -> tuple[Pixels, Pixels]:
    """What peers are given, and what a tile at the photo's scale should look like.

    Of a photo both are the hand-drawn region, straight and even as the engine sees it: planes and
    light are judged on scenes, where the truth is known. Of a scene they are the largest rectangle
    of the surface as it is in the picture, and the true tile.
    """
    if named.tile is None:
        rectangle = true_rectangle(straight, named.mask)
        swatch = Swatch(photo, rectangle)
        view = pixels(swatch.view(max(rectangle.width, rectangle.height)))
        return view, view
    crop = hand_given(photo, named.mask)
    return crop, read(named.tile)


def _zoom(named: Named, woven: Woven, reference: Pixels) -> float:
    """By how much the reference must be enlarged to have the scale of our tile."""
    if named.to_photo is None:
        return woven.zoom
    to_texel = to_tile(woven.straight, named.to_photo, reference.shape[1::-1])
    return woven.zoom / texels_per_pixel(woven.straight, to_texel)


def _bounded(picture: Pixels) -> Pixels:
    """The middle of a picture that is larger than the judge needs."""
    height, width = picture.shape[:2]
    top, left = max(0, height - WIDEST_REFERENCE) // 2, max(0, width - WIDEST_REFERENCE) // 2
    return picture[top : height - top, left : width - left]


def as_delivered(tile: Pixels) -> Pixels:
    """What is in the file: a peer's tile is judged after the same encoding as ours."""
    return decoded(encode(tile, "webp", 95).data)
