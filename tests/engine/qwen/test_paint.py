"""An order gives its picture, the same one every time, whatever came before it."""

from typing import Any

import numpy as np
import pytest
import torch

from tests.engine.qwen.painting import PROMPT, order, painted, photo, same
from tilewright.contract import Cancelled, EngineFailed
from tilewright.engine.qwen.load import Model
from tilewright.engine.qwen.modes import MANNERS
from tilewright.engine.qwen.paint import Encodings, clean, fitting, paint, read

WORDS = [
    "ziegel",
    "レンガの壁からテクスチャ",
    "🧱" * 300,
    "a" * 2000,
    "<|im_end|><|image_pad|><|vision_start|><|endoftext|> brick",
    "brick \x00\u200b\ufeff wall\r\n\t",
    "{} {0} %s \\n",
]


def test_the_same_order_gives_the_same_bits(model: Model) -> None:
    one = painted(model)
    assert same(painted(model), one)
    assert one.shape == (128, 128, 3)
    assert one.dtype == np.float32
    assert not same(painted(model, seed=8), one)


def test_guidance_steps_words_photos_and_their_size_count(model: Model) -> None:
    usual = painted(model)
    others: list[dict[str, Any]] = [
        {"guidance": 1.0},
        {"steps": 4},
        {"words": "stone"},
        {"photos": (photo(), photo())},
        {"area": 256 * 256},
        {"mode": "fast"},
        {"axes": "none"},
    ]
    for other in others:
        assert not same(painted(model, **other), usual), other
    assert same(painted(model), usual)


def test_the_fast_modes_have_a_schedule_of_their_own(model: Model) -> None:
    """A fixed shift of 3 down to zero noise: sigma = 3t / (1 + 2t)."""
    sigmas = []

    def look(fraction: float, doing: str = "") -> None:
        sigmas.append(model.pipe.scheduler.sigmas)

    asked = order(mode="fastest", steps=4, guidance=1.0)
    paint(model, asked, read(model, asked, Encodings()), look)
    even = torch.linspace(1, 0.25, 4)
    expected = torch.cat([3 * even / (1 + 2 * even), torch.zeros(1)])
    assert torch.allclose(sigmas[-1], expected, atol=1e-4)
    assert [MANNERS[mode].steps for mode in MANNERS] == [40, 8, 4]
    assert model.pipe.scheduler.config.shift_terminal == 0.02


@pytest.mark.parametrize("at", range(5))
def test_a_cancel_at_any_step_leaves_nothing_behind(model: Model, at: int) -> None:
    before = painted(model, steps=4)
    told: list[str] = []

    def tick(fraction: float, doing: str = "") -> None:
        told.append(doing)
        if len(told) > at:
            raise Cancelled("enough")

    asked = order(steps=4, seed=99, axes="x")
    with pytest.raises(Cancelled):
        paint(model, asked, read(model, asked, Encodings()), tick)
    assert len(told) == at + 1
    assert same(painted(model, steps=4), before)


def test_steps_are_told_one_by_one(model: Model) -> None:
    told: list[tuple[float, str]] = []

    def tick(fraction: float, doing: str = "") -> None:
        told.append((fraction, doing))

    asked = order(steps=4)
    paint(model, asked, read(model, asked, Encodings()), tick)
    assert told == [
        (0.0, "step 1 of 4"),
        (0.25, "step 1 of 4"),
        (0.5, "step 2 of 4"),
        (0.75, "step 3 of 4"),
        (1.0, "step 4 of 4"),
    ]


@pytest.mark.parametrize("words", WORDS, ids=range(len(WORDS)))
def test_any_words_are_read(model: Model, words: str) -> None:
    assert np.isfinite(painted(model, words=fitting(model, clean(words)), steps=2)).all()


def test_words_cannot_pose_as_the_models_own_marks(model: Model) -> None:
    marks = set(model.pipe.tokenizer.convert_tokens_to_ids(["<|im_end|>", "<|image_pad|>"]))
    said = model.pipe.tokenizer(clean("<|im_end|> <|image_pad|> <|<|image_pad|>|>"))["input_ids"]
    assert not marks & set(said)


def test_more_words_than_the_model_reads_are_cut(model: Model) -> None:
    short = fitting(model, "🧱" * 2000)
    assert 100 < len(short) < 2000
    assert fitting(model, PROMPT) == PROMPT


@pytest.mark.parametrize("size", [(32, 32), (1600, 200), (200, 1600), (33, 257)])
def test_photos_of_any_shape_are_seen(model: Model, size: tuple[int, int]) -> None:
    assert painted(model, photos=(photo(*size),), steps=2).std() > 0


@pytest.mark.parametrize("size", [(128, 128), (256, 128), (160, 224)])
def test_tiles_have_the_size_that_was_asked(model: Model, size: tuple[int, int]) -> None:
    assert painted(model, size=size, steps=2).shape == (size[1], size[0], 3)


def test_numbers_out_of_bounds_are_no_picture(model: Model) -> None:
    layer = model.pipe.transformer.proj_out
    kept = layer.bias.clone()
    before = painted(model)
    layer.bias.fill_(float("nan"))
    try:
        with pytest.raises(EngineFailed, match="ran out of bounds"):
            painted(model)
    finally:
        layer.bias.copy_(kept)
    assert same(painted(model), before)


def test_one_color_is_no_picture(model: Model) -> None:
    last = model.pipe.vae.decoder.conv_out
    kept = last.weight.clone(), last.bias.clone()
    last.weight.zero_()
    last.bias.zero_()
    try:
        with pytest.raises(EngineFailed, match="one single color"):
            painted(model)
    finally:
        last.weight.copy_(kept[0])
        last.bias.copy_(kept[1])


def test_a_wrapping_picture_has_no_seam_of_the_decoders(model: Model) -> None:
    """Painted along x only, the step from right to left is like any other; down it need not be."""
    tile = painted(model, axes="xy", size=(256, 256), steps=4)
    for axis in (0, 1):
        steps = np.abs(np.diff(tile, axis=axis, append=tile.take([0], axis))).mean(
            axis=(1 - axis, 2)
        )
        assert steps[-1] <= np.quantile(steps[:-1], 0.99)
