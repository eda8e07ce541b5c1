"""Which part of the model lives where, on a card of that size."""

from typing import Literal, NamedTuple

from tilewright.contract import EngineUnavailable
from tilewright.engine.qwen.card import GIBIBYTE

Place = Literal["resident", "streamed", "eighths"]


class Parts(NamedTuple):
    """Bytes of the model's parts in bfloat16."""

    encoder: int
    transformer: int
    vae: int


class Plan(NamedTuple):
    """Where the text encoder and the transformer are kept, and what that costs.

    resident: on the card. streamed: in the machine's memory, layer by layer through the card.
    eighths: on the card with 8 bits a number (float8_e4m3fn), computed in bfloat16.
    """

    name: str
    encoder: Place
    transformer: Place
    price: str


PLANS = {
    plan.name: plan
    for plan in (
        Plan("resident", "resident", "resident", "all of the model is on the card"),
        Plan(
            "encoder-aside",
            "streamed",
            "resident",
            "the text encoder stays in the machine's memory: 1 to 2 s more for a new prompt",
        ),
        Plan(
            "eighths",
            "streamed",
            "eighths",
            "the transformer's weights have 8 bits: pictures differ slightly from the full model's",
        ),
        Plan(
            "streamed",
            "streamed",
            "streamed",
            "every step brings 41 GB over the bus: about 2 s a step, 3 min a tile in quality",
        ),
    )
}
"""The best first."""

WORKING = 5 * GIBIBYTE
"""What a tile takes besides the weights: at 1024x1024 with one photo the peak of the full model was
seen at about 60 GiB, with 54 GiB of weights."""

STREAM = 2 * GIBIBYTE
"""What a streamed part holds on the card at a time, two layers and their next."""


def needed(plan: Plan, parts: Parts) -> int:
    """Bytes of the card's memory that a plan needs."""
    held = {"resident": 1.0, "eighths": 0.5, "streamed": 0.0}
    whole = parts.vae + WORKING
    for place, size in ((plan.encoder, parts.encoder), (plan.transformer, parts.transformer)):
        whole += int(size * held[place]) or min(STREAM, size)
    return whole


def choose_plan(name: str, parts: Parts, memory: int | None) -> Plan:
    """The plan of that name; `auto` takes the best that `memory` bytes hold. None: any is held.

    Raises `EngineUnavailable` where the card is too small.
    """
    if name != "auto":
        return PLANS[name]
    if memory is None:
        return PLANS["resident"]
    for plan in PLANS.values():
        if needed(plan, parts) <= memory:
            return plan
    least = min(needed(plan, parts) for plan in PLANS.values())
    raise EngineUnavailable(
        f"the card has {memory / GIBIBYTE:.1f} GiB, and at least {least / GIBIBYTE:.1f} GiB are "
        "needed; use a larger card, or the synthesis engine"
    )
