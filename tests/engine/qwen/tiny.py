"""A tiny model of the real make, out of nothing: every class and file is the real repository's."""

import json
import re
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

SPECIAL = [
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|vision_pad|>",
    "<|image_pad|>",
    "<|video_pad|>",
]

WIDTH = 32
LIVELY = 12.0
"""Times the usual first weights: at those, a text encoder hardly looks where a token lies."""

RANK = 4


def make_weights(folder: Path) -> Path:
    """A weights folder, without its manifest, of 5 MB."""
    (folder / "loras").mkdir(parents=True)
    base = folder / "base"
    save_pipeline(base)
    layers = linear_layers(base)
    for number, name in enumerate(("texture_extract", "fast", "fastest")):
        save_file(make_lora(layers, number), folder / "loras" / f"{name}.safetensors")
    return folder


def make_lora(layers: dict[str, tuple[int, int]], seed: int) -> dict[str, torch.Tensor]:
    """A LoRA for every layer, spelled as peft does."""
    random = torch.Generator().manual_seed(1000 + seed)
    state = {}
    for name, (goes_in, comes_out) in layers.items():
        down = torch.randn(RANK, goes_in, generator=random) / goes_in**0.5
        up = torch.randn(comes_out, RANK, generator=random) * 0.1
        state[f"transformer.{name}.lora_A.weight"] = down
        state[f"transformer.{name}.lora_B.weight"] = up
    return state


def linear_layers(base: Path) -> dict[str, tuple[int, int]]:
    """The transformer's linear layers in its blocks, by name."""
    from diffusers import QwenImageTransformer2DModel

    model = QwenImageTransformer2DModel.from_pretrained(base / "transformer")
    return {
        name: (part.in_features, part.out_features)
        for name, part in model.named_modules()
        if isinstance(part, torch.nn.Linear) and "blocks" in name
    }


def save_pipeline(base: Path) -> None:
    """The repository as it is laid out on the hub."""
    from diffusers import AutoencoderKLQwenImage, QwenImageTransformer2DModel

    torch.manual_seed(0)
    tokenizer = make_tokenizer()
    transformer = QwenImageTransformer2DModel(
        patch_size=2,
        in_channels=64,
        out_channels=16,
        num_layers=2,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=WIDTH,
        axes_dims_rope=(4, 6, 6),
    )
    encoder = make_encoder(tokenizer)
    with torch.no_grad():
        for part in encoder.parameters():
            if part.dim() > 1:
                part.mul_(LIVELY)
    transformer.save_pretrained(base / "transformer")
    encoder.save_pretrained(base / "text_encoder")
    AutoencoderKLQwenImage(base_dim=8).save_pretrained(base / "vae")
    tokenizer.save_pretrained(base / "tokenizer")
    tokenizer.save_pretrained(base / "processor")
    image_processor().save_pretrained(base / "processor")
    scheduler().save_pretrained(base / "scheduler")
    (base / "model_index.json").write_text(json.dumps(INDEX, indent=2))


INDEX = {
    "_class_name": "QwenImageEditPlusPipeline",
    "_diffusers_version": "0.36.0.dev0",
    "processor": ["transformers", "Qwen2VLProcessor"],
    "scheduler": ["diffusers", "FlowMatchEulerDiscreteScheduler"],
    "text_encoder": ["transformers", "Qwen2_5_VLForConditionalGeneration"],
    "tokenizer": ["transformers", "Qwen2Tokenizer"],
    "transformer": ["diffusers", "QwenImageTransformer2DModel"],
    "vae": ["diffusers", "AutoencoderKLQwenImage"],
}


def make_tokenizer() -> Any:
    """One that has learned the pipeline's own template and nothing else."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers
    from transformers import Qwen2Tokenizer
    from transformers.models.qwen2.tokenization_qwen2 import PRETOKENIZE_REGEX

    learner = Tokenizer(models.BPE())
    learner.normalizer = normalizers.NFC()
    learner.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PRETOKENIZE_REGEX), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=2000,
        min_frequency=1,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    parts = re.split("|".join(map(re.escape, SPECIAL)), TEMPLATE)
    learner.train_from_iterator(parts, trainer)
    learned = json.loads(learner.to_str())["model"]
    return Qwen2Tokenizer(
        vocab=learned["vocab"],
        merges=[tuple(pair) for pair in learned["merges"]],
        extra_special_tokens=SPECIAL[1:],
        model_max_length=131072,
    )


TEMPLATE = (
    "<|im_start|>system\nDescribe the key features of the input image (color, shape, size, "
    "texture, objects, background), then explain how the user's text instruction should alter or "
    "modify the image. Generate a new image that meets the user's requirements while maintaining "
    "consistency with the original input where appropriate.<|im_end|>\n<|im_start|>user\n"
)
"""What the pipeline says before the words; it drops 64 tokens, as many as this has."""


def make_encoder(tokenizer: Any) -> Any:
    """Qwen2.5-VL with two layers for words and two for pictures."""
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

    numbers = {mark: tokenizer.convert_tokens_to_ids(mark) for mark in SPECIAL}
    words = {
        "hidden_size": WIDTH,
        "intermediate_size": 2 * WIDTH,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "vocab_size": len(tokenizer),
        "max_position_embeddings": 4096,
        "rope_parameters": {
            "rope_type": "default",
            "rope_theta": 1e6,
            "mrope_section": [2, 3, 3],
        },
        "bos_token_id": numbers["<|endoftext|>"],
        "eos_token_id": numbers["<|im_end|>"],
    }
    pictures = {
        "depth": 2,
        "hidden_size": WIDTH,
        "intermediate_size": 2 * WIDTH,
        "num_heads": 2,
        "out_hidden_size": WIDTH,
        "fullatt_block_indexes": [1],
    }
    config = Qwen2_5_VLConfig(
        text_config=words,
        vision_config=pictures,
        image_token_id=numbers["<|image_pad|>"],
        video_token_id=numbers["<|video_pad|>"],
        vision_start_token_id=numbers["<|vision_start|>"],
        vision_end_token_id=numbers["<|vision_end|>"],
    )
    return Qwen2_5_VLForConditionalGeneration(config)


def image_processor() -> Any:
    """With the numbers of the real repository."""
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import (
        Qwen2VLImageProcessorPil,
    )

    return Qwen2VLImageProcessorPil(
        min_pixels=3136,
        max_pixels=12845056,
        patch_size=14,
        temporal_patch_size=2,
        merge_size=2,
    )


def scheduler() -> Any:
    """With the numbers of the real repository."""
    from diffusers import FlowMatchEulerDiscreteScheduler

    return FlowMatchEulerDiscreteScheduler(
        base_image_seq_len=256,
        base_shift=0.5,
        max_image_seq_len=8192,
        max_shift=0.9,
        num_train_timesteps=1000,
        shift=1.0,
        shift_terminal=0.02,
        time_shift_type="exponential",
        use_dynamic_shifting=True,
    )
