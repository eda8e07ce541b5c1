"""Synthesis alone: a crop of a texture whose truth is known, made to tile at its own scale."""

import numpy as np

from bench.evalset import arguments, scorecard, true_tiles
from bench.peer import cross_fade
from bench.sheet import Sheet
from tilewright.engine.synthesis.finish import calmly_rolled
from tilewright.engine.synthesis.keep import lay
from tilewright.engine.synthesis.lattice import find_lattices
from tilewright.engine.synthesis.mend import mend
from tilewright.engine.synthesis.straighten import Straight
from tilewright.engine.synthesis.swatch import Swatch
from tilewright.engine.synthesis.weave import LATTICES

CROP = slice(0.13, 0.83), slice(0.21, 0.91)
"""The part of the true tile that is given: it wraps nowhere."""


def main() -> None:
    """Print a line for each texture and the means, and write the contact sheet."""
    options = arguments(__doc__).parse_args()
    judge = scorecard(options.evalset)
    sheet, rows = Sheet(), []
    for name, truth in true_tiles(options.evalset, options.only):
        height, width = truth.shape[:2]
        crop = np.ascontiguousarray(
            truth[
                int(CROP[0].start * height) : int(CROP[0].stop * height),
                int(CROP[1].start * width) : int(CROP[1].stop * width),
            ]
        )
        swatch = Swatch(crop, Straight(np.eye(3), crop.shape[1], crop.shape[0], ""))
        lattices = find_lattices(swatch, 1.0, LATTICES)
        layouts = [lay(swatch, one, round(one.across.x), round(one.down.y)) for one in lattices]
        layout = min(layouts, key=lambda one: one.cost)
        tile = calmly_rolled(mend(layout.exemplar, layout.rows, layout.columns))
        ours, peer = judge(tile, truth), judge(cross_fade(crop), truth)
        rows.append([*ours.values(), peer["overall"]])
        print(f"{name:24}", {key: round(value, 2) for key, value in ours.items()}, end=" ")
        print(f"img2texture {peer['overall']:.2f}", flush=True)
        sheet.add(tile, f"{name} {ours['overall']:.2f}")
    mean = np.mean(rows, axis=0)
    print("mean: overall, seam, realism, structure, repetition, fidelity:", np.round(mean[:6], 3))
    print(f"img2texture overall {mean[6]:.3f}, ratio {mean[0] / mean[6]:.2f}")
    sheet.write(options.out / "tiles.png")


if __name__ == "__main__":
    main()
