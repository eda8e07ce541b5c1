"""From encoded photos to a tile that wraps, with a report that says how; or a clear sentence."""

import shutil
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save

from tests.engine.pictures import brick_wall, encoded, example
from tests.engine.qwen.conftest import options
from tests.engine.qwen.painting import PROMPT, painted, run, same
from tests.engine.qwen.test_lora import a_lora, worn
from tests.engine.qwen.test_shelf import FILE, Host
from tilewright.contract import (
    Cancelled,
    EngineFailed,
    EngineLost,
    EngineUnavailable,
    LoraRefused,
    PhotoRefused,
    UnsupportedParameter,
    parse_request,
)
from tilewright.engine import Photos
from tilewright.engine.arrays import Floats, floats
from tilewright.engine.qwen.color import match_color
from tilewright.engine.qwen.engine import QwenEngine
from tilewright.engine.qwen.heal import see_to_seams
from tilewright.engine.qwen.load import Model, load_model
from tilewright.engine.qwen.options import QwenOptions
from tilewright.engine.qwen.sight import look
from tilewright.engine.qwen.weights.check import Weights
from tilewright.intake import decode


def colors(data: bytes) -> Floats:
    return floats(decode(data).pixels)


def silent(fraction: float, doing: str = "") -> None:
    """Nobody looks."""


def test_a_tile_with_its_report(engine: QwenEngine, weights: Weights) -> None:
    told: list[tuple[str, float]] = []
    outcome = run(engine, lambda stage, done: told.append((stage, done)), image_format="webp")
    report = outcome.report
    assert Image.open(BytesIO(outcome.data)).size == (128, 128)
    assert (report.engine, report.seed, report.image_format) == ("qwen", 87568756, "webp")
    assert (report.surface, report.scale, report.method) == (
        None,
        None,
        "painted by the diffusion model in 2 steps, mode quality",
    )
    made = report.diffusion
    assert made is not None
    assert (made.mode, made.steps, made.guidance) == ("quality", 2, 4.0)
    assert made.weights == weights.digest
    assert [lora.name for lora in made.loras] == ["texture_extract"]
    assert [stage for stage, _ in told if "step" in stage] == [
        "paint the tile: step 1 of 2",
        "paint the tile: step 1 of 2",
        "paint the tile: step 2 of 2",
    ]
    assert [done for _, done in told] == sorted(done for _, done in told)


def test_the_same_request_gives_the_same_bytes_after_a_cancel_too(engine: QwenEngine) -> None:
    first = run(engine).data

    def stop(stage: str, done: float) -> None:
        if "step 2" in stage:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        run(engine, stop, seed=1)
    assert run(engine).data == first
    assert run(engine, seed=1).data != first


def test_a_drawn_seed_is_told(engine: QwenEngine) -> None:
    drawn = run(engine, seed=-1)
    assert run(engine, seed=drawn.report.seed).data == drawn.data


def test_a_lora_by_its_address_is_told_with_its_hash(engine: QwenEngine, model: Model) -> None:
    plain = run(engine).data
    with Host(save(a_lora(model, 3))).serve() as site:
        outcome = run(engine, lora_2_url=site.url + FILE, lora_2_weight=0.5, mode="fastest")
        with pytest.raises(LoraRefused, match="lora_3 is a web page"), Host(b"<p>").serve() as bad:
            run(engine, lora_2_url=site.url + FILE, lora_3_url=bad.url + FILE)
    assert outcome.report.diffusion is not None
    loras = {lora.name: lora.weight for lora in outcome.report.diffusion.loras}
    assert loras == {"texture_extract": 1.0, "lightning": 1.0, "lora_2": 0.5}
    assert run(engine).data == plain


def test_loras_come_from_known_hosts_only(weights: Weights) -> None:
    strict = QwenEngine(QwenOptions(weights=weights.folder, device="cpu"))
    known = "https://cdn.huggingface.co/a/b.safetensors"
    strict.check(parse_request({"prompt": PROMPT, "lora_2_url": known}))
    for url in ("https://huggingface.co.evil.net/a.safetensors", "http://10.0.0.1/a.safetensors"):
        with pytest.raises(
            UnsupportedParameter, match="LoRAs are taken from huggingface"
        ) as caught:
            strict.check(parse_request({"prompt": PROMPT, "lora_3_url": url}))
        assert [fault.field for fault in caught.value.fields] == ["lora_3_url"]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"elements": 7}, "by the synthesis engine only"),
        ({"straighten": False}, "by the synthesis engine only"),
        ({"width": 2048}, "paints up to 1664"),
        ({"lora_2_weight": 2}, "is the weight of lora_2_url, which is not given"),
    ],
)
def test_what_it_cannot_do_is_refused(
    engine: QwenEngine, asked: dict[str, int], sentence: str
) -> None:
    with pytest.raises(UnsupportedParameter, match=sentence):
        engine.check(parse_request({"prompt": PROMPT, **asked}))


def test_a_strip_is_refused(engine: QwenEngine) -> None:
    request = parse_request({"prompt": PROMPT, "width": 128, "height": 128, "steps": 2})
    with pytest.raises(PhotoRefused, match="800x80 pixels are a strip"):
        engine.run(request, Photos(encoded(brick_wall(800, 80))), lambda stage, done: None)
    both = Photos(encoded(brick_wall(80, 80)), encoded(brick_wall(80, 800)))
    with pytest.raises(PhotoRefused, match="80x800 pixels are a strip"):
        engine.run(request, both, lambda stage, done: None)


def test_three_photos_and_every_axis(engine: QwenEngine) -> None:
    request = {"prompt": PROMPT, "width": 128, "height": 128, "steps": 2, "image_format": "png"}
    wall = encoded(brick_wall(100, 100))
    tiles = set()
    for axes in ("xy", "x", "y", "none"):
        wish = parse_request({**request, "seamless": axes, "reference_resolution": 256})
        outcome = engine.run(wish, Photos(wall, wall, wall), lambda stage, done: None)
        tiles.add(outcome.data)
        assert outcome.report.diffusion is not None
        assert outcome.report.diffusion.seamless == axes
        assert any("wrap along" in note for note in outcome.report.notes) == (axes != "xy")
    assert len(tiles) == 4


def test_out_of_memory_is_tried_again_and_then_told_and_the_card_goes_on(
    engine: QwenEngine,
) -> None:
    first = run(engine).data
    assert engine._model is not None
    transformer = engine._model.pipe.transformer
    failures = [2]

    def burst(*_: Any) -> None:
        if failures[0]:
            failures[0] -= 1
            raise torch.OutOfMemoryError("CUDA out of memory")

    hook = transformer.register_forward_pre_hook(burst)
    try:
        with pytest.raises(EngineFailed, match="out of memory, twice; ask for a smaller tile"):
            run(engine)
        failures[0] = 1
        assert run(engine).data == first
    finally:
        hook.remove()


def test_a_card_that_no_longer_answers_is_told_at_once(engine: QwenEngine) -> None:
    assert engine._model is not None

    def broken(*_: Any) -> None:
        raise torch.AcceleratorError("CUDA error: an illegal memory access was encountered")

    hook = engine._model.pipe.transformer.register_forward_pre_hook(broken)
    try:
        with pytest.raises(EngineLost, match="illegal memory access was encountered; restart it"):
            run(engine)
    finally:
        hook.remove()


def test_a_seam_that_shows_is_cut_anew() -> None:
    photo = floats(decode(example("asphalt_street")).pixels[-300:, :300])
    seams = see_to_seams(photo, "xy", 1, silent)
    assert seams.healed
    assert min(seams.before) < 0.9
    again = see_to_seams(seams.tile, "xy", 1, silent)
    assert min(again.before) > min(seams.before)
    assert seams.tile.shape == photo.shape


def test_a_seam_is_sought_where_the_models_grid_ended() -> None:
    """There alone it is: the wrap of this tile was anywhere else in the photo."""
    photo = floats(decode(example("asphalt_street")).pixels[-300:, :300])
    tile = np.roll(photo, (80, 112), (0, 1))
    assert not see_to_seams(tile, "xy", 1, silent).healed
    there = see_to_seams(tile, "xy", 1, silent, (80, 112))
    plain = see_to_seams(photo, "xy", 1, silent)
    assert there.before == plain.before
    assert same(there.tile, np.roll(plain.tile, (80, 112), (0, 1)))


def test_a_seam_that_nobody_asked_to_wrap_is_left(engine: QwenEngine) -> None:
    photo = floats(brick_wall(200, 150))
    assert see_to_seams(photo, "none", 1, silent).tile is photo


def test_colors_are_matched_to_the_surface(engine: QwenEngine) -> None:
    wall = brick_wall(200, 150)
    outcome = run(engine, match_color=True)
    tile, plain = colors(outcome.data), colors(run(engine).data)
    target = wall.mean(axis=(0, 1))
    assert abs(tile.mean(axis=(0, 1)) - target).max() < 12
    assert abs(plain.mean(axis=(0, 1)) - target).max() > 12
    assert outcome.report.surface is not None
    assert outcome.report.score.fidelity is not None


def test_matched_colors_wrap_as_before() -> None:
    tile = floats(brick_wall(128, 96))
    gray = np.full((8, 8, 3), 120, np.uint8)
    rolled = match_color(np.roll(tile, (5, 9), (0, 1)), brick_wall(64, 64))
    assert np.allclose(rolled, np.roll(match_color(tile, brick_wall(64, 64)), (5, 9), (0, 1)))
    assert np.isfinite(match_color(floats(gray), brick_wall(64, 64))).all()


def test_a_drawn_region_is_what_the_model_sees() -> None:
    picture = np.zeros((200, 300, 3), np.uint8)
    picture[50:150, 100:250] = brick_wall(150, 100)
    photo = decode(encoded(picture))
    box = [[1 / 3, 0.25], [5 / 6, 0.25], [5 / 6, 0.75], [1 / 3, 0.75]]
    for kind in ("polygon", "corners"):
        request = parse_request({"prompt": PROMPT, "region": {kind: box}})
        sight = look(photo, request)
        assert sight.surface is not None
        assert sight.surface.drawn
        assert abs(sight.shown.shape[0] - 100) < 20
        assert sight.shown.mean() > 80
    assert look(photo, parse_request({"prompt": PROMPT})).shown is photo.pixels


@pytest.mark.parametrize("plan", ["encoder-aside", "streamed"])
def test_every_place_of_the_weights_gives_the_same_picture(
    weights: Weights, model: Model, plan: str
) -> None:
    placed = load_model(weights, replace(options(weights.folder), plan=plan), silent)
    lora = (worn(model, save(a_lora(model))),)
    for loras in ((), lora, ()):
        assert same(painted(placed, loras=loras), painted(model, loras=loras))


def test_eight_bits_give_nearly_the_same_picture(weights: Weights, model: Model) -> None:
    small = load_model(weights, replace(options(weights.folder), plan="eighths"), silent)
    away = abs(painted(small) - painted(model)).mean()
    assert 0 < away < abs(painted(model, seed=8) - painted(model)).mean() / 5
    lora = (worn(model, save(a_lora(model)), 4.0),)
    away = abs(painted(small, loras=lora) - painted(model, loras=lora)).mean()
    assert away < abs(painted(small, loras=lora) - painted(small)).mean() / 2


def test_weights_that_cannot_be_loaded_are_named(weights: Weights, tmp_path: Path) -> None:
    spoiled = tmp_path / "weights"
    shutil.copytree(weights.folder, spoiled)
    config = spoiled / "base" / "vae" / "config.json"
    config.write_bytes(b" " * config.stat().st_size)
    with pytest.raises(EngineUnavailable, match=r"cannot be loaded: .*; check them: tilewright"):
        QwenEngine(QwenOptions(weights=spoiled, device="cpu")).warm()
    with pytest.raises(EngineUnavailable, match="no folder of weights"):
        QwenEngine(QwenOptions(device="cpu")).warm()
    with pytest.raises(EngineUnavailable, match="device cuda:0 cannot be used"):
        QwenEngine(QwenOptions(weights=weights.folder)).warm()
    with pytest.raises(EngineUnavailable, match="TILEWRIGHT_QWEN_ATTENTION cannot be bogus here"):
        QwenEngine(QwenOptions(weights=weights.folder, device="cpu", attention="bogus")).warm()
