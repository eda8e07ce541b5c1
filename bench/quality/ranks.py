"""Do our score and the judge put tiles in the same order? Good ones, worse ones, and cheats.

python -m bench.quality.ranks FOLDER: the true tiles at half their size, the variants of each.
"""

from itertools import pairwise

import cv2
import numpy as np
from scipy.stats import spearmanr

from bench.evalset import Pixels, arguments, true_tiles
from bench.quality.judge import Judge, at_scale
from bench.quality.peers import img2texture, mirror, raw
from bench.quality.tiles import KEPT, cut_out, kept
from tilewright.score import score_tile

ORDER = ("truth", "ours", "img2texture", "mirror", "raw")
"""From the best to the worst."""

EQUAL = 0.06
"""Marks this close are the same: true tiles got up to 0.05 less than good tiles of their crops."""

UNJUDGED = "flat"
"""The judge divides by the spread of a picture, and one color has none."""


def main() -> None:
    """Print both marks of every variant, and how well they agree."""
    options = arguments(__doc__).parse_args()
    judge = Judge(options.evalset, options.out / "judged")
    everything: list[tuple[float, float]] = []
    rows: list[dict[str, float]] = []
    theirs: list[dict[str, float]] = []
    for true in true_tiles(options.evalset, options.only):
        half = at_scale(true.pixels, 0.5)
        marks = {name: _marks(name, tile, half, judge) for name, tile in variants(half).items()}
        print(
            true.name, " ".join(f"{n} {o:.2f}/{t:.2f}" for n, (o, t) in marks.items()), flush=True
        )
        judged = [both for name, both in marks.items() if name != UNJUDGED]
        print(f"  within this tile: {spearmanr(*zip(*judged, strict=True)).statistic:.2f}")
        everything += judged
        rows.append({name: own for name, (own, _) in marks.items()})
        theirs.append({name: mark for name, (_, mark) in marks.items()})
    print(
        f"rank correlation of all {len(everything)}: "
        f"{spearmanr(*zip(*everything, strict=True)).statistic:.3f}"
    )
    for better, worse in pairwise(ORDER):
        ours, judges = (
            sum(row[better] >= row[worse] - EQUAL for row in of) for of in (rows, theirs)
        )
        print(f"{better} no worse than {worse}: {ours} of {len(rows)}, the judge: {judges}")
    for cheat in sorted(set(rows[0]) - set(ORDER)):
        right = sum(row[cheat] < min(row["truth"], row["ours"]) for row in rows)
        print(f"{cheat} below the true tile and ours: {right} of {len(rows)}")


def _marks(name: str, tile: Pixels, truth: Pixels, judge: Judge) -> tuple[float, float]:
    own = score_tile(tile, truth).overall
    return own, 0.0 if name == UNJUDGED else judge.judged(tile, truth)["overall"]


def variants(tile: Pixels) -> dict[str, Pixels]:
    """Tiles of the same surface, by name: what they are is said where they are made."""
    crop = cut_out(tile, KEPT)
    height, width = tile.shape[:2]
    made = kept(crop)
    return {
        "truth": tile,
        "ours": made,
        "img2texture": img2texture(crop),
        "mirror": mirror(crop),
        "raw": raw(crop),
        "blurred": _soft(tile, 2.0),
        "blurred_seam": blurred_seam(crop),
        "shrunken": np.tile(cv2.resize(made, (width // 2, height // 2)), (2, 2, 1)),
        "flat": np.broadcast_to(crop.mean(axis=(0, 1)), crop.shape).astype(np.uint8),
    }


def blurred_seam(crop: Pixels) -> Pixels:
    """The crop, blurred where it meets itself."""
    height, width = crop.shape[:2]
    rows, columns = np.arange(height), np.arange(width)
    near = np.minimum(rows, height - 1 - rows)[:, None], np.minimum(columns, width - 1 - columns)
    weight = np.clip(1.5 - np.minimum(*near) / 12, 0, 1)[..., None]
    return np.asarray(crop * (1 - weight) + _soft(crop, 6.0) * weight, np.uint8)


def _soft(tile: Pixels, sigma: float) -> Pixels:
    """Out of focus, on the torus."""
    height, width = tile.shape[:2]
    soft = cv2.GaussianBlur(np.tile(tile, (3, 3, 1)), (0, 0), sigma)
    return np.asarray(soft[height : 2 * height, width : 2 * width], np.uint8)


if __name__ == "__main__":
    main()
