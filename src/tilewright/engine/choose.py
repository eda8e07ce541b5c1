"""Which engines there are, which can run here, and what would enable the others."""

import re
from typing import NamedTuple, get_args
from urllib.parse import urlsplit

from tilewright.contract import (
    EngineName,
    EngineUnavailable,
    FieldFault,
    TileRequest,
    UnsupportedParameter,
    tile_size,
)
from tilewright.engine.protocol import Engine
from tilewright.engine.qwen.options import QwenOptions

AUTO = "auto"
NAMES: tuple[str, ...] = get_args(EngineName)
"""What `--engine` takes; those that can run are preferred in this order."""
ENGINES = NAMES[1:]

LORAS = ("lora_2_url", "lora_3_url")
LORA_WEIGHTS = ("lora_2_weight", "lora_3_weight")
QWEN_ONLY = (
    *LORAS,
    *LORA_WEIGHTS,
    "mode",
    "steps",
    "guidance",
    "reference_resolution",
    "seamless",
)
SYNTHESIS_ONLY = ("straighten", "elements")

LONGEST_PAINTED = 1664
"""Texels: the longest side that the makers of Qwen-Image name (1664x928)."""


class EngineState(NamedTuple):
    """One engine as `tilewright doctor` shows it. `remedy` is empty where the engine can run."""

    name: str
    ready: bool
    detail: str
    remedy: str
    cannot: tuple[str, ...] = ()
    """Parameters that it has no way to apply, other than at their defaults."""
    longest_side: int | None = None
    """Of a tile, in texels, where it is less than the contract's."""
    lora_hosts: tuple[str, ...] = ()
    """Where LoRAs may come from; empty is anywhere."""
    heavy: bool = False
    """Whether it takes so long to load that workers do so before they take jobs."""


SYNTHESIS = EngineState("synthesis", True, "classical texture synthesis on the CPU", "", QWEN_ONLY)
"""It runs anywhere."""


def survey(qwen: QwenOptions) -> list[EngineState]:
    """Every engine with its state, the preferred one first. About 0.1 s."""
    return [describe("qwen", qwen), SYNTHESIS]


def describe(name: str, qwen: QwenOptions) -> EngineState:
    """One engine with its state, whether or not it can run here."""
    if name == SYNTHESIS.name:
        return SYNTHESIS
    if name != "qwen":
        raise EngineUnavailable(f"there is no engine {name!r}; choose one of {', '.join(NAMES)}")
    from tilewright.engine.qwen.ready import readiness

    limits = SYNTHESIS_ONLY, LONGEST_PAINTED, qwen.lora_hosts
    return EngineState(name, *readiness(qwen), *limits, heavy=True)


def choose(name: str, qwen: QwenOptions) -> Engine:
    """The engine of that name; `auto` takes the first that can run here.

    Raises `EngineUnavailable` with the remedy.
    """
    if find(name, qwen).name == "qwen":
        from tilewright.engine.qwen.engine import QwenEngine

        return QwenEngine(qwen)
    from tilewright.engine.synthesis import SynthesisEngine

    return SynthesisEngine()


def choose_loaded(name: str, qwen: QwenOptions) -> Engine:
    """The same with its model loaded, if it has one: a minute, for who will make many tiles."""
    if find(name, qwen).name != "qwen":
        return choose(name, qwen)
    from tilewright.engine.qwen.engine import QwenEngine

    engine = QwenEngine(qwen)
    engine.warm()
    return engine


def find(name: str, qwen: QwenOptions) -> EngineState:
    """The state of the engine that `choose` would give, without loading it. Raises likewise."""
    if name == AUTO:
        return next(state for state in survey(qwen) if state.ready)
    state = describe(name, qwen)
    if not state.ready:
        raise EngineUnavailable(f"engine {name!r} cannot run here: {state.detail}; {state.remedy}")
    return state


def card_memory(name: str, qwen: QwenOptions) -> tuple[int, int] | None:
    """Bytes of the card that the engine of that name uses: those in use by anybody, and all.

    None where it uses no card, or the card does not answer.
    """
    number = re.fullmatch(r"(?:auto|cuda)(?::(\d+))?", qwen.device)
    if name != "qwen" or number is None:
        return None
    from tilewright.engine.qwen.card import find_memory

    return find_memory(int(number[1] or 0))


def why(name: str, qwen: QwenOptions) -> str:
    """Which engine `auto` takes and for what reason, in a few words; nothing for other names."""
    if name != AUTO:
        return ""
    best = survey(qwen)[0]
    if best.ready:
        return f"{best.name}, which can run here: {best.detail}"
    return f"{find(name, qwen).name}, as {best.name} cannot run here: {best.detail}"


def check(state: EngineState, request: TileRequest) -> None:
    """Raise `UnsupportedParameter` for what that engine cannot apply; costs nothing."""
    other = "qwen" if state.name == "synthesis" else "synthesis"
    faults = [
        FieldFault(
            name,
            f"can be applied by the {other} engine only, and this is the {state.name} engine; "
            "leave it out here",
        )
        for name in state.cannot
        if getattr(request, name) != TileRequest.model_fields[name].default
    ]
    faults += _too_long(state, request) + _strange_hosts(state, request)
    faults += _weights_of_nothing(state, request)
    if faults:
        raise UnsupportedParameter(faults)


def _too_long(state: EngineState, request: TileRequest) -> list[FieldFault]:
    if state.longest_side is None or (request.width is None and request.height is None):
        return []
    sides = zip(("width", "height"), tile_size(request, (1, 1)), strict=True)
    return [
        FieldFault(
            name,
            f"is {side}, and the {state.name} engine paints up to {state.longest_side}; ask for "
            "less, or use the synthesis engine",
        )
        for name, side in sides
        if side > state.longest_side
    ]


def _weights_of_nothing(state: EngineState, request: TileRequest) -> list[FieldFault]:
    return [
        FieldFault(
            weight, f"is the weight of {url}, which is not given; give it, or leave this out"
        )
        for url, weight in zip(LORAS, LORA_WEIGHTS, strict=True)
        if weight not in state.cannot
        and getattr(request, url) is None
        and getattr(request, weight) != TileRequest.model_fields[weight].default
    ]


def _strange_hosts(state: EngineState, request: TileRequest) -> list[FieldFault]:
    faults = []
    for name in LORAS:
        host = urlsplit(getattr(request, name) or "").hostname
        if host is None or not state.lora_hosts or name in state.cannot:
            continue
        if not any(host == known or host.endswith(f".{known}") for known in state.lora_hosts):
            sentence = (
                f"is at {host}, and LoRAs are taken from {', '.join(state.lora_hosts)} only; the "
                "operator may add to TILEWRIGHT_LORA_HOSTS"
            )
            faults.append(FieldFault(name, sentence))
    return faults
