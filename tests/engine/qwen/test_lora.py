"""A LoRA changes the picture in any spelling alike, or is refused by name before anything is."""

import json
import pickle
import resource
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save
from torch import Tensor

from tests.engine.qwen.painting import order, painted, same
from tests.engine.qwen.tiny import make_lora
from tilewright.contract import LoraRefused
from tilewright.engine.qwen.adapters import MOST_KEPT, Adapters, Worn
from tilewright.engine.qwen.load import Model
from tilewright.engine.qwen.lora import check_header, read_lora
from tilewright.engine.qwen.paint import Encodings, paint, read

State = dict[str, Tensor]

LAYER = "transformer_blocks.0.attn.to_q"


def in_blocks(model: Model) -> dict[str, tuple[int, int]]:
    return {name: shape for name, shape in model.shapes.items() if "blocks" in name}


def a_lora(model: Model, seed: int = 0) -> State:
    return make_lora(in_blocks(model), 100 + seed)


def worn(model: Model, data: bytes, weight: float = 1.0, name: str = "lora_2") -> Worn:
    digest = f"{hash(data) & 0xFFFFFFFFFFFFFFFF:016x}"
    return Worn(name, digest, weight, read_lora(data, model.shapes, name))


def as_peft(state: State) -> State:
    return state


def as_diffusion_model(state: State) -> State:
    return {
        key.replace("transformer.", "diffusion_model.", 1): value for key, value in state.items()
    }


def as_bare(state: State) -> State:
    return {key.removeprefix("transformer."): value for key, value in state.items()}


def as_kohya(state: State) -> State:
    """Underscores for dots, down and up for A and B, and a scale of its own: alpha over rank."""
    found = {}
    for key, value in state.items():
        layer, _, part = key.removeprefix("transformer.").rpartition(".lora_")
        flat = "lora_unet_" + layer.replace(".", "_")
        if part.startswith("A"):
            found[f"{flat}.lora_down.weight"] = value
            found[f"{flat}.alpha"] = torch.tensor(2.0 * value.shape[0])
        else:
            found[f"{flat}.lora_up.weight"] = value / 2
    return found


def as_lightning(state: State) -> State:
    """Bare, with the halves and the scale of kohya's: the files of Qwen-Image-Lightning."""
    found = {}
    for key, value in as_bare(state).items():
        layer, _, part = key.rpartition(".lora_")
        if part.startswith("A"):
            found[f"{layer}.lora_down.weight"] = value
            found[f"{layer}.alpha"] = torch.tensor(0.5 * value.shape[0])
        else:
            found[f"{layer}.lora_up.weight"] = value * 2
    return found


def as_down_and_up(state: State) -> State:
    """Without a scale."""
    halves = (("lora_A", "lora_down"), ("lora_B", "lora_up"))
    return {
        key.replace(*halves["lora_B" in key]).removeprefix("transformer."): value
        for key, value in state.items()
    }


SPELLINGS: list[Callable[[State], State]] = [
    as_diffusion_model,
    as_bare,
    as_kohya,
    as_lightning,
    as_down_and_up,
]


def test_every_spelling_changes_the_picture_alike(model: Model) -> None:
    state = a_lora(model)
    usual = painted(model)
    changed = painted(model, loras=(worn(model, save(as_peft(state))),))
    assert not same(changed, usual)
    for spell in SPELLINGS:
        other = painted(model, loras=(worn(model, save(spell(state))),))
        assert abs(other - changed).max() < 0.01, spell
    assert same(painted(model), usual)


def test_pefts_own_scale_is_heeded(model: Model) -> None:
    state = a_lora(model)
    about = {"transformer.r": 4, "transformer.lora_alpha": 8}
    scaled = save(state, {"lora_adapter_metadata": json.dumps(about)})
    plain = save({key: value * (2 if "lora_A" in key else 1) for key, value in state.items()})
    one, other = (painted(model, loras=(worn(model, data),)) for data in (scaled, plain))
    assert same(one, other)


def test_pefts_scale_goes_by_the_rank_of_each_layer() -> None:
    """As where the header has a `rank_pattern`."""
    ranks = {"transformer_blocks.0.attn.to_q": 16, "transformer_blocks.0.attn.to_k": 8}
    state = {}
    for name, rank in ranks.items():
        state[f"transformer.{name}.lora_A.weight"] = torch.ones(rank, 32)
        state[f"transformer.{name}.lora_B.weight"] = torch.ones(32, rank)
    about = {"r": 16, "lora_alpha": 16, "rank_pattern": {"transformer_blocks.0.attn.to_k": 8}}
    told = {f"transformer.{name}": value for name, value in about.items()}
    data = save(state, {"lora_adapter_metadata": json.dumps(told)})

    pairs = read_lora(data, dict.fromkeys(ranks, (32, 32)), "lora_2").pairs

    assert {name: float(down[0, 0]) for name, (down, _) in pairs.items()} == dict(
        zip(ranks, (1, 2), strict=True)
    )


def test_a_header_may_have_any_length() -> None:
    """One of 384 bytes begins with the byte that a pickle begins with."""
    numbers = {"a": torch.ones(1)}
    for longer in range(0, 256, 8):
        check_header(save(numbers, {"about": "x" * longer}), "lora_2")


def test_the_weight_counts_and_zero_is_none(model: Model) -> None:
    data = save(a_lora(model))
    usual = painted(model)
    half, whole = (painted(model, loras=(worn(model, data, weight),)) for weight in (0.5, 1.0))
    assert 0 < abs(half - usual).mean() < abs(whole - usual).mean()
    assert abs(painted(model, loras=(worn(model, data, 0.0),)) - usual).max() < 0.01


def test_two_loras_add_up_and_one_twice_is_one_of_double_weight(model: Model) -> None:
    one, two = (worn(model, save(a_lora(model, seed)), 0.5) for seed in (1, 2))
    both = painted(model, loras=(one, two))
    assert not same(both, painted(model, loras=(one,)))
    twice = painted(model, loras=(one, one))
    assert abs(twice - painted(model, loras=(one._replace(weight=1.0),))).max() < 0.01


def damaged(model: Model, change: Callable[[State], State]) -> bytes:
    return save(change(dict(a_lora(model))))


def foreign(state: State) -> State:
    return {
        key.replace("transformer_blocks", "single_blocks"): value for key, value in state.items()
    }


def infinite(state: State) -> State:
    state[f"transformer.{LAYER}.lora_B.weight"][0, 0] = float("nan")
    return state


def too_wide(state: State) -> State:
    state[f"transformer.{LAYER}.lora_A.weight"] = torch.zeros(4, 33)
    return state


def half_a_pair(state: State) -> State:
    del state[f"transformer.{LAYER}.lora_B.weight"]
    return state


def lokr(state: State) -> State:
    return {f"diffusion_model.{LAYER}.lokr_w1": torch.zeros(4, 4)}


def dora(state: State) -> State:
    return {**state, f"transformer.{LAYER}.dora_scale": torch.zeros(32)}


def of_the_text_encoder(state: State) -> State:
    return {**state, "text_encoder.layers.0.q_proj.lora_A.weight": torch.zeros(4, 32)}


def nothing(state: State) -> State:
    return {}


def whole_weights(state: State) -> State:
    return {f"transformer.{LAYER}.weight": torch.zeros(32, 32)}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (foreign, "this model does not have; it was made for another one"),
        (infinite, f"numbers that are not finite, in {LAYER}"),
        (too_wide, r"has the shapes \(4, 33\)"),
        (half_a_pair, "is not a plain LoRA|not a LoRA of this model"),
        (lokr, "is a LoKr file"),
        (dora, "is a DoRA file"),
        (of_the_text_encoder, "not part of this model's transformer"),
        (nothing, "is empty"),
        (whole_weights, "is not a plain LoRA"),
    ],
)
def test_what_is_no_lora_of_this_model_is_refused_by_name(
    model: Model, change: Callable[[State], State], sentence: str
) -> None:
    before = painted(model)
    with pytest.raises(LoraRefused, match=sentence) as caught:
        worn(model, damaged(model, change))
    assert str(caught.value).startswith("lora_2 ")
    assert same(painted(model), before)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (pickle.dumps({"a": 1}), "is a pickle"),
        (b"PK\x03\x04" + b"\0" * 60, "is a pickle"),
        (b"<!doctype html><title>404</title>", "is a web page"),
        (b"", "has 0 bytes"),
        (b"\0" * 7, "has 7 bytes"),
        (b"\xff" * 64, "is not a .safetensors file"),
        (b"\x40" + b"\0" * 7 + b"{" + b" " * 20, "is cut short"),
        (b"\x10" + b"\0" * 7 + b'{"a": {"x": 1}}}', "is cut short or damaged"),
        (b"\x02" + b"\0" * 7 + b"{}", "is empty"),
    ],
)
def test_other_files_are_refused(model: Model, data: bytes, sentence: str) -> None:
    with pytest.raises(LoraRefused, match=sentence):
        read_lora(data, model.shapes, "lora_3")


def test_a_file_that_ends_early_is_refused(model: Model) -> None:
    data = save(a_lora(model))
    for length in (len(data) - 1, len(data) // 2, 3000):
        with pytest.raises(LoraRefused, match="cut short"):
            read_lora(data[:length], model.shapes, "lora_2")


def test_two_hundred_requests_with_ever_other_loras_leave_memory_flat(model: Model) -> None:
    """Each of twelve LoRAs comes again and again; only the last few stay in the model."""
    few = {name: in_blocks(model)[name] for name in sorted(in_blocks(model))[:4]}
    loras = [worn(model, save(make_lora(few, seed))) for seed in range(12)]
    usual = painted(model)
    sizes = []
    small = order(steps=2, guidance=1.0, size=(32, 32), area=32 * 32)
    words = read(model, small, Encodings())
    for number in range(200):
        wish = small._replace(loras=(loras[number % 12],))
        paint(model, wish, words, lambda fraction, doing="": None)
        sizes.append(resident())
    assert model.adapters.kept() == MOST_KEPT
    assert max(sizes[100:]) - max(sizes[40:100]) < 8 * 2**20
    assert same(painted(model), usual)


def test_loras_that_are_too_large_together_do_not_stay(model: Model) -> None:
    transformer = model.pipe.transformer
    three = [worn(model, save(a_lora(model, seed))) for seed in range(3)]
    size = sum(one.nbytes for pair in three[0].lora.pairs.values() for one in pair)
    adapters = Adapters(transformer, model.device, torch.float32, room=2 * size)
    counts = []
    for wanted in ([three[0]], [three[1]], [three[2]], three, [], three[:1]):
        adapters.wear(wanted)
        counts.append(adapters.kept())
    assert counts == [1, 2, 2, 3, 2, 2]
    adapters.drop()
    assert adapters.kept() == 0


def resident() -> int:
    """Bytes of memory that this process holds."""
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * resource.getpagesize()
