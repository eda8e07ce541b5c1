"""Every photograph in every aspect ratio: no wrap step may be larger than the steps inside."""

from multiprocessing import Pool
from pathlib import Path
from typing import get_args

import numpy as np

from bench.evalset import arguments, surfaces
from tilewright.contract import AspectRatio, SurfaceUnusable, parse_request
from tilewright.engine import Photos
from tilewright.engine.synthesis import SynthesisEngine


def wrap(job: tuple[Path, str, str]) -> tuple[str, list[float], list[float]]:
    """Name, both seam scores, and both wrap steps over the 99th percentile of the inner ones."""
    path, prompt, aspect_ratio = job
    request = parse_request({"prompt": prompt, "aspect_ratio": aspect_ratio})
    try:
        outcome = SynthesisEngine().run(
            request, Photos(path.read_bytes()), lambda stage, fraction: None
        )
    except SurfaceUnusable as refused:
        return f"{path.stem} {aspect_ratio}: {refused}", [], []
    axes = outcome.report.score.across, outcome.report.score.down
    steps = [axis.wrap_step / max(axis.inner_p99, 0.01) for axis in axes]
    return f"{path.stem} {aspect_ratio}", [axis.score for axis in axes], steps


def main() -> None:
    """Print what breaks the promise, and the means."""
    options = arguments(__doc__).parse_args()
    firsts = {
        named.photo: named for named in reversed(list(surfaces(options.evalset, options.only)))
    }
    jobs = [
        (named.path, named.prompt, aspect_ratio)
        for named in firsts.values()
        for aspect_ratio in get_args(AspectRatio)
    ]
    scores, worst = [], []
    with Pool(2) as pool:
        for name, seams, steps in pool.imap(wrap, jobs):
            if not steps:
                print("refused:", name, flush=True)
                continue
            scores.append(min(seams))
            worst.append(max(steps))
            if max(steps) > 1 or min(seams) < 0.8:
                print(f"{name}: seam {min(seams):.2f}, step {max(steps):.2f} of p99", flush=True)
    print(f"{len(scores)} tiles of {len(jobs)}; wrap step above p99: {np.sum(np.array(worst) > 1)}")
    print(f"seam: mean {np.mean(scores):.3f}, least {min(scores):.2f}")


if __name__ == "__main__":
    main()
