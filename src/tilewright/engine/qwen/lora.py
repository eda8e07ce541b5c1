"""A LoRA file, whoever wrote it, as pairs of matrices for the model's own layers; or a refusal."""

import json
import re
import struct
from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn

from tilewright.contract import LoraRefused

LONGEST_HEADER = 16 * 2**20
"""Bytes. One with a thousand layers and its training's diary has under one."""

OTHER_KINDS = {
    "lokr_": "LoKr",
    "hada_": "LoHa",
    "oft_": "OFT",
    "boft_": "BOFT",
    "dora_scale": "DoRA",
    "lora_magnitude_vector": "DoRA",
    "diff_b": "full-difference",
}
"""Marks of files that are not LoRAs; the library would drop parts of them without a word."""

OTHER_PLACES = ("text_encoder", "lora_te", "unet.", "vae.", "conditioner.")

NAMED_METADATA = "lora_adapter_metadata"
"""Under which peft keeps a LoRA's scale in the header of its file."""

KEPT = (torch.bfloat16, torch.float16, torch.float32)
"""Kinds of numbers that stay as they are where nothing is scaled: half a gigabyte of them is read
in under a second."""

SHOWN = 3
"""Names that a refusal repeats."""


class Lora(NamedTuple):
    """pairs: for each layer by its dotted name, A (rank, in) and B (out, rank), scaled already."""

    pairs: dict[str, tuple[Tensor, Tensor]]


Shapes = Mapping[str, tuple[int, int]]
"""Numbers that go in and come out of each linear layer, by its dotted name."""


def linear_shapes(transformer: nn.Module) -> Shapes:
    """Those of the layers that a LoRA may change."""
    return {
        name: (part.in_features, part.out_features)
        for name, part in transformer.named_modules()
        if isinstance(part, nn.Linear)
    }


def read_lora(data: bytes, shapes: Shapes, name: str) -> Lora:
    """Read and check a file whole, before anything is applied.

    shapes: the model's layers. name: how refusals call it. Raises `LoraRefused` for what is no
    safetensors file, holds other kinds of changes, numbers that are not finite, or layers or shapes
    that the model does not have.
    """
    check_header(data, name)
    tensors, metadata = _open(data, name)
    _refuse_other_kinds(tensors, name)
    state = _converted(tensors, name)
    pairs = _paired(state, name)
    _check_fit(pairs, shapes, name)
    return Lora(_scaled(pairs, metadata, name))


def check_header(data: bytes, name: str) -> None:
    """Refuse what only pretends to be safetensors; nothing is decoded."""
    length = int.from_bytes(data[:8], "little")
    if length > LONGEST_HEADER or data[8:9] != b"{":
        raise LoraRefused(f"{name} {_mistaken(data)}")
    if 8 + length > len(data):
        raise LoraRefused(f"{name} is cut short; download it again")


def _mistaken(data: bytes) -> str:
    """What the file is instead; a length may begin with any of these bytes too."""
    if data[:1] == b"<":
        return "is a web page, not a file; use the address of its download"
    if data[:2] == b"PK" or data[:1] == b"\x80":
        return "is a pickle, which could run code; save it as .safetensors"
    if len(data) < 8:
        return f"has {len(data)} bytes, and no LoRA is so small"
    return "is not a .safetensors file"


def _open(data: bytes, name: str) -> tuple[dict[str, Tensor], dict[str, str]]:
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        length = struct.unpack("<Q", data[:8])[0]
        header = json.loads(data[8 : 8 + length])
        tensors: dict[str, Tensor] = load(data)
    except (SafetensorError, ValueError, RecursionError, KeyError, TypeError) as error:
        raise LoraRefused(f"{name} is cut short or damaged: {error}; download it again") from None
    kept = header.get("__metadata__") if isinstance(header, dict) else None
    return tensors, kept if isinstance(kept, dict) else {}


def _refuse_other_kinds(tensors: Mapping[str, Tensor], name: str) -> None:
    if not tensors:
        raise LoraRefused(f"{name} is empty")
    for mark, kind in OTHER_KINDS.items():
        if any(mark in key for key in tensors):
            raise LoraRefused(
                f"{name} is a {kind} file, and only plain LoRAs can be applied; convert it"
            )
    strange = [key for key in tensors if key.startswith(OTHER_PLACES)]
    if strange:
        raise LoraRefused(
            f"{name} changes {_some(strange)}, which is not part of this model's transformer; it "
            "was made for another model"
        )


def _converted(tensors: dict[str, Tensor], name: str) -> dict[str, Tensor]:
    """Any of the four spellings in the one that diffusers uses."""
    from diffusers.loaders.lora_pipeline import QwenImageLoraLoaderMixin

    scaled = any(key.endswith(".alpha") for key in tensors)
    bare = {
        _bare(key): value.to(torch.float32) if scaled or value.dtype not in KEPT else value
        for key, value in tensors.items()
    }
    try:
        state: dict[str, Tensor] = QwenImageLoraLoaderMixin.lora_state_dict(bare)
    except Exception as error:
        raise LoraRefused(f"{name} is not a LoRA of this model: {error}") from error
    return {key.removeprefix("transformer."): value for key, value in state.items()}


def _bare(key: str) -> str:
    """Without the model's name; its halves are A and B, whoever says down and up."""
    short = key.removeprefix("transformer.")
    return short.replace(".lora_down.", ".lora_A.").replace(".lora_up.", ".lora_B.")


PART = re.compile(r"(.+)\.lora_([AB])(?:\.default)?\.weight")


def _paired(state: Mapping[str, Tensor], name: str) -> dict[str, tuple[Tensor, Tensor]]:
    halves: dict[str, dict[str, Tensor]] = {}
    strange = []
    for key, value in state.items():
        found = PART.fullmatch(key)
        if found is None:
            strange.append(key)
        else:
            halves.setdefault(found[1], {})[found[2]] = value
    strange += [layer for layer, both in halves.items() if len(both) != 2]
    if strange or not halves:
        raise LoraRefused(
            f"{name} is not a plain LoRA: {_some(strange or ['it'])} is no pair of matrices for a "
            "layer of this model"
        )
    return {layer: (both["A"], both["B"]) for layer, both in halves.items()}


def _check_fit(pairs: Mapping[str, tuple[Tensor, Tensor]], shapes: Shapes, name: str) -> None:
    strange = [layer for layer in pairs if layer not in shapes]
    if strange:
        raise LoraRefused(
            f"{name} changes {_some(strange)}, which this model does not have; it was made for "
            "another one"
        )
    for layer, (down, up) in pairs.items():
        goes_in, comes_out = shapes[layer]
        wanted = (down.shape[0], goes_in), (comes_out, down.shape[0])
        if down.dim() != 2 or up.dim() != 2 or (tuple(down.shape), tuple(up.shape)) != wanted:
            raise LoraRefused(
                f"{name} has the shapes {tuple(down.shape)} and {tuple(up.shape)} for {layer}, "
                f"which takes {wanted[0]} and {wanted[1]}; it was made for another model"
            )
        if not (_finite(down) and _finite(up)):
            raise LoraRefused(f"{name} holds numbers that are not finite, in {layer}")


def _finite(numbers: Tensor) -> bool:
    """Whether all are; what is not shows in the sum, at a tenth of the price of asking each."""
    return bool(numbers.sum(dtype=torch.float32).isfinite()) or bool(numbers.isfinite().all())


def _scaled(
    pairs: Mapping[str, tuple[Tensor, Tensor]], metadata: Mapping[str, str], name: str
) -> dict[str, tuple[Tensor, Tensor]]:
    """With the scale that peft keeps beside the matrices: a number, divided by each pair's rank."""
    alpha = _peft_alpha(metadata.get(NAMED_METADATA), name)
    if alpha is None:
        return dict(pairs)
    return {
        layer: (_times(down, alpha / max(1, len(down))), up) for layer, (down, up) in pairs.items()
    }


def _times(numbers: Tensor, scale: float) -> Tensor:
    return numbers if scale == 1 else numbers.float() * scale


def _peft_alpha(text: str | None, name: str) -> float | None:
    """None where it says nothing."""
    if text is None:
        return None
    try:
        about = {key.removeprefix("transformer."): value for key, value in json.loads(text).items()}
        alpha = about.get("lora_alpha")
        special = [key for key in ("use_rslora", "use_dora", "alpha_pattern") if about.get(key)]
        alpha = alpha if alpha is None else float(alpha)
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise LoraRefused(f"{name} says what cannot be read of its own scale") from None
    if special:
        raise LoraRefused(f"{name} uses {_some(special)}, which cannot be applied")
    return alpha


def _some(names: list[str]) -> str:
    shown = ", ".join(name[:80] for name in names[:SHOWN])
    return shown if len(names) <= SHOWN else f"{shown} and {len(names) - SHOWN} more"
