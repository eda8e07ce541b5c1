"""Photo in, tile out: the engines behind one small protocol."""

from tilewright.engine.choose import NAMES, EngineState, choose, survey, why
from tilewright.engine.protocol import Engine, Outcome, Photos, Tick

__all__ = ["NAMES", "Engine", "EngineState", "Outcome", "Photos", "Tick", "choose", "survey", "why"]
