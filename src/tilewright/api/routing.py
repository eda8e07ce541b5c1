"""Which engine a request is for: decided when it is accepted, and then for good."""

from tilewright.api.door import Rules
from tilewright.contract import FieldFault, InvalidRequest, ServiceRequest, UnsupportedParameter
from tilewright.engine.choose import AUTO, EngineState, check


def engine_for(rules: Rules, wish: ServiceRequest) -> EngineState:
    """The engine that the wish names; else the first that can apply all of it.

    Never the one that is free just now: the same request must give the same tile.
    Raises `InvalidRequest` for an engine that is not offered, or what cannot be applied.
    """
    if wish.engine != AUTO:
        named = _named(rules, wish.engine)
        check(named, wish)
        return named
    for state in rules.engines:
        try:
            check(state, wish)
        except UnsupportedParameter:
            continue
        return state
    check(rules.engine, wish)
    return rules.engine


def _named(rules: Rules, name: str) -> EngineState:
    for state in rules.engines:
        if state.name == name:
            return state
    offered = ", ".join(state.name for state in rules.engines)
    sentence = f"is {name}, and this service has {offered}; leave it out, or ask its operator"
    raise InvalidRequest([FieldFault("engine", sentence)])
