"""The tile as a file that still tiles: border rolled to where it hides, encoded, and measured."""

from collections.abc import Callable
from functools import partial
from io import BytesIO
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image

from tilewright.contract import ImageFormat, TileScore
from tilewright.engine.arrays import Floats, Pixels, floats, pixels
from tilewright.engine.lab import lab_features
from tilewright.score import score_tile
from tilewright.score.lines import line_steps
from tilewright.score.plane import to_lab, turn

BOTH = "xy"

CALM_REACH = 8
"""Texels to both sides of a line that must be calm too: half a block of the lossy formats."""

CALM, OTHER_BORDERS = 0.4, (0.3, 0.5, 0.35, 0.45)
"""Share of the lines that are calmer still, by their own steps and by those around them, and what
is tried where that border shows. A border calmer than the lines inside shows too, the more so once
it is softened. While both were one sum, on the 37 public surfaces as WebP the mean seam was .950 at
0.1, .954, .970, .984 and .978 at 0.2 to 0.5, the least .46, .47, .68, .78 and .59; no wrap step was
too large at any of them. By both, the least of 20 halves of true tiles is .88 instead of .62. With
three borders one of eight small tiles of the examples came to .89, with five to 1."""

HIDDEN = 0.9
"""Seam score from which a border is good enough; most have 1."""

SHARED = [-2, -1, 0, 1]
"""Lines around the border that share their color: one sample of half resolution on each side."""

SOFTENED = 0.2
"""Share of the border's step that each of its sides gives up. On 19 tiles at quality 95 it took the
wrap step from 0.79 to 0.69 of the 99th percentile inside; 0.3 began to show as too smooth."""

WEBP_METHOD = 0
"""libwebp's least effort, which left the smallest wrap steps of 0, 2, 4 and 6 on the hardest tile
(1.15, 1.26, 1.33, 1.27 times the 99th percentile), in a third of the time of 4, for 5 % more
bytes."""

RAISE, MOST_RAISED = 3, 6
"""Points of quality."""

LOSSLESS = 101
"""The quality above 100."""


class Encoded(NamedTuple):
    """A file, and the quality it was written with (`LOSSLESS`: without loss)."""

    data: bytes
    quality: int


class Finished(NamedTuple):
    """A file, the quality it was written with, and what its bytes score."""

    data: bytes
    quality: int
    score: TileScore


def finish(
    tile: Floats,
    reference: Pixels | None,
    image_format: ImageFormat,
    quality: int,
    tick: Callable[[], object],
    axes: str = BOTH,
    *,
    same_scale: bool = True,
) -> Finished:
    """Encode the tile with its border where it does not show, and measure the file.

    tile: (h, w, 3) float32, 0..255, periodic along `axes` ("xy", "x", "y" or "none").
    reference, same_scale: the surface, as `score_tile` takes them. tick is called before each
    further border.
    About 1.2 s a megapixel, and as much again for each.
    """
    best: Finished | None = None
    for calm in (CALM, *OTHER_BORDERS):
        encoded = encode(calmly_rolled(tile, calm, axes), image_format, quality, axes)
        score = score_tile(decoded(encoded.data), reference, same_scale=same_scale)
        if best is None or seam_along(axes, score) > seam_along(axes, best.score):
            best = Finished(*encoded, score)
        if seam_along(axes, best.score) >= HIDDEN:
            break
        tick()
    assert best is not None
    return best


def seam_along(axes: str, score: TileScore) -> float:
    """The worse seam score of the directions that wrap; 1 where none does."""
    marks = [*[score.across.score] * ("x" in axes), *[score.down.score] * ("y" in axes)]
    return min(marks, default=1.0)


def calmly_rolled(tile: Floats, calm: float = CALM, axes: str = BOTH) -> Pixels:
    """(h, w, 3) float32, 0..255 → uint8, rolled so that the border lies where little happens.

    Lossy formats do not know that a tile wraps, and treat both sides of its border differently:
    the less there is to see, the less differs. Free on a torus. calm: share of the lines that are
    calmer still.
    """
    whole = pixels(tile)
    features = lab_features(floats(whole))
    for axis, name in enumerate("yx"):
        if name in axes:
            whole = np.roll(whole, -_calmest(features, axis, calm), axis)
    return whole


def _calmest(features: Floats, axis: int, calm: float) -> int:
    """The row or column before which a border shows least: neither its own steps nor those around
    it are unlike those of other lines.
    """
    steps = np.abs(features - np.roll(features, 1, axis)).sum(axis=2)
    busy = np.sqrt((steps**2).mean(axis=1 - axis))
    around = np.arange(-CALM_REACH, CALM_REACH + 1)
    near = np.mean([np.roll(busy, int(shift)) for shift in around], axis=0)
    off = [np.abs(_calmer_share(each) - calm) for each in (busy, near)]
    return int(np.argmin(np.maximum(*off)))


def _calmer_share(busy: Floats) -> Floats:
    """For each line the share of lines that are calmer."""
    return floats(np.argsort(np.argsort(busy, kind="stable"), kind="stable") / len(busy))


def encode(tile: Pixels, image_format: ImageFormat, quality: int, axes: str = BOTH) -> Encoded:
    """The tile as a file without metadata that still tiles, and the quality that this took.

    Where the wrap step comes out above those inside, a better quality is tried, up to
    `MOST_RAISED` above the one asked for; above 100, WebP has its lossless mode.
    """
    if image_format == "png":
        return Encoded(_png(tile), quality)
    write: Callable[[Pixels, int], bytes] = _jpeg
    if image_format == "webp":
        write = partial(_webp, axes=axes)
    raised = [min(quality + more, 100) for more in range(0, MOST_RAISED + 1, RAISE)]
    tried = [*dict.fromkeys(raised), *[LOSSLESS] * (raised[-1] == 100 and image_format == "webp")]
    for level in tried:
        data = write(tile, level)
        if _hides_its_border(decoded(data), axes):
            break
    return Encoded(data, level)


def _hides_its_border(tile: Pixels, axes: str) -> bool:
    """Whether no wrap has larger steps than 99 of 100 lines inside: see `AxisScore`."""
    lab = to_lab(tile)
    for plane in [*[lab] * ("x" in axes), *[turn(lab)] * ("y" in axes)]:
        steps = line_steps(plane, 1).means
        if steps[0] > np.quantile(steps[1:], 0.99):
            return False
    return True


def decoded(data: bytes) -> Pixels:
    """(h, w, 3) uint8 sRGB: what whoever opens the file will see."""
    with Image.open(BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


def _png(tile: Pixels) -> bytes:
    done, data = cv2.imencode(".png", cv2.cvtColor(tile, cv2.COLOR_RGB2BGR))
    assert done
    return data.tobytes()


def _jpeg(tile: Pixels, quality: int) -> bytes:
    """With color at full resolution (4:4:4): at half of it the seam opens."""
    file = BytesIO()
    Image.fromarray(tile).save(file, "JPEG", quality=quality, subsampling=0)
    return file.getvalue()


def _webp(tile: Pixels, quality: int, axes: str) -> bytes:
    file = BytesIO()
    if quality == LOSSLESS:
        Image.fromarray(tile).save(file, "WEBP", lossless=True, quality=0, method=WEBP_METHOD)
    else:
        calm = _with_shared_chroma(_with_soft_border(tile, axes), axes)
        Image.fromarray(calm).save(file, "WEBP", quality=quality, method=WEBP_METHOD)
    return file.getvalue()


def _with_soft_border(tile: Pixels, axes: str) -> Pixels:
    """The same with the steps across the border made smaller.

    WebP does this after decoding, between all blocks but the outermost.
    """
    soft = tile.astype(np.float32)
    for lines in _borders(soft, axes):
        step = SOFTENED * (lines[0] - lines[-1])
        lines[-1] += step
        lines[0] -= step
    return pixels(soft)


def _borders(whole: Floats, axes: str) -> list[Floats]:
    """The array seen so that its first and last rows are those that meet, once for each axis."""
    return [*[whole] * ("y" in axes), *[whole.swapaxes(0, 1)] * ("x" in axes)]


def _with_shared_chroma(tile: Pixels, axes: str) -> Pixels:
    """The same with one color along the border, on both of its sides; lightness stays.

    WebP stores color at half resolution, and smooths it between samples everywhere but at the
    border, where the step stays whole. Sides that agree have no step.
    """
    planes = cv2.cvtColor(tile.astype(np.float32) / 255, cv2.COLOR_RGB2YCrCb)
    for color in _borders(floats(planes[..., 1:]), axes):
        color[SHARED] = color[SHARED].mean(axis=0, keepdims=True)
    rgb = cv2.cvtColor(planes, cv2.COLOR_YCrCb2RGB)
    return pixels(rgb * 255)


def quality_notes(asked: int, used: int) -> list[str]:
    """What to say where a file took another quality than was asked for."""
    if used == asked:
        return []
    now = "without loss" if used == LOSSLESS else f"at quality {used}"
    return [f"Encoded {now} instead of at quality {asked}, so that the border does not show."]
