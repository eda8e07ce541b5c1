"""LoRAs in the model: fused for good, or put on for one tile and taken off again."""

import warnings
from collections import OrderedDict
from typing import Any, NamedTuple

import torch

from tilewright.contract import EngineFailed
from tilewright.engine.qwen.lora import Lora

MOST_KEPT = 6
"""LoRAs that stay in the model, put on or not. Of rank 64 one has 0.6 GB."""


class Worn(NamedTuple):
    """A LoRA that takes part in a tile. sha256: of its file."""

    name: str
    sha256: str
    weight: float
    lora: Lora


class Adapters:
    """What the transformer wears, by the files' contents; the longest unused goes first."""

    def __init__(self, pipe: Any, dtype: torch.dtype) -> None:
        self._pipe = pipe
        self._dtype = dtype
        self._kept: OrderedDict[str, None] = OrderedDict()

    def fuse(self, worn: Worn) -> None:
        """Add a LoRA to the weights for good: nothing of it is computed again."""
        layers = dict(self._pipe.transformer.named_modules())
        with torch.no_grad():
            for layer, (down, up) in worn.lora.pairs.items():
                weight = layers[layer].weight
                change = worn.weight * (up.to(weight.device) @ down.to(weight.device))
                weight.copy_((weight.float() + change).to(weight.dtype))

    def wear(self, worn: list[Worn]) -> None:
        """Put on exactly these. With none, the model is to the bit what it was without any."""
        weights: dict[str, float] = {}
        for one in worn:
            name = self._put_in(one)
            weights[name] = weights.get(name, 0.0) + one.weight
        if weights:
            self._pipe.transformer.enable_lora()
            self._pipe.set_adapters([*weights], [*weights.values()])
        elif self._kept:
            self._pipe.transformer.disable_lora()
        self._forget(len(weights))

    def drop(self) -> None:
        """Take all off and out, to free the memory."""
        if self._kept:
            self._pipe.delete_adapters([*self._kept])
            self._kept.clear()

    def _put_in(self, worn: Worn) -> str:
        name = f"lora_{worn.sha256[:16]}"
        if name not in self._kept:
            state = {}
            for layer, (down, up) in worn.lora.pairs.items():
                state[f"transformer.{layer}.lora_A.weight"] = down.to(self._dtype)
                state[f"transformer.{layer}.lora_B.weight"] = up.to(self._dtype)
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", message="Already found a `peft_config`")
                self._pipe.load_lora_weights(state, adapter_name=name)
            if name not in self._pipe.get_list_adapters().get("transformer", []):
                raise EngineFailed(f"{worn.name} was not taken by the model; leave it out")
            self._kept[name] = None  # from here on `drop` takes it out, however far it came
            self._keep_whole(name, worn.lora)
        self._kept.move_to_end(name)
        return name

    def _keep_whole(self, name: str, lora: Lora) -> None:
        """Beside weights of 8 bits the library rounds a LoRA to as many, and cannot compute it."""
        layers = dict(self._pipe.transformer.named_modules())
        for layer, pair in lora.pairs.items():
            parts = layers[layer].lora_A[name], layers[layer].lora_B[name]
            for part, matrix in zip(parts, pair, strict=True):
                if part.weight.dtype != self._dtype:
                    part.weight.data = matrix.to(part.weight.device, self._dtype)

    def _forget(self, worn: int) -> None:
        while len(self._kept) > max(MOST_KEPT, worn):
            name, _ = self._kept.popitem(last=False)
            self._pipe.delete_adapters(name)
