"""The model at its real size, or tiny, of random weights that are made where they are needed."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors.torch import save
from torch import nn

from tests.engine.qwen.tiny import SPECIAL, image_processor, make_tokenizer, scheduler
from tilewright.contract import LoraUsed
from tilewright.engine.qwen import load
from tilewright.engine.qwen.adapters import Adapters
from tilewright.engine.qwen.flat import flatten
from tilewright.engine.qwen.load import Model
from tilewright.engine.qwen.lora import Shapes, linear_shapes
from tilewright.engine.qwen.plan import PLANS
from tilewright.engine.qwen.weights.check import Weights

LIVELY = 3**0.5
"""Times the usual first weights of the transformer's and the autoencoder's layers: so each keeps
the spread of what it is given, and the picture is neither one color nor out of bounds."""

LIGHTNING_RANK = 64
"""Of the Lightning LoRAs, 1.7 GB in float32."""


class Size(NamedTuple):
    """How large everything is. tile: texels of a side. condition, shown: pixels of a photo as the
    text encoder and the transformer see it; None is the pipeline's own.
    """

    transformer: Mapping[str, Any]
    words: Mapping[str, Any]
    pictures: Mapping[str, Any]
    base_dim: int
    tile: int
    condition: int | None
    shown: int


SIZES = {
    "full": Size(
        transformer={},
        words={
            "hidden_size": 3584,
            "intermediate_size": 18944,
            "num_hidden_layers": 28,
            "num_attention_heads": 28,
            "num_key_value_heads": 4,
            "vocab_size": 152064,
            "max_position_embeddings": 128000,
            "mrope_section": [16, 24, 24],
        },
        pictures={
            "depth": 32,
            "hidden_size": 1280,
            "intermediate_size": 3420,
            "num_heads": 16,
            "out_hidden_size": 3584,
            "fullatt_block_indexes": [7, 15, 23, 31],
        },
        base_dim=96,
        tile=1024,
        condition=None,
        shown=1024 * 1024,
    ),
    "tiny": Size(
        transformer={
            "num_layers": 2,
            "attention_head_dim": 16,
            "num_attention_heads": 2,
            "joint_attention_dim": 32,
            "axes_dims_rope": (4, 6, 6),
        },
        words={
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "num_key_value_heads": 1,
            "vocab_size": 3000,
            "max_position_embeddings": 4096,
            "mrope_section": [2, 3, 3],
        },
        pictures={
            "depth": 2,
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_heads": 2,
            "out_hidden_size": 32,
            "fullatt_block_indexes": [1],
        },
        base_dim=8,
        tile=128,
        condition=64 * 64,
        shown=96 * 96,
    ),
}
"""Full: the configurations of Qwen/Qwen-Image-Edit-2509."""


def stock(size: Size, device: torch.device, folder: Path) -> Any:
    """Diffusers' own pipeline, untouched: 54 GiB at full size, and nothing of it in files."""
    import diffusers
    import transformers

    for library in (diffusers, transformers):
        library.utils.logging.set_verbosity_error()
    tokenizer = make_tokenizer()
    tokenizer.save_pretrained(folder / "tokenizer")
    tokenizer.save_pretrained(folder / "processor")
    image_processor().save_pretrained(folder / "processor")
    usual = torch.get_default_dtype()
    torch.set_default_dtype(torch.bfloat16 if device.type == "cuda" else torch.float32)
    torch.manual_seed(0)
    try:
        with device:
            transformer = diffusers.QwenImageTransformer2DModel(**size.transformer)
            vae = diffusers.AutoencoderKLQwenImage(base_dim=size.base_dim)
            encoder = _encoder(size, tokenizer)
    finally:
        torch.set_default_dtype(usual)
    _enliven(transformer, nn.Linear)
    _enliven(vae, (nn.Conv2d, nn.Conv3d))
    for part in (transformer, vae, encoder):
        part.requires_grad_(False).eval()
    pipe = diffusers.QwenImageEditPlusPipeline(
        scheduler(), vae, encoder, tokenizer, load._processor(folder), transformer
    )
    pipe.set_progress_bar_config(disable=True)
    return pipe


def ours(pipe: Any, device: torch.device, folder: Path) -> Model:
    """The same weights as the engine uses them; the stock pipeline is no more after this."""
    load._tell_pictures_apart(pipe.text_encoder)
    flatten(pipe.vae)
    shapes = linear_shapes(pipe.transformer)
    lightning = folder / "lightning.safetensors"
    lightning.write_bytes(lora(shapes, LIGHTNING_RANK, 0))
    weights = Weights(folder, folder, lightning, lightning, lightning, "random")
    texture = LoraUsed(name="none", sha256="0" * 64, weight=1.0)
    plan = PLANS["resident"]
    adapters = Adapters(pipe.transformer, device, pipe.transformer.dtype)
    return Model(pipe, device, plan, weights, shapes, adapters, texture, {})


def lora(shapes: Shapes, rank: int, seed: int) -> bytes:
    """A file with a LoRA for every layer of the blocks, in bfloat16."""
    random = torch.Generator().manual_seed(seed)
    state = {}
    for name, (goes_in, comes_out) in shapes.items():
        if "blocks" in name:
            down = torch.randn(rank, goes_in, generator=random) / goes_in**0.5
            up = torch.randn(comes_out, rank, generator=random) * 0.02
            state[f"transformer.{name}.lora_A.weight"] = down.bfloat16()
            state[f"transformer.{name}.lora_B.weight"] = up.bfloat16()
    return save(state, {"about": json.dumps({"rank": rank})})


class Work(NamedTuple):
    """Operations of one forward of the transformer: in its large products, and in attention."""

    products: float
    attention: float


def work(size: Size, tokens: int) -> Work:
    """24 d² a token in the layers of its two streams, 4 d a pair of tokens in attention. 166.7e12
    in all at full size with 8192 tokens of pictures and 230 of words.
    """
    layers = int(size.transformer.get("num_layers", 60))
    heads = int(size.transformer.get("num_attention_heads", 24))
    wide = heads * int(size.transformer.get("attention_head_dim", 128))
    return Work(24.0 * layers * wide * wide * tokens, 4.0 * layers * wide * tokens * tokens)


def _encoder(size: Size, tokenizer: Any) -> Any:
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

    numbers = {mark: tokenizer.convert_tokens_to_ids(mark) for mark in SPECIAL}
    words = {key: value for key, value in size.words.items() if key != "mrope_section"}
    words["bos_token_id"], words["eos_token_id"] = (
        numbers["<|endoftext|>"],
        numbers["<|im_end|>"],
    )
    words["rope_parameters"] = {
        "rope_type": "default",
        "rope_theta": 1e6,
        "mrope_section": size.words["mrope_section"],
    }
    config = Qwen2_5_VLConfig(
        text_config=words,
        vision_config=dict(size.pictures),
        image_token_id=numbers["<|image_pad|>"],
        video_token_id=numbers["<|video_pad|>"],
        vision_start_token_id=numbers["<|vision_start|>"],
        vision_end_token_id=numbers["<|vision_end|>"],
    )
    return Qwen2_5_VLForConditionalGeneration(config)


def _enliven(model: nn.Module, kinds: Any) -> None:
    with torch.no_grad():
        for part in model.modules():
            if isinstance(part, kinds):
                part.weight.mul_(LIVELY)
