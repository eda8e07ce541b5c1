"""Synthesis alone: a crop of a texture whose truth is known, kept as a tile, or quilted."""

import numpy as np

from bench.evalset import Pixels, arguments, scorecard, true_tiles
from bench.peer import cross_fade
from bench.sheet import Sheet
from tilewright.engine.synthesis.arrays import Floats
from tilewright.engine.synthesis.finish import calmly_rolled
from tilewright.engine.synthesis.keep import cut_torus, read_around
from tilewright.engine.synthesis.lattice import Lattice, Shift, find_lattices
from tilewright.engine.synthesis.mend import mend
from tilewright.engine.synthesis.stages import Stages
from tilewright.engine.synthesis.straighten import Straight
from tilewright.engine.synthesis.swatch import Swatch
from tilewright.engine.synthesis.weave import LATTICES, lay_out

CROPS = {
    "kept": (slice(0.13, 0.83), slice(0.21, 0.91)),
    "quilted": (slice(0.21, 0.71), slice(0.33, 0.83)),
}
"""The parts of the true tile that are given, which wrap nowhere: half of it, to be kept in one
piece, and a quarter, to be laid out over the true tile's size as it is for users."""

KEPT = 0.88
"""Side of the tile that is kept, as a share of the crop's."""

SEED = 5


def crop(truth: Pixels, way: str) -> Pixels:
    """The part of `truth` that is given."""
    height, width = truth.shape[:2]
    rows, columns = CROPS[way]
    return np.ascontiguousarray(
        truth[
            int(rows.start * height) : int(rows.stop * height),
            int(columns.start * width) : int(columns.stop * width),
        ]
    )


def kept(swatch: Swatch, _: tuple[int, int]) -> Floats:
    """One cell at its own scale and of its own size."""
    size = round(KEPT * swatch.width), round(KEPT * swatch.height)
    layouts = []
    for lattice in find_lattices(swatch, size, 1.0, LATTICES):
        wide, high = round(lattice.across.x), round(lattice.down.y)
        whole = Lattice(
            Shift(wide, lattice.across.y, lattice.across.cost),
            Shift(lattice.down.x, high, lattice.down.cost),
        )
        layouts.append(cut_torus(read_around(swatch, whole, wide, high), wide, high))
    layout = min(layouts, key=lambda one: one.cost)
    return mend(layout.exemplar, layout.rows, layout.columns)


def quilted(swatch: Swatch, size: tuple[int, int]) -> Floats:
    """A tile as large as the true one, as users get it."""
    stages = Stages(lambda stage, fraction: None, [("lay it out", 1.0)])
    layout, _ = lay_out(swatch, size, SEED, stages)
    return mend(layout.exemplar, layout.rows, layout.columns)


def main() -> None:
    """Print a line for each texture and the means, and write the contact sheets."""
    options = arguments(__doc__).parse_args()
    judge = scorecard(options.evalset)
    for way, make in (("kept", kept), ("quilted", quilted)):
        sheet, rows = Sheet(), []
        for name, truth in true_tiles(options.evalset, options.only):
            given = crop(truth, way)
            swatch = Swatch(given, Straight(np.eye(3), given.shape[1], given.shape[0], ""))
            tile = calmly_rolled(make(swatch, (truth.shape[1], truth.shape[0])))
            ours, peer = judge(tile, truth), judge(cross_fade(given), truth)
            rows.append([*ours.values(), peer["overall"]])
            print(f"{name:24}", {key: round(value, 2) for key, value in ours.items()}, end=" ")
            print(f"img2texture {peer['overall']:.2f}", flush=True)
            sheet.add(tile, f"{name} {ours['overall']:.2f}")
        table = np.array(rows)
        mean = table.mean(axis=0)
        print(f"{way}, mean: overall, seam, realism, structure, repetition, fidelity:", end=" ")
        print(np.round(mean[:6], 3), f"least seam {table[:, 1].min():.2f}")
        print(f"img2texture overall {mean[6]:.3f}, ratio {mean[0] / mean[6]:.2f};", end=" ")
        print(f"better on {(table[:, 0] > table[:, 6]).sum()} of {len(table)}")
        sheet.write(options.out / f"tiles_{way}.png")


if __name__ == "__main__":
    main()
