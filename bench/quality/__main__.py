"""Score the engine and its peers on the evaluation set: tables, sheets to look at, a file.

python -m bench.quality FOLDER --kind photos --until find    # the surfaces only, 0.7 s each
python -m bench.quality FOLDER --kind scenes --until light --true-surface --seeds 40
python -m bench.quality FOLDER --kind tiles --peers img2texture --against bench/out/old.json
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import cv2

from bench.evalset import Named, TrueTile, arguments, scenes, surfaces, true_tiles
from bench.quality import surfaces as whole_way
from bench.quality import tiles
from bench.quality.case import Case, Plan, Until
from bench.quality.judge import Judge
from bench.quality.peers import TOOLS, missing
from bench.quality.sheet import write_sheets
from bench.quality.tables import compare, tell

KINDS = ("photos", "scenes", "tiles")


def main() -> None:
    """Measure what was asked for."""
    options = _options()
    plan = Plan(Until(options.until), options.true_surface, tuple(options.peers))
    for peer in plan.peers:
        if missing(peer):
            print(f"peer {peer} is missing: {missing(peer)}")
    began, cases = time.perf_counter(), []
    work = partial(_measure, plan, options.evalset, options.out / "judged")
    for case in _worked(work, _given(options), options.jobs):
        cases.append(case)
        print(f"{case.kind} {case.name} {time.perf_counter() - began:.0f} s", flush=True)
        _keep(cases, options.out / f"{options.name}.json")
    tell(cases)
    print(*write_sheets(cases, options.out / options.name), sep="\n")
    if options.against:
        compare(cases, json.loads(options.against.read_text()))


def _options() -> argparse.Namespace:
    parser = arguments(__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--kind", nargs="*", choices=KINDS, default=KINDS)
    parser.add_argument("--until", choices=list(Until), default=Until.JUDGE, help="last stage")
    parser.add_argument(
        "--true-surface", action="store_true", help="straighten the true surface, not the found"
    )
    parser.add_argument("--seeds", type=int, default=0, help="further scenes to render")
    parser.add_argument("--peers", nargs="*", choices=list(TOOLS), default=["img2texture"])
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--name", default="quality", help="name of the figures and sheets")
    parser.add_argument("--against", type=Path, help="figures of another run, to compare with")
    options = parser.parse_args()
    if options.true_surface and Until(options.until).reaches(Until.TILE):
        parser.error("--true-surface goes with --until straighten or light")
    return options


def _given(options: argparse.Namespace) -> Iterator[Named | TrueTile]:
    if "photos" in options.kind:
        yield from surfaces(options.evalset, options.only)
    if "scenes" in options.kind:
        kept = options.out / "scenes"
        yield from scenes(options.evalset, options.only, options.seeds, kept)
    if "tiles" in options.kind and Until(options.until).reaches(Until.TILE):
        yield from true_tiles(options.evalset, options.only)


def _worked(
    work: Callable[[Named | TrueTile], Case], given: Iterator[Named | TrueTile], jobs: int
) -> Iterator[Case]:
    """Every case in its order."""
    if jobs == 1:
        yield from map(work, given)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(work, given)


def _measure(plan: Plan, evalset: Path, folder: Path, given: Named | TrueTile) -> Case:
    cv2.setNumThreads(1)
    judge = Judge(evalset, folder)
    if isinstance(given, TrueTile):
        return tiles.measure(given, plan, judge)
    return whole_way.measure(given, plan, judge)


def _keep(cases: list[Case], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([case.kept() for case in cases], indent=1))


if __name__ == "__main__":
    main()
