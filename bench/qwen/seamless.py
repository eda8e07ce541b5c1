"""Does the engine make tiles that wrap? On 64 textures, by a small model that is trained for it.

python -m bench.qwen.seamless EVALSET --keep FOLDER    # 18 minutes of training at first, then 10
python -m bench.qwen.seamless EVALSET --keep FOLDER --variants --only brick

Run from the repository's root, in an environment with torch, diffusers and transformers.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image

from bench.evalset import Pixels, arguments, wanted
from bench.qwen.rolling import Early, Halves, Late, Second, Still, Watched, rolling
from bench.qwen.seams import BAR, Line, Marks, marks, texture_error
from bench.qwen.small import SHOWN, SIDE, WORDS, embedded, given_back, grown, opened
from bench.qwen.textures import Texture, crop, sheet, textures
from tilewright.contract import Mode
from tilewright.engine.arrays import pixels
from tilewright.engine.finish import decoded, finish
from tilewright.engine.qwen.heal import see_to_seams
from tilewright.engine.qwen.load import Model
from tilewright.engine.qwen.modes import MANNERS
from tilewright.engine.qwen.paint import Order, Words, paint
from tilewright.score.plane import to_lab

SEED = 7
"""Of the crops that are shown; training drew others."""


class Method(NamedTuple):
    name: str
    axes: str
    kind: type[Watched]


STOCK = Method("stock", "none", Still)
CIRCULAR = Method("decoder that wraps", "xy", Still)
ROLLS = Method("rolls and that decoder", "xy", Watched)
METHODS = (STOCK, CIRCULAR, ROLLS)
VARIANTS = (
    Method("rolls, every second step", "xy", Second),
    Method("rolls, by halves", "xy", Halves),
    Method("rolls, first half", "xy", Early),
    Method("rolls, last half", "xy", Late),
)
HEALED = "healed"
FINISHED = "healed, border laid where it hides (PNG)"


class Case(NamedTuple):
    """What one method made of one texture. touched: whether it was cut anew."""

    texture: str
    method: str
    marks: Marks
    touched: bool


COLUMNS = (
    "method",
    "wrap over lines that lie alike, mean",
    "worst",
    "within 1.1",
    "by chance",
    "wrap over all inner lines, mean",
    "worst",
    "within 1.1",
    "above p99",
    "last step's border, mean",
    "worst",
    "within 1.1",
    "worst of all borders",
    "texture error",
    "without the frame",
    "cut anew",
)
HEAD = f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|"


def main() -> None:
    """Train, paint, print the tables, and keep figures and pictures."""
    options = _options()
    torch.set_num_threads(options.threads)
    learned = textures(options.evalset)
    model = opened(grown(learned, options.keep / "small", tuple(options.minutes)))
    words = Words(embedded(model), (None, None))
    chosen = [one for one in learned if wanted(one.name, options.only)]
    given = [given_back(model, one) for one in chosen]
    print(
        f"{len(chosen)} textures; texture error of true crops {_floor(chosen, chosen):.3f}, after "
        f"the autoencoder {_floor(given, chosen):.3f}, of these by these {_floor(given, given):.3f}"
    )
    for mode in options.modes:
        print(f"\n{mode}, {MANNERS[mode].steps} steps\n\n{HEAD}", flush=True)
        cases: list[Case] = []
        for method in VARIANTS if options.variants else METHODS:
            pairs = list(zip(chosen, given, strict=True))
            made = _made(model, words, pairs, mode, method, options.keep)
            for name in dict.fromkeys(case.method for case in made):
                print(_row([case for case in made if case.method == name]), flush=True)
            cases += made
        name = f"{'variants' if options.variants else 'seamless'}-{mode}.json"
        (options.keep / name).write_text(json.dumps(cases))


def _options() -> argparse.Namespace:
    parser = arguments(__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--keep", type=Path, default=Path("bench/out/qwen"), help="what is trained")
    parser.add_argument(
        "--minutes", type=float, nargs=2, default=(10, 8), help="of training, of one core"
    )
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--modes", nargs="*", choices=list(MANNERS), default=list(MANNERS))
    parser.add_argument("--variants", action="store_true", help="other ways of rolling instead")
    return parser.parse_args()


def _made(
    model: Model,
    words: Words,
    pairs: list[tuple[Texture, Texture]],
    mode: Mode,
    method: Method,
    keep: Path,
) -> list[Case]:
    """What the method made of all textures; after the engine's own, also what follows it. Each is
    judged by the second of its pair.
    """
    cases: list[Case] = []
    pictures: dict[str, list[Pixels]] = {}
    for seed, (texture, given) in enumerate(pairs):
        shown = crop(texture, SHOWN, np.random.default_rng([SEED, seed]))
        for case, tile in _way(model, words, (given, shown), seed, mode, method):
            cases.append(case)
            pictures.setdefault(case.method, []).append(np.tile(tile, (2, 2, 1))[::2, ::2])
    for name, made in pictures.items():
        sheet(keep / f"{mode}, {name}.png", made)
    return cases


def _way(
    model: Model,
    words: Words,
    pair: tuple[Texture, Pixels],
    seed: int,
    mode: Mode,
    method: Method,
) -> Iterator[tuple[Case, Pixels]]:
    """One texture, painted and measured. pair: what it is judged by, and the crop that is shown."""
    texture, shown = pair
    name, whole = texture.name, texture.pixels
    order = Order(
        words=WORDS,
        photos=(Image.fromarray(shown),),
        size=(SIDE, SIDE),
        seed=seed,
        mode=mode,
        steps=MANNERS[mode].steps,
        guidance=1.0,
        axes=method.axes,
        area=SHOWN * SHOWN,
        loras=(),
    )
    with rolling(method.kind) as used:
        painted, border = paint(model, order, words, _silent)
    places, tile = used[0].places, pixels(painted)
    yield Case(name, method.name, marks(tile, whole, places), False), tile
    if method is not ROLLS:
        return
    seams = see_to_seams(painted, "xy", seed, _silent, border)
    tile = pixels(seams.tile)
    known = places[-1:] if seams.healed else places
    yield Case(name, f"{method.name}, {HEALED}", marks(tile, whole, known), seams.healed), tile
    tile = decoded(finish(seams.tile, None, "png", 95, lambda: None).data)
    yield Case(name, f"{method.name}, {FINISHED}", marks(tile, whole, [(0, 0)]), seams.healed), tile


def _row(cases: list[Case]) -> str:
    """The figures of one method, as a row of the table."""
    wraps = [case.marks.wraps for case in cases]
    lasts = [case.marks.last for case in cases]
    chance = sum(float(np.prod([one.usual for one in both])) for both in wraps)
    above = sum(one.above for both in wraps for one in both)
    cells = [
        cases[0].method,
        *_ratios(wraps),
        f"{chance:.0f}",
        *_ratios(wraps, "plain"),
        f"{above} of {2 * len(cases)}",
        *_ratios(lasts),
        f"{max(case.marks.worst for case in cases):.2f}",
        f"{np.mean([case.marks.error for case in cases]):.3f}",
        f"{np.mean([case.marks.inside for case in cases]):.3f}",
        f"{sum(case.touched for case in cases)}",
    ]
    return f"| {' | '.join(cells)} |"


def _ratios(lines: list[tuple[Line, Line]], over: str = "ratio") -> tuple[str, str, str]:
    both_ways = [[float(getattr(one, over)) for one in both] for both in lines]
    worst, mean = [max(both) for both in both_ways], np.mean(both_ways)
    within = sum(one <= BAR for one in worst)
    return f"{mean:.2f}", f"{max(worst):.2f}", f"{within} of {len(lines)}"


def _floor(ours: list[Texture], theirs: list[Texture]) -> float:
    """The mean error of crops that are as large as a tile."""
    random = np.random.default_rng(SEED)
    crops = [to_lab(crop(one, SIDE, random)) for one in ours]
    errors = [texture_error(a, to_lab(b.pixels)) for a, b in zip(crops, theirs, strict=True)]
    return float(np.mean(errors))


def _silent(fraction: float, doing: str = "") -> None:
    """Nobody waits."""


if __name__ == "__main__":
    main()
