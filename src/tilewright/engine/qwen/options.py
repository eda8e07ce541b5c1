"""What an operator decides of the diffusion engine; no part of it is loaded for this."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tilewright.contract import Mode
from tilewright.intake.address import is_public
from tilewright.intake.limits import FetchLimits

AUTO = "auto"

LORA_HOSTS = ("huggingface.co", "civitai.com", "github.com")
"""Where LoRAs are shared. Their storage, which they redirect to, may be anywhere public."""

LARGEST_LORA = 1536 * 2**20
"""Bytes. One of rank 128 over all 840 linear layers has 1.2 GB in bfloat16."""

LORA_FETCH = FetchLimits(size=LARGEST_LORA, read=30.0, total=600.0)
"""Ten minutes for the largest, at 2.6 MB/s."""


@dataclass(frozen=True)
class QwenOptions:
    """weights: the folder of them; None where nobody said. device: `auto` is the first NVIDIA card;
    else as torch names it, `cuda:1` or `cpu`. plan: one of `plan.PLANS`, or `auto`. mode: where the
    request names none. attention: as diffusers names its backends. loras: the folder in which
    downloaded ones are kept; None keeps none. lora_hosts: where they may come from; empty is
    anywhere. fetch: limits of their download. allowed: the network addresses that may be reached.
    """

    weights: Path | None = None
    device: str = AUTO
    plan: str = AUTO
    mode: Mode = "quality"
    attention: str = "native"
    loras: Path | None = None
    lora_hosts: tuple[str, ...] = LORA_HOSTS
    fetch: FetchLimits = LORA_FETCH
    allowed: Callable[[str], bool] = is_public
