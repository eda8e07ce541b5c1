"""From photograph to tile: the right surface, its seam, and a cross-fade of the same crop."""

import numpy as np

from bench.evalset import Named, Pixels, arguments, read, scorecard, surfaces
from bench.peer import cross_fade
from bench.sheet import Sheet
from tilewright.engine.synthesis.finish import calmly_rolled, decoded, encode
from tilewright.engine.synthesis.stages import Stages
from tilewright.engine.synthesis.weave import STAGES, Order, Woven, weave
from tilewright.engine.synthesis.words import understand
from tilewright.score import score_tile

ORDER = Order((1024, 1024), seed=87568756)


def tile_of(named: Named) -> tuple[Woven, Pixels]:
    """The tile as users get it by default: 1:1, WebP at quality 95, decoded again."""
    stages = Stages(lambda stage, fraction: None, STAGES)
    woven = weave(read(named.path), None, understand(named.prompt), ORDER, stages)
    return woven, as_delivered(calmly_rolled(woven.tile))


def as_delivered(tile: Pixels) -> Pixels:
    """What is in the file: the peer's tile is judged after the same encoding as ours."""
    return decoded(encode(tile, "webp", 95).data)


def main() -> None:
    """Print a line for each surface and the means, and write the contact sheet."""
    options = arguments(__doc__).parse_args()
    judge = scorecard(options.evalset)
    sheet, rows = Sheet(), []
    print(
        "photo              | purity IoU  sure | seam rep  fid  | judge: ours peer ratio | prompt"
    )
    for index, named in enumerate(surfaces(options.evalset, options.only)):
        woven, tile = tile_of(named)
        crop = np.rint(woven.exemplar).astype(np.uint8)
        common = float((woven.found.mask & named.mask).sum())
        purity = common / woven.found.mask.sum()
        overlap = common / (woven.found.mask | named.mask).sum()
        own = score_tile(tile, crop)
        faded = as_delivered(cross_fade(crop))
        ours, peer = judge(tile, crop)["overall"], judge(faded, crop)["overall"]
        rows.append([purity, overlap, own.seam, own.repetition, own.fidelity or 0.0, ours, peer])
        print(
            f"{named.photo:18} | {purity:.2f}  {overlap:.2f} {woven.found.confidence:.2f} "
            f"| {own.seam:.2f} {own.repetition:.2f} {own.fidelity:.2f} "
            f"| {ours:.2f} {peer:.2f} {ours / max(peer, 0.01):5.2f} | {named.prompt[8:48]}",
            flush=True,
        )
        sheet.add(tile, f"{index} {named.photo}: {named.prompt[8:34]} {own.seam:.2f}")
    table = np.array(rows)
    mean, median = np.nanmean(table, axis=0), np.median(table, axis=0)
    print(f"right surface (purity > 0.8): {(table[:, 0] > 0.8).mean():.0%} of {len(table)}")
    print(f"purity and IoU, median: {median[0]:.2f} {median[1]:.2f}")
    print(f"seam, repetition, fidelity, mean: {mean[2]:.3f} {mean[3]:.3f} {mean[4]:.3f}")
    print(
        f"judge, mean: ours {mean[5]:.3f}, img2texture {mean[6]:.3f}, ratio {mean[5] / mean[6]:.2f}"
    )
    print(f"better than img2texture: {(table[:, 5] > table[:, 6]).sum()} of {len(table)}")
    sheet.write(options.out / "photos.png")


if __name__ == "__main__":
    main()
