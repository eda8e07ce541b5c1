"""LoRAs in the model: fused for good, or put on for one tile and taken off again."""

from collections import OrderedDict, defaultdict
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from tilewright.engine.qwen.lora import Lora

MOST_KEPT = 6
"""LoRAs that stay on the card, put on or not."""

ROOM = 3 * 2**30
"""Bytes that they may take, but for those that are put on: all else takes 59 GiB at full size, and
a LoRA of rank 64 has 1.2 GB."""


class Worn(NamedTuple):
    """A LoRA that takes part in a tile. sha256: of its file."""

    name: str
    sha256: str
    weight: float
    lora: Lora


Pairs = dict[str, tuple[Tensor, Tensor]]


class Adapters:
    """What the transformer wears, by the files' contents; the longest unused goes first.

    Hooks add a LoRA's products to what the layers give, and the layers stay as they are: 840 hooks
    cost 10 ms. peft, made for training, puts layers of its own around them: 3 s for each LoRA, in
    Python, and one of 8 bits beside weights of 8 bits. Compiled blocks would not see a new hook.
    """

    def __init__(
        self,
        transformer: nn.Module,
        device: torch.device,
        dtype: torch.dtype,
        room: int = ROOM,
    ) -> None:
        self._room = room
        self._layers = dict(transformer.named_modules())
        self._place = device, dtype
        self._kept: OrderedDict[str, Pairs] = OrderedDict()
        self._hooks: list[Any] = []

    def fuse(self, worn: Worn) -> None:
        """Add a LoRA to the weights for good: nothing of it is computed again."""
        with torch.no_grad():
            for layer, (down, up) in worn.lora.pairs.items():
                weight: Any = self._layers[layer].weight
                ups, downs = (one.to(weight.device, torch.float32) for one in (up, down))
                change = worn.weight * (ups @ downs)
                weight.copy_((weight.float() + change).to(weight.dtype))

    def wear(self, worn: list[Worn]) -> None:
        """Put on exactly these. With none, the model is to the bit what it was without any."""
        self._take_off()
        wanted: dict[str, list[Part]] = defaultdict(list)
        for one in worn:
            for layer, (down, up) in self._on_card(one).items():
                wanted[layer].append((down, up, one.weight))
        for layer, parts in wanted.items():
            self._hooks.append(self._layers[layer].register_forward_hook(_adding(parts)))
        self._forget(len(worn))

    def drop(self) -> None:
        """Take all off and out, to free the memory."""
        self._take_off()
        self._kept.clear()

    def kept(self) -> int:
        """How many LoRAs are on the card."""
        return len(self._kept)

    def _take_off(self) -> None:
        while self._hooks:
            self._hooks.pop().remove()

    def _on_card(self, worn: Worn) -> Pairs:
        if worn.sha256 not in self._kept:
            self._kept[worn.sha256] = {
                layer: (down.to(*self._place), up.to(*self._place))
                for layer, (down, up) in worn.lora.pairs.items()
            }
        self._kept.move_to_end(worn.sha256)
        return self._kept[worn.sha256]

    def _forget(self, worn: int) -> None:
        """Let the longest unused go until the others have room."""
        while len(self._kept) > max(worn, 1) and (
            len(self._kept) > MOST_KEPT or sum(map(_bytes, self._kept.values())) > self._room
        ):
            self._kept.popitem(last=False)


def _bytes(pairs: Pairs) -> int:
    return sum(one.nbytes for pair in pairs.values() for one in pair)


Part = tuple[Tensor, Tensor, float]


def _adding(parts: list[Part]) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], Tensor]:
    """A hook that adds, times its weight, what each LoRA makes of what a layer is given."""

    def add(layer: nn.Module, given: tuple[Tensor, ...], made: Tensor) -> Tensor:
        whole = made.view(-1, made.shape[-1])
        for down, up, weight in parts:
            narrow = linear(given[0], down)
            whole.addmm_(narrow.view(-1, narrow.shape[-1]), up.T, alpha=weight)
        return made

    return add
