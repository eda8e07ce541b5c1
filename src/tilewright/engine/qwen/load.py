"""The model out of its files: put together, put right, made flat, and put in its place."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from torch import nn

from tilewright.contract import EngineUnavailable, LoraUsed, Mode
from tilewright.engine.qwen.adapters import Adapters, Worn
from tilewright.engine.qwen.lora import Shapes, linear_shapes, read_lora
from tilewright.engine.qwen.options import AUTO, QwenOptions
from tilewright.engine.qwen.plan import Parts, Plan, choose_plan
from tilewright.engine.qwen.weights.check import Weights
from tilewright.engine.stages import Progress

PICTURE = "<|image_pad|>"


@dataclass
class Model:
    """The pipeline of diffusers in its place, and what it wears.

    texture: the LoRA that is part of its weights. lightning: those of the fast modes, read when
    first needed.
    """

    pipe: Any
    device: torch.device
    plan: Plan
    weights: Weights
    shapes: Shapes
    adapters: Adapters
    texture: LoraUsed
    lightning: dict[Mode, Worn]


def load_model(weights: Weights, options: QwenOptions, progress: Progress) -> Model:
    """Load the weights: 54 GiB at full size, a minute from a fast disk.

    Raises `EngineUnavailable` with the remedy.
    """
    device = find_device(options.device)
    if device.type == "cpu":
        torch.set_num_threads(1)  # sums come out differently on several
    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    progress(0.0)
    pipe = _pipeline(weights.base, dtype, options.attention)
    progress(0.5)
    shapes = linear_shapes(pipe.transformer)
    adapters = Adapters(pipe.transformer, device, dtype)
    texture = read_worn(weights.texture, shapes, "texture_extract")
    adapters.fuse(texture)
    progress(0.7)
    plan = choose_plan(options.plan, parts_of(pipe), memory_of(device))
    try:
        _place(pipe, plan, device, dtype)
    except torch.OutOfMemoryError:
        raise EngineUnavailable(
            f"the card ran out of memory while the model was put on it by the plan {plan.name}; "
            "end what else uses the card, or set TILEWRIGHT_QWEN_PLAN to one that needs less"
        ) from None
    progress(1.0)
    used = LoraUsed(name=texture.name, sha256=texture.sha256, weight=texture.weight)
    return Model(pipe, device, plan, weights, shapes, adapters, used, {})


def find_device(name: str) -> torch.device:
    """The device of that name; `auto` is the first card."""
    if name == AUTO:
        name = "cuda:0"
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).partition("\n")[0]
        raise EngineUnavailable(f"the device {name} cannot be used: {reason}") from None
    return device


def memory_of(device: torch.device) -> int | None:
    """Bytes of a card that nobody else holds; None for the machine's own memory."""
    return torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else None


def parts_of(pipe: Any) -> Parts:
    """How large the parts are."""
    return Parts(*(_bytes(part) for part in (pipe.text_encoder, pipe.transformer, pipe.vae)))


def read_worn(path: Path, shapes: Shapes, name: str) -> Worn:
    """A LoRA of our own weights folder."""
    data = path.read_bytes()
    return Worn(name, sha256(data).hexdigest(), 1.0, read_lora(data, shapes, name))


def _pipeline(base: Path, dtype: torch.dtype, attention: str) -> Any:
    import diffusers
    import transformers

    from tilewright.engine.qwen.flat import flatten

    for library in (diffusers, transformers):
        library.utils.logging.set_verbosity_error()
        library.utils.logging.disable_progress_bar()
    try:
        pipe = diffusers.QwenImageEditPlusPipeline.from_pretrained(
            base, processor=_processor(base), dtype=dtype, local_files_only=True
        )
    except (OSError, ValueError, RuntimeError, ImportError, KeyError) as error:
        reason = str(error).partition("\n")[0].rstrip(" .")
        raise EngineUnavailable(
            f"the weights in {base} cannot be loaded: {reason}; check them: "
            "tilewright weights check"
        ) from error
    _set_attention(pipe.transformer, attention)
    pipe.set_progress_bar_config(disable=True)
    for part in (pipe.text_encoder, pipe.transformer, pipe.vae):
        part.requires_grad_(False).eval()
    _tell_pictures_apart(pipe.text_encoder)
    flatten(pipe.vae)
    return pipe


def _set_attention(transformer: Any, name: str) -> None:
    try:
        transformer.set_attention_backend(name)
    except (ValueError, RuntimeError, ImportError, KeyError) as error:
        reason = str(error).partition("\n")[0].rstrip(" .")
        raise EngineUnavailable(
            f"TILEWRIGHT_QWEN_ATTENTION cannot be {name} here: {reason}; leave it unset for native"
        ) from error


def _processor(base: Path) -> Any:
    """The repository's processor without its half for videos, which would need torchvision.

    Pictures are resized by Pillow, and so are the same on every machine.
    """
    from transformers import Qwen2Tokenizer, Qwen2VLProcessor
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import (
        Qwen2VLImageProcessorPil,
    )
    from transformers.processing_utils import ProcessorMixin

    class PhotoProcessor(Qwen2VLProcessor):
        def __init__(self, image_processor: Any, tokenizer: Any) -> None:
            self.image_token, self.video_token = PICTURE, "<|video_pad|>"
            self.image_token_id = tokenizer.convert_tokens_to_ids(self.image_token)
            self.video_token_id = tokenizer.convert_tokens_to_ids(self.video_token)
            ProcessorMixin.__init__(self, image_processor, tokenizer)

    return PhotoProcessor(
        Qwen2VLImageProcessorPil.from_pretrained(base / "processor", local_files_only=True),
        Qwen2Tokenizer.from_pretrained(base / "tokenizer", local_files_only=True),
    )


def _tell_pictures_apart(encoder: nn.Module) -> None:
    """Tell the text encoder which tokens are of pictures: they get places in two directions.

    The pipeline does not (huggingface/diffusers issue 14194), and with transformers from 5.3 on
    they would lie in one line, without a word: the prompt's embedding is off by 95 %. Nor does it
    need what the encoder thinks of the next word.
    """
    config: Any = encoder.config

    def mark(part: nn.Module, args: Any, named: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        of_pictures = (named["input_ids"] == config.image_token_id).int()
        return args, {**named, "mm_token_type_ids": of_pictures, "logits_to_keep": 1}

    encoder.register_forward_pre_hook(mark, with_kwargs=True)


def _place(pipe: Any, plan: Plan, device: torch.device, dtype: torch.dtype) -> None:
    from diffusers.hooks import apply_group_offloading

    for part, place in ((pipe.text_encoder, plan.encoder), (pipe.transformer, plan.transformer)):
        if place == "streamed":
            apply_group_offloading(
                part,
                onload_device=device,
                offload_device=torch.device("cpu"),
                offload_type="leaf_level",
                use_stream=device.type == "cuda",
            )
            continue
        if place == "eighths":
            part.enable_layerwise_casting(torch.float8_e4m3fn, compute_dtype=dtype)
        part.to(device)
    pipe.vae.to(device)


def _bytes(part: nn.Module) -> int:
    return sum(one.numel() * one.element_size() for one in part.parameters())
