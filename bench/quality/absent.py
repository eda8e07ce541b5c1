"""Whether the engine knows that what the words name is not in the photo.

Each surface is asked for by its own words, and each photo for every material that it does not show.
`python -m bench.quality.absent FOLDER --seeds 40` takes about 8 minutes; photos alone: --seeds -1.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.evalset import Named, Pixels, arguments, read, scenes, surfaces
from bench.quality.measures import shares
from tilewright.engine.synthesis.likeness import EVEN
from tilewright.engine.synthesis.patches import Patches, patches_of
from tilewright.engine.synthesis.regions import Region, regions_of
from tilewright.engine.synthesis.surface import Found, choose
from tilewright.engine.synthesis.words import understand

ASKED = {
    "brick": "brick texture from the wall",
    "stone": "stone texture from the wall",
    "rock": "rock texture from the cliff",
    "cobblestone": "cobblestone texture from the street",
    "paving": "tile texture from the floor",
    "gravel": "gravel texture from the path",
    "pebbles": "pebble texture from the beach",
    "concrete": "concrete texture from the wall",
    "plaster": "plaster texture from the wall",
    "asphalt": "asphalt texture from the road",
    "wood": "wood texture from the planks",
    "bark": "bark texture from the tree trunk",
    "grass": "grass texture from the lawn",
    "moss": "moss texture from the log",
    "leaves": "fallen leaves texture from the ground",
    "foliage": "leaf texture from the hedge",
    "sand": "sand texture from the beach",
    "soil": "soil texture from the field",
    "snow": "snow texture from the ground",
    "water": "water texture from the lake",
    "roof": "roof tiles",
    "metal": "metal texture from the door",
    "rust": "rust texture from the plate",
    "fabric": "fabric texture from the cloth",
}
"""What somebody would type for each material."""

SHOWN = {
    "pebble_beach": "stone rock cobblestone gravel pebbles",
    "lighthouse_brick": "brick stone paving concrete plaster roof metal",
    "mossy_log": "wood bark grass moss leaves foliage soil",
    "cliff": "stone rock grass moss foliage",
    "pavement_barrier": "brick stone cobblestone paving gravel concrete asphalt sand soil metal",
    "lund_street": "brick stone cobblestone paving concrete plaster wood grass leaves foliage roof",
    "lund_red_car": "brick stone cobblestone paving concrete "
    "plaster grass leaves foliage roof metal",
    "lund_red_brick": "brick stone cobblestone paving concrete plaster "
    "asphalt wood grass leaves foliage roof metal",
    "lund_yellow_gable": "brick stone cobblestone paving concrete "
    "plaster grass leaves foliage roof metal",
    "concrete_wall_car": "stone paving concrete plaster asphalt metal",
    "asphalt_street": "brick stone paving gravel concrete plaster asphalt metal",
    "deck_water": "paving wood water",
    "oak_leaves": "bark leaves foliage soil",
    "concrete_bowl": "stone paving gravel concrete plaster asphalt sand",
    "trunk_nuthatch": "plaster wood bark sand snow water",
    "mountain_meadow": "stone rock gravel grass moss soil snow",
    "forest_stream": "stone rock gravel pebbles wood bark grass moss leaves foliage soil water",
    "dune_footprints": "gravel sand soil",
    "castle_maintenon": "brick stone paving plaster wood grass leaves foliage roof",
    "coffee_table": "paving wood metal",
    "pagoda_trees": "brick wood grass leaves foliage water roof",
    "tea_hills": "grass moss leaves foliage",
    "desert_dune": "sand soil",
    "komodo_rock": "stone rock gravel concrete plaster sand soil",
    "old_brick_grey": "brick stone rock paving concrete plaster",
}
"""What a photo shows, or may be said to show: nothing of this is ever counted as absent."""

SHOWS = {
    "brick_wall_001": "brick stone paving",
    "brick_wall_07": "brick stone paving",
    "rock_wall_13": "brick stone rock cobblestone gravel pebbles",
    "plastered_stone_wall": "stone rock concrete plaster",
    "asphalt_02": "stone gravel concrete asphalt",
    "brushed_concrete": "stone paving concrete plaster asphalt metal",
    "brick_floor": "brick stone cobblestone paving",
    "brown_floor_tiles": "stone paving",
    "cobble_paving_0ad": "stone rock cobblestone paving gravel pebbles",
    "blue_painted_planks": "wood",
    "wood_planks_stk": "wood",
    "rusty_metal": "metal rust",
    "painted_metal_shutter": "metal",
    "aerial_rocks_02": "stone rock gravel grass moss",
    "brown_mud_rocks_01": "stone rock gravel pebbles soil",
    "leaves_forest_ground": "bark leaves foliage soil",
    "grass001": "grass moss foliage",
    "sand_hterrain": "sand soil",
    "burlap": "fabric",
    "hedge02": "grass moss leaves foliage",
}
"""The same of the true tiles that scenes are rendered from."""

HALVES = 200
"""Draws of half the photos, on which a threshold is chosen that is then used on the other half."""

DOUBTED = 0.05
"""Share of the present that such a threshold may doubt."""


class Answer(NamedTuple):
    """What came of one prompt. shown: whether the photo shows it."""

    kind: str
    photo: str
    prompt: str
    shown: bool
    found: Found


def main() -> None:
    """Ask for what is there and for what is not."""
    parser = arguments(__doc__)
    parser.add_argument("--seeds", type=int, default=-1, help="further scenes; -1: photos alone")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    given = list(surfaces(options.evalset, options.only))
    if options.seeds >= 0:
        given += scenes(options.evalset, options.only, options.seeds, options.out / "scenes")
    answers = [answer for photo in _by_photo(given) for answer in _asked(options.evalset, photo)]
    for kind in sorted({answer.kind for answer in answers}):
        tell(kind, [answer for answer in answers if answer.kind == kind])
    tell("all", answers)


def _by_photo(given: list[Named]) -> list[list[Named]]:
    photos: dict[str, list[Named]] = {}
    for named in given:
        photos.setdefault(named.photo, []).append(named)
    return list(photos.values())


def _asked(evalset: Path, named: list[Named]) -> Iterator[Answer]:
    """Every prompt that is put to one photo. A wrong surface is left out: nobody knows of it."""
    first = named[0]
    kind = "photos" if first.to_photo is None else "scenes"
    photo = read(first.path)
    patches = patches_of(photo)
    regions = regions_of(patches, photo.shape[0] * photo.shape[1])

    def answer(prompt: str, *, shown: bool) -> Answer:
        found = _found(photo, patches, regions, prompt)
        return Answer(kind, first.photo, prompt, shown, found)

    own = [(one, answer(one.prompt, shown=True)) for one in named]
    yield from (told for one, told in own if shares(told.found.mask, one.mask)[0] > 0.8)
    absent = set(ASKED) - _shown(evalset, first)
    yield from (answer(ASKED[material], shown=False) for material in sorted(absent))
    print(first.photo, flush=True)


def _found(photo: Pixels, patches: Patches, regions: list[Region], prompt: str) -> Found:
    return choose(regions, patches, understand(prompt), photo.shape)


def _shown(evalset: Path, named: Named) -> set[str]:
    """What is in the picture, or may be."""
    if named.to_photo is None:
        return set(SHOWN[named.photo].split())
    manifest = json.loads((evalset / "scenes" / "manifest.json").read_text())["scenes"]
    kept = {scene["id"]: scene["meta"] for scene in manifest}
    beside = named.path.with_suffix(".json")
    meta = kept.get(named.photo) or json.loads(beside.read_text())["meta"]
    words = [SHOWS[tile] for tile in meta["tiles_used"]]
    words += [SHOWN[meta["backdrop"]]] if meta["backdrop"] else []
    return set(" ".join(words).split())


def tell(title: str, answers: list[Answer]) -> None:
    """How well the certainty tells what is there from what is not."""
    shown = np.array([answer.shown for answer in answers])
    sure = np.array([answer.found.confidence for answer in answers])
    chance = np.array([answer.found.likeness.chance for answer in answers])
    photos = np.array([answer.photo for answer in answers])
    print(f"\n{title}: {shown.sum()} present, {(~shown).sum()} absent")
    for name, values in (("confidence", sure), ("chance that it is there", chance)):
        print(f"  {name}: area under the curve {area(values[shown], values[~shown]):.3f}")
        for word, part in (("present", values[shown]), ("absent", values[~shown])):
            tenths = np.round(np.quantile(part, np.arange(0.1, 1, 0.1)), 2)
            print(f"    {word}: below {EVEN} {np.mean(part < EVEN):.0%}, tenths {tenths}")
    print("  threshold from half of the photos, used on the rest:", left_out(chance, shown, photos))


def area(present: NDArray[np.float64], absent: NDArray[np.float64]) -> float:
    """The chance that of one of each the present one has more."""
    more = present[:, None] > absent
    return float((more + 0.5 * (present[:, None] == absent)).mean())


def left_out(
    chance: NDArray[np.float64], shown: NDArray[np.bool_], photos: NDArray[np.str_]
) -> str:
    """Means of the threshold, of the present doubted by it, of the absent told."""
    random, names = np.random.default_rng(1), np.unique(photos)
    drawn = []
    for _ in range(HALVES):
        half = np.isin(photos, random.permutation(names)[: len(names) // 2])
        edge = np.quantile(chance[half & shown], DOUBTED)
        rest = (chance < edge)[~half], shown[~half]
        drawn.append((edge, rest[0][rest[1]].mean(), rest[0][~rest[1]].mean()))
    edge, doubted, told = np.mean(drawn, axis=0)
    return f"{edge:.2f}, doubts {doubted:.0%}, tells {told:.0%}"


if __name__ == "__main__":
    main()
