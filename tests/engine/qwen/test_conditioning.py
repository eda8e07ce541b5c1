"""The transformer is told what words and photos mean as the model's makers meant it."""

from typing import Any

import torch
from torch import Tensor

from tests.engine.qwen.painting import PROMPT, photo
from tilewright.engine.qwen.load import Model
from tilewright.engine.qwen.paint import Encodings

DROPPED = 64


def places(inputs: Any, picture: int) -> Tensor:
    """(3, 1, n): time, row and column of each token, written down from the paper of Qwen2-VL.

    Words count on, all three alike. A picture's tokens share a time, and count rows and columns
    from where the words stood; the next word goes on behind the largest of them.
    """
    grids = [(int(high) // 2, int(wide) // 2) for _, high, wide in inputs["image_grid_thw"]]
    found: list[tuple[int, int, int]] = []
    at = 0
    tokens = inputs["input_ids"][0].tolist()
    while len(found) < len(tokens):
        if tokens[len(found)] != picture:
            found.append((at, at, at))
            at += 1
            continue
        high, wide = grids.pop(0)
        found += [(at, at + row, at + column) for row in range(high) for column in range(wide)]
        at += max(high, wide)
    return torch.tensor(found).T[:, None]


def reference(model: Model, words: str, count: int) -> Tensor:
    """The embedding with every token's place given by hand, past everything that guesses it."""
    pipe = model.pipe
    pictures = "".join(
        f"Picture {number}: <|vision_start|><|image_pad|><|vision_end|>"
        for number in range(1, count + 1)
    )
    text = pipe.prompt_template_encode.format(pictures + words)
    small = [pipe.image_processor.resize(photo(), 320, 448) for _ in range(count)]
    inputs = pipe.processor(text=[text], images=small, padding=True, return_tensors="pt")
    with torch.no_grad():
        answer = pipe.text_encoder(
            input_ids=inputs["input_ids"],
            attention_mask=inputs["attention_mask"],
            pixel_values=inputs["pixel_values"],
            image_grid_thw=inputs["image_grid_thw"],
            position_ids=places(inputs, pipe.text_encoder.config.image_token_id),
            output_hidden_states=True,
        )
    hidden: Tensor = answer.hidden_states[-1][:, DROPPED:]
    return hidden


def off(one: Tensor, other: Tensor) -> float:
    return float((one - other).norm() / other.norm())


def test_pictures_lie_in_two_directions() -> None:
    """What the test below compares with is no guess of the library's."""
    inputs = {
        "input_ids": torch.tensor([[5, 9, 9, 9, 9, 9, 9, 6]]),
        "image_grid_thw": torch.tensor([[1, 4, 6]]),
    }
    assert places(inputs, 9)[:, 0].tolist() == [
        [0, 1, 1, 1, 1, 1, 1, 4],
        [0, 1, 1, 1, 2, 2, 2, 4],
        [0, 1, 2, 3, 1, 2, 3, 4],
    ]


def test_the_embedding_is_the_reference_with_one_photo_and_with_two(model: Model) -> None:
    for count in (1, 2):
        embedding, mask = Encodings().of(model, PROMPT, (photo(),) * count)
        assert off(embedding, reference(model, PROMPT, count)) < 1e-6
        assert mask.shape == embedding.shape[:2]


def test_the_stock_pipeline_would_be_far_off(model: Model) -> None:
    """The fault of diffusers 0.42 with transformers 5 that our hook mends is really there."""
    hooks = model.pipe.text_encoder._forward_pre_hooks
    kept = dict(hooks)
    hooks.clear()
    try:
        stock, _ = Encodings().of(model, PROMPT, (photo(),))
    finally:
        hooks.update(kept)
    assert off(stock, reference(model, PROMPT, 1)) > 0.1


def test_the_template_is_dropped_whole(model: Model) -> None:
    start = model.pipe.prompt_template_encode.partition("{}")[0]
    assert len(model.pipe.tokenizer(start)["input_ids"]) == DROPPED


def test_encodings_are_kept_and_bounded(model: Model) -> None:
    encodings = Encodings()
    first, _ = encodings.of(model, "stone", (photo(),))
    again, _ = encodings.of(model, "stone", (photo(),))
    assert first.data_ptr() == again.data_ptr()
    for number in range(40):
        encodings.of(model, f"stone {number}", (photo(64, 64),))
    later, _ = encodings.of(model, "stone", (photo(),))
    assert later.data_ptr() != first.data_ptr()
    assert torch.equal(later, first)
