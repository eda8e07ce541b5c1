"""Which engines there are, which can run here, and what would enable the others."""

from typing import NamedTuple

from tilewright.contract import EngineUnavailable, FieldFault, TileRequest, UnsupportedParameter
from tilewright.engine.protocol import Engine

AUTO = "auto"

LORAS = ("lora_2_url", "lora_3_url")


class EngineState(NamedTuple):
    """One engine as `tilewright doctor` shows it. `remedy` is empty where the engine can run."""

    name: str
    ready: bool
    detail: str
    remedy: str
    cannot: tuple[str, ...] = ()
    """Parameters that it has no way to apply."""


def survey() -> list[EngineState]:
    """Every engine with its state, the preferred one first."""
    return [
        EngineState(
            "qwen",
            False,
            "the diffusion engine (Qwen-Image-Edit-Plus with the texture_extract LoRA) "
            "is not part of this version",
            "tilewright extract PHOTO --prompt TEXT --engine synthesis",
        ),
        EngineState("synthesis", True, "classical texture synthesis on the CPU", "", LORAS),
    ]


NAMES = (AUTO, *(state.name for state in survey()))
"""What `--engine` takes."""


def choose(name: str) -> Engine:
    """The engine of that name; `auto` takes the first that can run here.

    Raises `EngineUnavailable` with the remedy.
    """
    find(name)
    from tilewright.engine.synthesis import SynthesisEngine

    return SynthesisEngine()


def find(name: str) -> EngineState:
    """The state of the engine that `choose` would give, without loading it. Raises likewise."""
    states = {state.name: state for state in survey()}
    if name == AUTO:
        name = next(state.name for state in states.values() if state.ready)
    if name not in states:
        raise EngineUnavailable(f"there is no engine {name!r}; choose one of {', '.join(NAMES)}")
    if not states[name].ready:
        raise EngineUnavailable(
            f"engine {name!r} cannot run here: {states[name].detail}; "
            f"what works: {states[name].remedy}"
        )
    return states[name]


def check(state: EngineState, request: TileRequest) -> None:
    """Raise `UnsupportedParameter` for what that engine cannot apply; costs nothing."""
    faults = [
        FieldFault(name, "is a LoRA, which only the qwen engine can apply; leave it out here")
        for name in state.cannot
        if getattr(request, name) is not None
    ]
    if faults:
        raise UnsupportedParameter(faults)
