"""The weights of the qwen engine: in their folder, or what they lack and what to type."""

import json
import shlex
from pathlib import Path
from typing import NamedTuple

from tilewright.contract import EngineUnavailable
from tilewright.contract.extras import to_install
from tilewright.engine.protocol import Tick
from tilewright.engine.qwen.weights.manifest import (
    MANIFEST,
    REST,
    Held,
    Manifest,
    Plan,
    Planned,
    Sums,
    pieces,
    read_manifest,
    read_plan,
    size_of,
)
from tilewright.engine.qwen.weights.meter import Meter, in_words

BASE = "base"
"""The folder of the model itself, as diffusers lays it out."""
MODEL_INDEX = f"{BASE}/model_index.json"
PIPELINE = "QwenImageEditPlusPipeline"
"""What the model_index.json of Qwen-Image-Edit-2509 names; the first Qwen-Image-Edit's does not."""
PARTS = ("scheduler", "text_encoder", "tokenizer", "processor", "transformer", "vae")
TEXTURE = "loras/texture_extract.safetensors"
FAST = "loras/fast.safetensors"
"""8 steps without guidance. Where this or the next is lacking, only its mode is."""
FASTEST = "loras/fastest.safetensors"
"""4 steps without guidance."""

MOST_NAMED = 3
"""Files that an error names before it counts the others."""


class Weights(NamedTuple):
    """Weights that are all there, by their sizes."""

    folder: Path
    base: Path
    texture: Path
    fast: Path | None
    fastest: Path | None
    digest: str
    """One sha256 for all of them; the report of a tile names it."""


def open_weights(folder: Path) -> Weights:
    """The weights in `folder`, files compared by size only: a few milliseconds.

    Raises `EngineUnavailable` with the remedy where anything is lacking.
    """
    try:
        return _open(folder)
    except OSError as error:
        raise EngineUnavailable(
            f"the weights in {folder} cannot be read: {error.strerror or error}; "
            "let the account that runs this read them"
        ) from None


def check_weights(folder: Path, tick: Tick) -> Weights:
    """The same with every hash: a minute or two for all 58 GB, where the disk gives 1 GB/s.

    Raises `EngineUnavailable` naming every file that is bad, and whatever `tick` raises.
    """
    manifest = _manifest(folder)
    meter = Meter(tick, "checking", sum(held.size for held in manifest.files.values()))
    bad = [path for path, held in manifest.files.items() if not sum_up(folder / path, held, meter)]
    if bad:
        raise EngineUnavailable(
            f"damaged or gone in {folder}: {', '.join(bad)}; {_repair(folder, manifest)}"
        )
    return open_weights(folder)


def check_model(folder: Path) -> None:
    """Raise `EngineUnavailable` if the model in `folder` is another one, or lacks a part."""
    index = folder / MODEL_INDEX
    try:
        named = json.loads(index.read_bytes())["_class_name"]
    except FileNotFoundError:
        raise EngineUnavailable(
            f"{folder} holds no {MODEL_INDEX}: Qwen-Image-Edit-2509 belongs in {folder / BASE}, "
            "in diffusers' layout"
        ) from None
    except (ValueError, KeyError, TypeError):
        raise EngineUnavailable(f"{index} is not a diffusers model's; {_pull(folder)}") from None
    if named != PIPELINE:
        raise EngineUnavailable(
            f"{folder / BASE} is another model: its model_index.json names {named}, not "
            f"{PIPELINE}; Qwen-Image-Edit-2509 belongs there"
        )
    lacking = [part for part in PARTS if not (folder / BASE / part).is_dir()]
    if lacking:
        raise EngineUnavailable(f"{folder / BASE} lacks {', '.join(lacking)}; {_pull(folder)}")


def not_installed(error: ModuleNotFoundError) -> EngineUnavailable:
    """What to say where the extra is not installed."""
    return EngineUnavailable(
        f"the qwen engine's libraries are not installed, {error.name} first: {to_install('qwen')}"
    )


def sum_up(path: Path, planned: Planned, meter: Meter) -> Held | None:
    """The planned file if the one at `path` is it, to the last bit; its bytes count as done."""
    if size_of(path) != planned.size:
        return None
    sums = Sums(planned)
    for piece in pieces(path):
        sums.feed(piece)
        meter.add(len(piece))
    held = sums.held()
    if held is None:
        meter.add(-planned.size)
    return held


def _open(folder: Path) -> Weights:
    manifest = _manifest(folder)
    wrong = [
        f"{path} ({'gone' if size is None else f'{size} bytes, not {held.size}'})"
        for path, held in manifest.files.items()
        if (size := size_of(folder / path)) != held.size
    ]
    if wrong:
        more = f" and {len(wrong) - MOST_NAMED} more" if len(wrong) > MOST_NAMED else ""
        named = ", ".join(wrong[:MOST_NAMED])
        raise EngineUnavailable(
            f"the weights in {folder} are damaged: {named}{more}; {_repair(folder, manifest)}"
        )
    if TEXTURE not in manifest.files:
        raise EngineUnavailable(f"the weights in {folder} lack {TEXTURE}; {_pull(folder)}")
    check_model(folder)
    fast, fastest = (folder / lora if lora in manifest.files else None for lora in (FAST, FASTEST))
    return Weights(folder, folder / BASE, folder / TEXTURE, fast, fastest, manifest.digest())


def _manifest(folder: Path) -> Manifest:
    """What is here. Raises `EngineUnavailable` if nothing is, or not all."""
    if not any(folder.glob("[!.]*/")):
        raise EngineUnavailable(f"there are no weights in {folder}; {_pull(folder)}")
    if plan := read_plan(folder):
        here, whole = _progress(folder, plan)
        raise EngineUnavailable(
            f"the weights in {folder} are half-downloaded, {in_words(here)} of "
            f"{in_words(whole)}; to go on: {_command(folder)}"
        )
    if manifest := read_manifest(folder):
        return manifest
    raise EngineUnavailable(
        f"{folder} has no {MANIFEST}: it was filled by hand, or not to the end; "
        f"{_pull(folder)}, or with --from DIR if they are on this machine"
    )


def _progress(folder: Path, plan: Plan) -> tuple[int, int]:
    """Bytes that are here, and bytes that are wanted."""
    here = sum(
        size_of(folder / path) or size_of(folder / f"{path}{REST}") or 0 for path in plan.files
    )
    return here, sum(planned.size for planned in plan.files.values())


def _repair(folder: Path, manifest: Manifest) -> str:
    """What gets damaged files again: where they came from, they can be had."""
    if all(held.repo for held in manifest.files.values()):
        return f"to get only those again: {_command(folder)}"
    return f"they came from a folder, so from there again: {_command(folder)} --from DIR"


def _pull(folder: Path) -> str:
    return f"to get them: {_command(folder)}"


def _command(folder: Path) -> str:
    return f"tilewright weights pull --to {shlex.quote(str(folder))}"
