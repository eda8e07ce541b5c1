"""Whether the engine can run here, and what would enable it; nothing heavy is loaded for it."""

import runpy
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from tilewright.contract import EngineUnavailable
from tilewright.contract.extras import to_install
from tilewright.engine.qwen.card import GIBIBYTE, Card, find_card
from tilewright.engine.qwen.options import QwenOptions
from tilewright.engine.qwen.plan import Parts, Plan, choose_plan, needed
from tilewright.engine.qwen.weights.check import Weights, open_weights

LIBRARIES = ("diffusers", "transformers", "accelerate", "safetensors")

SPEEDS = {
    "H200": 790e12,
    "H100": 700e12,
    "A100": 250e12,
    "L40S": 260e12,
    "RTX 4090": 150e12,
    "RTX 5090": 200e12,
}
"""bfloat16 operations a second that attention and large products reach on each card; the first from
the measured roofline of an H200, the others its share of their data sheets."""

OTHERWISE = "if there is one, install NVIDIA's driver; if not, take --engine synthesis"

WORK = {"quality": 166.7e12 * 80, "fast": 166.7e12 * 8, "fastest": 166.7e12 * 4}
"""Operations of a tile of 1024x1024 from one photo, by mode."""


class Readiness(NamedTuple):
    """detail: what was found, in words. remedy: empty where the engine can run."""

    ready: bool
    detail: str
    remedy: str


def readiness(options: QwenOptions) -> Readiness:
    """Card, libraries, weights, driver and memory: what lacks first, in this order. About 0.1 s.

    The card is first: nobody shall fetch 58 GB for a machine that has none.
    """
    card = None if options.device == "cpu" else find_card(_number(options.device))
    if card is None and options.device != "cpu":
        return _lacks(_no_card(options.device), OTHERWISE)
    missing = [name for name in LIBRARIES if find_spec(name) is None]
    if missing:
        return _lacks(f"{', '.join(missing)} not installed", to_install("qwen"))
    if find_spec("torch") is None:
        return _lacks("PyTorch is not installed", "pip install torch")
    try:
        if options.weights is None:
            return _lacks("no folder of weights is named", "set TILEWRIGHT_WEIGHTS_DIR")
        weights = open_weights(options.weights)
        if card is None:
            return _says(
                f"on the CPU, where the full model takes hours; weights {weights.digest[:12]}"
            )
        return on_card(card, torch_cuda(), options, weights)
    except EngineUnavailable as error:
        detail, _, remedy = str(error).rpartition("; ")
        return _lacks(detail or remedy, remedy)


def on_card(
    card: Card, build: tuple[int, int] | None, options: QwenOptions, weights: Weights
) -> Readiness:
    """What that card can do. build: the CUDA that PyTorch was built for; None for a CPU build.

    Raises `EngineUnavailable` if it is too small.
    """
    if build is None:
        return _lacks(
            f"{card.name} is here, and the installed PyTorch is for CPUs only",
            "install PyTorch for CUDA, as pytorch.org says",
        )
    if card.driver[0] < build[0]:
        return _lacks(
            f"the driver of {card.name} knows CUDA {_dotted(card.driver)}, and PyTorch was built "
            f"for {_dotted(build)}",
            "install a newer driver, or a PyTorch for an older CUDA",
        )
    parts = parts_on_disk(weights)
    plan = choose_plan(options.plan, parts, card.memory)
    return _says(_description(card, plan, parts, options, weights))


def _description(
    card: Card, plan: Plan, parts: Parts, options: QwenOptions, weights: Weights
) -> str:
    told = [
        f"{card.name}, {card.memory / GIBIBYTE:.0f} GiB of which "
        f"{needed(plan, parts) / GIBIBYTE:.0f} are needed",
        plan.price,
        f"bfloat16, attention {options.attention}",
        f"weights {weights.digest[:12]}",
    ]
    speed = next((rate for name, rate in SPEEDS.items() if name in card.name), None)
    if speed is not None:
        seconds = WORK[options.mode] / speed * 1.2 + 1.0
        told.append(f"about {seconds:.0f} s a tile expected in {options.mode}, not measured")
    return "; ".join(told)


def _number(device: str) -> int:
    return int(device.partition(":")[2] or 0)


def _no_card(device: str) -> str:
    if _number(device) and find_card() is not None:
        return f"this machine has no card for TILEWRIGHT_QWEN_DEVICE={device}"
    return "no NVIDIA card and driver were found"


def parts_on_disk(weights: Weights) -> Parts:
    """How large the parts are, by their files, which are bfloat16."""
    folders = ("text_encoder", "transformer", "vae")
    return Parts(*(_bytes(weights.base / folder) for folder in folders))


def torch_cuda() -> tuple[int, int] | None:
    """The CUDA that the installed PyTorch was built for; None for a CPU build. Not imported."""
    spec = find_spec("torch")
    if spec is None or not spec.submodule_search_locations:
        return None
    known = runpy.run_path(str(Path(spec.submodule_search_locations[0]) / "version.py"))
    found = str(known.get("cuda") or "").split(".")
    return (int(found[0]), int(found[1])) if len(found) > 1 else None


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*.safetensors"))


def _dotted(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))


def _says(detail: str) -> Readiness:
    return Readiness(True, detail, "")


def _lacks(detail: str, remedy: str) -> Readiness:
    return Readiness(False, detail, remedy)
