"""Seconds and megabytes: stages of the main job, silence between ticks, the command's start."""

import itertools
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

from PIL import Image

from tilewright.contract import parse_request
from tilewright.engine import Photos, choose
from tilewright.engine.qwen.options import QwenOptions

OUT = Path("bench/out")
EXAMPLES = Path(__file__).parents[1] / "examples"
PROMPTS = {
    "asphalt_street": "Extract asphalt texture from the road.",
    "deck_water": "Extract wooden plank texture from the deck.",
    "oak_leaves": "Extract fallen leaves texture from the forest floor.",
    "old_brick_grey": "Extract brick texture from the wall.",
}
SIDES = (2048, 4096)
COMMAND = [sys.executable, "-m", "tilewright"]


def child_usage() -> resource.struct_rusage:
    return resource.getrusage(resource.RUSAGE_CHILDREN)


def cpu_seconds(line: list[str]) -> float:
    """CPU time of one run of a program."""
    before = child_usage()
    subprocess.run(line, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = child_usage()
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def start() -> None:
    """The command's start against that of Python alone."""
    bare = statistics.median(cpu_seconds([sys.executable, "-c", "pass"]) for _ in range(5))
    helped = statistics.median(cpu_seconds([*COMMAND, "--help"]) for _ in range(5))
    print(f"--help: {helped:.2f} s CPU, {helped / bare:.1f} times a bare Python")


def whole_way(name: str) -> float:
    """Wall seconds of one tile, made by a process of its own as users do."""
    wish = ["--prompt", PROMPTS[name], "--json", "-o", str(OUT / "speed.webp")]
    began = time.perf_counter()
    done = subprocess.run(
        [*COMMAND, "extract", str(EXAMPLES / f"{name}.jpg"), *wish],
        check=True,
        stdout=subprocess.PIPE,
    )
    wall = time.perf_counter() - began
    stages = json.loads(done.stdout)["report"]["stages"]
    parts = ", ".join(f"{stage['stage']} {stage['seconds']:.2f}" for stage in stages)
    print(f"{name}: {wall:.1f} s ({parts})", flush=True)
    return wall


def at_size(side: int) -> None:
    """Wall seconds and memory of a large tile: of few pixels, and of a photo of 12 megapixels."""
    for name, longest in (("oak_leaves", None), ("oak_leaves", 4000)):
        photo = EXAMPLES / f"{name}.jpg"
        if longest is not None:
            photo = enlarged(photo, longest)
        wish = ["--prompt", PROMPTS[name], "--width", str(side), "--json"]
        began = time.perf_counter()
        line = [*COMMAND, "extract", str(photo), *wish, "-o", str(OUT / "speed.webp")]
        with subprocess.Popen(line, stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            said = json.loads(child.stdout.read())
            usage = os.wait4(child.pid, 0)[2]
            child.returncode = 0
        stages = said["report"]["stages"]
        parts = ", ".join(f"{stage['stage']} {stage['seconds']:.1f}" for stage in stages)
        wall = time.perf_counter() - began
        peak = usage.ru_maxrss / 1024
        print(f"{side}x{side} of {photo.name}: {wall:.1f} s, {peak:.0f} MB ({parts})", flush=True)


def enlarged(photo: Path, longest: int) -> Path:
    """The same with its long side of so many pixels, so that one cell may fill the tile."""
    with Image.open(photo) as image:
        zoom = longest / max(image.size)
        large = image.resize((round(image.width * zoom), round(image.height * zoom)))
    path = OUT / f"large_{photo.name}"
    large.save(path, quality=90)
    return path


def longest_silence(name: str) -> float:
    """Seconds between two ticks at most: a cancel waits no longer."""
    ticks: list[float] = [time.perf_counter()]
    photo = Photos((EXAMPLES / f"{name}.jpg").read_bytes())
    request = parse_request({"prompt": PROMPTS[name]})
    engine = choose("synthesis", QwenOptions())
    engine.run(request, photo, lambda stage, share: ticks.append(time.perf_counter()))
    return max(after - before for before, after in itertools.pairwise(ticks))


def main() -> None:
    """Print the figures."""
    OUT.mkdir(parents=True, exist_ok=True)
    start()
    walls = [whole_way(name) for name in PROMPTS]
    peak = child_usage().ru_maxrss / 1024
    print(f"photo to tile: median {statistics.median(walls):.1f} s; peak {peak:.0f} MB")
    silences = [longest_silence(name) for name in PROMPTS]
    print(f"longest time between two ticks: {max(silences):.2f} s")
    for side in SIDES:
        at_size(side)


if __name__ == "__main__":
    main()
