"""The synthesis engine: classical vision and texture synthesis on a plain CPU, nothing to fetch."""

import math
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import cv2
import numpy as np

from tilewright import __version__
from tilewright.contract import (
    IMAGES,
    SIDE_STEP,
    SMALLEST_SIDE,
    PhotoRefused,
    Report,
    SurfaceUnusable,
    TileRequest,
    tile_size,
)
from tilewright.engine.arrays import Floats, pixels
from tilewright.engine.choose import SYNTHESIS, check
from tilewright.engine.embed import embed
from tilewright.engine.finish import finish, quality_notes
from tilewright.engine.protocol import Outcome, Photos, Tick
from tilewright.engine.seed import true_seed
from tilewright.engine.stages import Stages
from tilewright.engine.synthesis import weave as weaving
from tilewright.engine.synthesis.combine import Mixed, alone, blend, layer
from tilewright.engine.synthesis.mixing import (
    Manner,
    Place,
    Spoken,
    manner_of,
    of_the_material,
    place_of,
    share_of,
    spoken,
)
from tilewright.engine.synthesis.told import aside_notes, choice_notes, told
from tilewright.engine.synthesis.weave import Order, Woven, weave
from tilewright.engine.synthesis.words import Wish, understand
from tilewright.intake import Photo, decode
from tilewright.score.words import GOOD

WORKING_PIXELS = 16e6
"""Larger photos are scaled down to this first: a tile has 1 megapixel, and memory stays bounded."""

ENLARGED = 1.5
"""Texels per pixel of the photo from which the report says how they were made: below, a tile looks
as sharp as its photo at arm's length."""

SMALL_SWATCH = 128
"""Pixels; tiles from smaller swatches look enlarged, and their users are told."""


FLAT = 1.0
"""Levels of 255: what varies by less (standard deviation) shows nothing."""

ROOM = 1.15
"""Times a tile's sides that the surface measures at least, for a note to promise that the tile is
one piece: of 37 sizes so chosen (19 surfaces, 1:1 and 16:9) all were; with 1.08 34."""

SLIGHT_BLUR = 0.05
"""Log of a factor that is not worth a word."""

MIXED = (
    "A tile of several materials is compared with no photo: its score is of the wraps, of what "
    "repeats, and of sharpness alone. Look at where they meet."
)

AGAIN = 1.5
"""Times from which on the report says how often each pixel that was taken is shown."""


class SynthesisEngine:
    """Keeps the photo's own pixels: finds the surface, straightens it, and cuts it into a torus."""

    name = "synthesis"
    version = __version__

    def check(self, request: TileRequest) -> None:
        """Refuse LoRAs and steps: there is no diffusion model here that they could change."""
        check(SYNTHESIS, request)

    def run(self, request: TileRequest, photos: Photos, tick: Tick) -> Outcome:
        """Find the surface, weave the tile, combine it with the others, encode and measure it."""
        said = spoken(
            request.prompt, blend=photos.blend is not None, layer=photos.layer is not None
        )
        others = _others(request.prompt, said, photos)
        stages = Stages(tick, _plan(request, len(others)))
        seed = true_seed(request)
        stages.begin()
        photo = _open(photos.base)
        size = tile_size(request, (photo.pixels.shape[1], photo.pixels.shape[0]))
        wish = understand(said.base)
        order = Order(size, seed, request.region, request.straighten, request.elements)
        woven = weave(photo, wish, order, stages)
        tile, shares, doubts = _joined(woven.tile, others, order, stages)
        tried = partial(stages.begin(), 0.5)
        reference = None if others else pixels(woven.exemplar)
        data, quality, score = finish(tile, reference, request.image_format, request.quality, tried)
        report = Report(
            engine=self.name,
            engine_version=self.version,
            seed=seed,
            prompt=request.prompt,
            width=size[0],
            height=size[1],
            image_format=request.image_format,
            quality=request.quality,
            file_size=len(data),
            surface=told(woven.found, wish, drawn=request.region is not None),
            straightened=woven.straight.how,
            method=_method(woven) + _shares(shares, photos, *_ways(request.prompt, said)),
            scale=round(woven.zoom, 3),
            elements=request.elements,
            score=score,
            stages=stages.end(),
            notes=[
                *_shown_note(photo),
                *_notes(woven, wish, order, score.repetition),
                *([MIXED] if others else []),
                *doubts,
                *quality_notes(request.quality, quality),
            ],
        )
        return Outcome(*embed(data, report)) if request.embed_report else Outcome(data, report)


class _Other(NamedTuple):
    """A further photo, what is sought in it, and how its tile and the first become one."""

    name: str
    data: bytes
    wish: Wish
    combine: Callable[[Mixed, Floats, int], Mixed]


def _others(prompt: str, said: Spoken, photos: Photos) -> list[_Other]:
    manner, where = _ways(prompt, said)
    mix = partial(blend, manner=manner, share=share_of(said.blend, manner))
    cover = partial(layer, where=where, share=share_of(said.layer, where))
    given = ((photos.blend, said.blend, mix), (photos.layer, said.layer, cover))
    return [
        _Other(name, data, understand(of_the_material(words)), combine)
        for name, (data, words, combine) in zip(IMAGES[1:], given, strict=True)
        if data is not None
    ]


def _joined(
    tile: Floats, others: list[_Other], first: Order, stages: Stages
) -> tuple[Floats, list[float], list[str]]:
    """The tile with the others in it, the share of each material, and what is doubtful of them."""
    if not others:
        return tile, [1.0], []
    order = Order(first.size, first.seed, straighten=first.straighten, aside=True)
    mixed, doubts = alone(tile), []
    for other in others:
        try:
            photo = _open(other.data)
            woven = weave(photo, other.wish, order, stages)
        except (PhotoRefused, SurfaceUnusable) as refused:
            raise type(refused)(f"{other.name}: {refused}") from refused
        mixed = other.combine(mixed, woven.tile, order.seed)
        notes = [*_shown_note(photo), *aside_notes(woven.found, other.wish)]
        doubts += [f"{other.name}: {note}" for note in notes]
    return mixed.tile, mixed.shares, doubts


def _ways(prompt: str, said: Spoken) -> tuple[Manner, Place]:
    """How the second is mixed in and where the third gathers; neither's words tell of the other."""
    text = prompt.lower()
    of_blend = text.replace(said.layer, " ") if said.layer else text
    of_layer = text.replace(said.blend, " ") if said.blend else text
    return manner_of(of_blend), place_of(of_layer)


def _plan(request: TileRequest, others: int) -> list[tuple[str, float]]:
    first = weaving.STAGES if request.region is None else weaving.OF_DRAWN
    around = [("open the photo", 0.01)], [("encode and measure it", 0.24)]
    return around[0] + first + weaving.STAGES * others + around[1]


def _open(data: bytes) -> Photo:
    """The decoded photo, scaled down to `WORKING_PIXELS`."""
    photo = decode(data)
    height, width = photo.pixels.shape[:2]
    if width * height <= WORKING_PIXELS:
        return photo
    zoom = (WORKING_PIXELS / (width * height)) ** 0.5
    small = cv2.resize(photo.pixels, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_AREA)
    if photo.shown is None:
        return Photo(pixels(small), photo.focal_ratio)
    size = small.shape[1], small.shape[0]
    shown = cv2.resize(photo.shown.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    return Photo(pixels(small), photo.focal_ratio, shown > 0)


def _method(woven: Woven) -> str:
    laid = "in one piece" if woven.pieces == 1 else f"in {woven.pieces} pieces"
    often = f", each shown {woven.times:.1f} times on average" * (woven.times >= AGAIN)
    words = f"the photo's own pixels{often}, {laid}"
    if woven.blur > SLIGHT_BLUR:
        words += f", their finest detail raised {math.exp(woven.blur):.1f} times against blur"
    if woven.spared:
        words += (
            f"; {woven.spared:.1%} of the surface left out, which would catch the eye each time"
        )
    return words


def _shares(shares: list[float], photos: Photos, manner: Manner, where: Place) -> str:
    """Which materials came to the first, and how much of the tile shows each."""
    ways = {
        f"a second material blended in, in {manner}": photos.blend,
        f"a third laid over, in {where}": photos.layer,
    }
    came = [way for way, photo in ways.items() if photo is not None]
    told = [f"; {way}: {share:.0%}" for way, share in zip(came, shares[1:], strict=True)]
    return "".join([*told, f"; the first: {shares[0]:.0%}" if told else ""])


def _notes(woven: Woven, wish: Wish, order: Order, repetition: float) -> list[str]:
    notes = choice_notes(woven.found, wish) if order.region is None else []
    width, height = woven.straight.width, woven.straight.height
    if woven.exemplar.std(axis=(0, 1)).max() < FLAT:
        notes.append("The surface is of one color, and no texture can be seen on it.")
    if woven.zoom > ENLARGED:
        notes.append(
            f"The surface shows only {width}x{height} pixels in the photo, which are enlarged "
            f"{woven.zoom:.1f} times by bicubic interpolation; nothing finer was made up. A closer "
            "photo gives a better tile."
        )
    elif min(width, height) < SMALL_SWATCH:
        notes.append(
            f"The surface shows only {width}x{height} pixels in the photo: a closer one gives a "
            "better tile."
        )
    if woven.guessed:
        notes.append(
            f"Where an element of this surface ends was not clear: that {order.elements} lie "
            "across is a guess from the size of what is light and dark in it. Ask for more or "
            "fewer if they look too large or too small."
        )
    if woven.pieces > 1 and repetition < GOOD and order.elements is None:
        notes += _whole_note((width, height), order.size)
    return notes


def _shown_note(photo: Photo) -> list[str]:
    if photo.shown is None:
        return []
    hidden = min(0.99, max(0.01, 1 - float(photo.shown.mean())))
    return [f"{hidden:.0%} of the photo is transparent and was left out."]


def _whole_note(surface: tuple[int, int], size: tuple[int, int]) -> list[str]:
    """Up to which size the tile would be one piece, if so small a one can be asked for."""
    most = min(have / side for have, side in zip(surface, size, strict=True)) / ROOM
    width, height = (int(side * most) // SIDE_STEP * SIDE_STEP for side in size)
    if min(width, height) < SMALLEST_SIDE:
        return []
    return [
        f"The surface shows {surface[0]}x{surface[1]} pixels, so parts of it come again in a tile "
        f"of {size[0]}x{size[1]}; up to {width}x{height} it is one piece."
    ]
