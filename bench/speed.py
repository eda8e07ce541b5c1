"""Seconds and megabytes: stages of the main job, its peak memory, the command's start."""

import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "examples"
PROMPTS = {
    "asphalt_street": "Extract asphalt texture from the road.",
    "deck_water": "Extract wooden plank texture from the deck.",
    "oak_leaves": "Extract fallen leaves texture from the forest floor.",
    "old_brick_grey": "Extract brick texture from the wall.",
}


def child_usage() -> resource.struct_rusage:
    return resource.getrusage(resource.RUSAGE_CHILDREN)


def cpu_seconds(line: list[str]) -> float:
    """CPU time of one run of a program."""
    before = child_usage()
    subprocess.run(line, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = child_usage()
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print the figures; each tile is made by a process of its own, as users do."""
    command = [sys.executable, "-m", "tilewright"]
    bare = statistics.median(cpu_seconds([sys.executable, "-c", "pass"]) for _ in range(5))
    start = statistics.median(cpu_seconds([*command, "--help"]) for _ in range(5))
    print(f"--help: {start:.2f} s CPU, {start / bare:.1f} times a bare Python")
    walls = []
    for name, prompt in PROMPTS.items():
        photo = str(EXAMPLES / f"{name}.jpg")
        line = [
            *command,
            "extract",
            photo,
            "--prompt",
            prompt,
            "--json",
            "-o",
            "bench/out/speed.webp",
        ]
        Path("bench/out").mkdir(parents=True, exist_ok=True)
        began = time.perf_counter()
        done = subprocess.run(line, check=True, stdout=subprocess.PIPE)
        walls.append(time.perf_counter() - began)
        stages = json.loads(done.stdout)["report"]["stages"]
        parts = ", ".join(f"{stage['stage']} {stage['seconds']:.2f}" for stage in stages)
        print(f"{name}: {walls[-1]:.1f} s ({parts})", flush=True)
    peak = child_usage().ru_maxrss / 1024
    print(f"photo to tile: median {statistics.median(walls):.1f} s; peak {peak:.0f} MB")


if __name__ == "__main__":
    main()
