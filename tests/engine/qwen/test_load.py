"""The files become the model, however their makers laid them out; or a sentence says why not."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.engine.qwen.conftest import options
from tests.engine.qwen.painting import PROMPT, painted, photo, same
from tests.engine.qwen.test_engine import silent
from tests.engine.qwen.tiny import SPECIAL
from tilewright.contract import EngineUnavailable
from tilewright.engine.qwen.engine import QwenEngine
from tilewright.engine.qwen.load import Model, load_model
from tilewright.engine.qwen.paint import Encodings
from tilewright.engine.qwen.weights.check import Weights

WORDS = f"{PROMPT} 🧱 <|im_end|>"


def as_on_the_hub(base: Path) -> None:
    """Tokenizer, processor and text encoder as libraries of 2025 wrote those of the real model."""
    for folder in (base / "tokenizer", base / "processor"):
        _spell_out(folder)
    (base / "processor" / "preprocessor_config.json").write_text(json.dumps(PHOTOS))
    config = base / "text_encoder" / "config.json"
    config.write_text(json.dumps(_flat(json.loads(config.read_text()))))


PHOTOS = {
    "do_convert_rgb": True,
    "do_normalize": True,
    "do_rescale": True,
    "do_resize": True,
    "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_processor_type": "Qwen2VLImageProcessorFast",
    "image_std": [0.26862954, 0.26130258, 0.27577711],
    "max_pixels": 12845056,
    "merge_size": 2,
    "min_pixels": 3136,
    "patch_size": 14,
    "processor_class": "Qwen2VLProcessor",
    "resample": 3,
    "rescale_factor": 1 / 255,
    "size": {"longest_edge": 12845056, "shortest_edge": 3136},
    "temporal_patch_size": 2,
}


def _spell_out(folder: Path) -> None:
    """A tokenizer of several files, its special tokens in three of them."""
    whole = json.loads((folder / "tokenizer.json").read_text())
    (folder / "tokenizer.json").unlink()
    added = {token["content"]: token["id"] for token in whole["added_tokens"]}
    words = {word: at for word, at in whole["model"]["vocab"].items() if word not in added}
    merges = "\n".join(" ".join(pair) for pair in whole["model"]["merges"])
    kinds = {"lstrip": False, "normalized": False, "rstrip": False, "single_word": False}
    numbered = {str(at): {"content": word, **kinds, "special": True} for word, at in added.items()}
    named: dict[str, Any] = {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"}
    named["additional_special_tokens"] = SPECIAL[1:]
    config = {
        **named,
        "add_prefix_space": False,
        "added_tokens_decoder": numbered,
        "bos_token": None,
        "errors": "replace",
        "model_max_length": 131072,
        "tokenizer_class": "Qwen2Tokenizer",
        "unk_token": None,
    }
    (folder / "vocab.json").write_text(json.dumps(words))
    (folder / "merges.txt").write_text(f"#version: 0.2\n{merges}\n")
    (folder / "added_tokens.json").write_text(json.dumps(added))
    (folder / "special_tokens_map.json").write_text(json.dumps(named))
    (folder / "tokenizer_config.json").write_text(json.dumps(config))


def _flat(config: dict[str, Any]) -> dict[str, Any]:
    """With what the words' half is in two places, and its places in the words of 2025."""
    words, pictures = config["text_config"], config["vision_config"]
    places = words.pop("rope_parameters")
    sections = {"mrope_section": places["mrope_section"], "rope_type": "default"}
    words |= {"rope_theta": places["rope_theta"], "rope_scaling": {**sections, "type": "default"}}
    pictures.pop("rope_parameters")
    pictures |= {"model_type": "qwen2_5_vl", "in_chans": 3, "spatial_patch_size": 14}
    config.pop("dtype")
    own = {"model_type": "qwen2_5_vl", "torch_dtype": "bfloat16", "transformers_version": "4.53.1"}
    return {**words, **config, **own}


def test_the_layout_of_the_real_repository_is_read_alike(
    weights: Weights, model: Model, tmp_path: Path
) -> None:
    base = tmp_path / "base"
    shutil.copytree(weights.base, base)
    as_on_the_hub(base)
    other = load_model(weights._replace(base=base), options(weights.folder), silent)
    ours, theirs = (Encodings().of(one, WORDS, (photo(),))[0] for one in (model, other))
    assert torch.equal(ours, theirs)


def burst(*_: Any) -> None:
    raise torch.OutOfMemoryError("CUDA out of memory")


def test_a_card_that_fills_up_while_the_model_is_put_on_it_is_told(
    weights: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stranger's process may take its memory after the plan was made."""
    monkeypatch.setattr(torch.nn.Module, "to", burst)
    with pytest.raises(EngineUnavailable, match=r"by the plan resident; .* TILEWRIGHT_QWEN_PLAN"):
        QwenEngine(replace(options(weights.folder), plan="resident")).warm()


def test_layers_that_come_and_go_are_unharmed_by_a_break_in_any_part(weights: Weights) -> None:
    streamed = load_model(weights, replace(options(weights.folder), plan="streamed"), silent)
    before = painted(streamed)
    pipe = streamed.pipe
    parts: list[torch.nn.Module] = [
        pipe.text_encoder.model.language_model.layers[1].mlp,
        pipe.transformer.transformer_blocks[1].attn.to_out[0],
        pipe.vae.decoder.conv_out,
    ]
    for part in parts:
        hook = part.register_forward_pre_hook(burst)
        with pytest.raises(torch.OutOfMemoryError):
            painted(streamed)
        hook.remove()
        assert same(painted(streamed), before)
