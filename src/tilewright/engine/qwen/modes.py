"""Quality, fast, fastest: how many steps, how much guidance, which schedule."""

import math
from typing import Any, NamedTuple

from tilewright.contract import Mode


class Manner(NamedTuple):
    """How a mode denoises. lightning: whether it needs the Lightning LoRA of its name.
    schedule: what differs from the scheduler's own configuration.
    """

    steps: int
    guidance: float
    lightning: bool
    schedule: dict[str, Any]


LIGHTNING = {
    "base_shift": math.log(3),
    "max_shift": math.log(3),
    "shift_terminal": None,
}
"""What the Lightning LoRAs were distilled with, as their model card says: a fixed shift of 3, down
to zero noise."""

MANNERS: dict[Mode, Manner] = {
    "quality": Manner(40, 4.0, False, {}),
    "fast": Manner(8, 1.0, True, LIGHTNING),
    "fastest": Manner(4, 1.0, True, LIGHTNING),
}
"""Quality: as the model card of Qwen-Image-Edit-2509 says."""
