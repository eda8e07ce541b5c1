"""Is what was photographed straight on left alone? Parts of true tiles, given as photographs.

python -m bench.quality.straight_on FOLDER: every part as a wall and as a floor, 0.5 s each.
"""

import argparse
from collections.abc import Iterator

import cv2
import numpy as np

from bench.evalset import Pixels, arguments, true_tiles
from bench.quality.measures import plane_error
from bench.quality.tiles import KEPT, QUILTED, cut_out
from tilewright.engine.synthesis.straighten import straighten
from tilewright.engine.synthesis.words import GROUND, WALL

LEFT_ALONE = ("seen as photographed", "leveled")
"""What is said where no perspective was undone."""

WHOLE, FIRST, SECOND = slice(0.0, 1.0), slice(0.0, 0.5), slice(0.5, 1.0)

PARTS = {
    "whole": (WHOLE, WHOLE),
    "top": (FIRST, WHOLE),
    "bottom": (SECOND, WHOLE),
    "left": (WHOLE, FIRST),
    "right": (WHOLE, SECOND),
    "kept": KEPT,
    "quilted": QUILTED,
}
"""Rows and columns, as shares of the tile."""


def main() -> None:
    """Print every part that was turned, what by, and the error that this makes."""
    options = arguments(__doc__).parse_args()
    cv2.setNumThreads(1)
    for lies in (WALL, GROUND):
        turned, worst = 0, 0.0
        parts = list(_parts(options))
        for name, part in parts:
            straight = straighten(part, np.ones(part.shape[:2], bool), lies, None)
            if straight.how.startswith(LEFT_ALONE):
                continue
            skewed = plane_error(straight, straight.to_photo).skewed
            turned, worst = turned + 1, max(worst, skewed)
            print(f"{lies:7} {name:34} {skewed:5.1f} %  {straight.how}", flush=True)
        print(f"{lies}: {turned} of {len(parts)} turned, by {worst:.1f} % at most", flush=True)


def _parts(options: argparse.Namespace) -> Iterator[tuple[str, Pixels]]:
    for true in true_tiles(options.evalset, options.only):
        for name, part in PARTS.items():
            yield f"{true.name} {name}", cut_out(true.pixels, part)


if __name__ == "__main__":
    main()
