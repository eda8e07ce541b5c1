"""The whole engine on photographs: what comes out tiles, obeys, and is the same again."""

import hashlib
import os
import re
import subprocess
import sys
from io import BytesIO
from itertools import count
from typing import Any, NamedTuple, get_args

import numpy as np
import pytest
from PIL import Image

from tests.engine.pictures import EXAMPLES, WALL_PROMPT, brick_wall, encoded, example, grass
from tilewright.contract import (
    AspectRatio,
    Cancelled,
    SurfaceUnusable,
    UnsupportedParameter,
    parse_request,
)
from tilewright.engine import Outcome, Photos, Tick
from tilewright.engine.finish import decoded
from tilewright.engine.synthesis import SynthesisEngine
from tilewright.engine.synthesis.mixing import SHARES, Manner, Place
from tilewright.engine.synthesis.weave import STAGES
from tilewright.intake import decode

LEAVES_PROMPT = "Extract fallen leaves texture from the forest floor."

SMALL: dict[str, Any] = {"width": 256, "height": 256}
"""Sixteen times as quick as the usual size, and still laid out of several pieces of the wall."""


SEED = 5


class Made(NamedTuple):
    """A small tile of the wall, made with `SEED`, and how it came about."""

    data: bytes
    ticks: list[tuple[str, float]]


def run(photo: bytes, prompt: str = WALL_PROMPT, **parameters: object) -> Outcome:
    request = parse_request({"prompt": prompt, **parameters})
    return SynthesisEngine().run(request, Photos(photo), lambda stage, fraction: None)


def cancel_after(last: int) -> Tick:
    ticks = count()

    def tick(stage: str, fraction: float) -> None:
        if next(ticks) == last:
            raise Cancelled(f"in {stage}")

    return tick


def assert_wraps(outcome: Outcome) -> None:
    """The step over either border is no larger than nearly all steps inside, and none stands out.

    For the border is laid where it shows least: what does not wrap has its step somewhere inside.
    """
    score = outcome.report.score
    assert score.across.wrap_step <= score.across.inner_p99
    assert score.down.wrap_step <= score.down.inner_p99
    tile = decode(outcome.data).pixels.astype(int)
    for axis in (0, 1):
        steps = np.abs(tile - np.roll(tile, 1, axis)).mean(axis=(1 - axis, 2))
        assert steps.max() <= 1.5 * np.quantile(steps, 0.99)


@pytest.fixture(scope="module")
def wall() -> bytes:
    return encoded(brick_wall(240, 180))


@pytest.fixture(scope="module")
def made(wall: bytes) -> Made:
    ticks: list[tuple[str, float]] = []
    request = parse_request({"prompt": WALL_PROMPT, "seed": SEED, **SMALL})
    outcome = SynthesisEngine().run(request, Photos(wall), lambda *tick: ticks.append(tick))
    return Made(outcome.data, ticks)


@pytest.fixture(scope="module")
def leaves() -> bytes:
    """So small a part of a photo that every tile takes many pieces of it."""
    return encoded(decode(example("oak_leaves")).pixels[300:540, 400:720])


@pytest.mark.parametrize("aspect_ratio", get_args(AspectRatio))
def test_every_aspect_ratio_wraps_both_ways(leaves: bytes, aspect_ratio: str) -> None:
    assert_wraps(run(leaves, LEAVES_PROMPT, aspect_ratio=aspect_ratio, width=320))


def test_the_usual_size_of_a_whole_photo_wraps_both_ways() -> None:
    outcome = run(example("oak_leaves"), LEAVES_PROMPT)
    assert (outcome.report.width, outcome.report.height) == (1024, 1024)
    assert_wraps(outcome)


@pytest.mark.parametrize(
    ("image_format", "seen"), [("jpeg", "JPEG"), ("png", "PNG"), ("webp", "WEBP")]
)
def test_every_format_holds_what_the_report_says(wall: bytes, image_format: str, seen: str) -> None:
    outcome = run(wall, image_format=image_format, aspect_ratio="16:9", width=224)
    with Image.open(BytesIO(outcome.data)) as image:
        assert image.format == seen
        assert image.size == (224, 128) == (outcome.report.width, outcome.report.height)
        assert not image.getexif()
    assert outcome.report.file_size == len(outcome.data)


def test_the_same_request_gives_the_same_bytes_with_any_number_of_threads(
    wall: bytes, made: Made
) -> None:
    script = (
        "import sys, hashlib, cv2; cv2.setNumThreads(int(sys.argv[1]));"
        "from tests.engine.test_synthesis import SEED, SMALL, run;"
        "print(hashlib.sha256(run(sys.stdin.buffer.read(), seed=SEED, **SMALL).data).hexdigest())"
    )
    digests = set()
    for threads in ("1", "4"):
        done = subprocess.run(
            [sys.executable, "-c", script, threads],
            input=wall,
            stdout=subprocess.PIPE,
            check=True,
            cwd=EXAMPLES.parent,
            env={**os.environ, "OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads},
        )
        digests.add(done.stdout.strip())
    assert len(digests) == 1
    assert digests == {hashlib.sha256(made.data).hexdigest().encode()}


def test_another_seed_gives_another_tile(wall: bytes, made: Made) -> None:
    assert run(wall, seed=SEED + 1, **SMALL).data != made.data


def test_a_photo_that_is_a_tile_already_comes_back_unchanged(wall: bytes) -> None:
    made = decoded(run(wall, image_format="png", **SMALL).data)
    again = decoded(run(encoded(made), image_format="png", **SMALL).data)
    shift = np.argwhere((made == again[0, 0]).all(axis=2))
    assert any(np.array_equal(np.roll(made, (-y, -x), (0, 1)), again) for y, x in shift)


def test_another_seed_is_not_the_same_tile_shifted() -> None:
    """Where one cell of the surface fills the tile, seeds take other parts of it."""
    spectra = []
    for seed in (1, 2, 3):
        outcome = run(example("oak_leaves"), LEAVES_PROMPT, seed=seed, width=256)
        assert "in one piece" in outcome.report.method
        with Image.open(BytesIO(outcome.data)) as image:
            light = np.asarray(image.convert("L"), np.float64)
        spectrum = np.fft.fft2(light - light.mean())
        spectra.append(spectrum / np.sqrt((np.abs(spectrum) ** 2).mean()))
    for one, other in ((0, 1), (0, 2), (1, 2)):
        again = np.fft.ifft2(spectra[one] * np.conj(spectra[other])).real
        assert again.max() < 0.9


@pytest.mark.parametrize(("width", "height"), [(128, 160), (1280, 1280), (2048, 256)])
def test_other_sizes_wrap_too(wall: bytes, width: int, height: int) -> None:
    outcome = run(wall, width=width, height=height)
    assert (outcome.report.width, outcome.report.height) == (width, height)
    assert_wraps(outcome)


def test_seed_minus_one_draws_one_and_reports_it(wall: bytes) -> None:
    drawn = run(wall, seed=-1, **SMALL)
    assert drawn.report.seed >= 0
    assert run(wall, seed=drawn.report.seed, **SMALL).data == drawn.data


def test_progress_goes_from_0_to_1_through_named_stages(made: Made) -> None:
    fractions = [fraction for _, fraction in made.ticks]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0
    assert fractions[-1] == 1
    assert {name for name, _ in STAGES} < {name for name, _ in made.ticks}


def test_of_a_drawn_surface_hardly_anything_is_done_before_it_is_straightened(wall: bytes) -> None:
    ticks: list[tuple[str, float]] = []
    drawn = {"polygon": [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]]}
    request = parse_request({"prompt": WALL_PROMPT, "region": drawn, **SMALL})
    SynthesisEngine().run(request, Photos(wall), lambda *one: ticks.append(one))
    assert next(fraction for stage, fraction in ticks if stage == "straighten it") < 0.05


def test_a_cancel_at_any_tick_stops_at_once_and_leaves_nothing_behind(
    wall: bytes, made: Made
) -> None:
    request = parse_request({"prompt": WALL_PROMPT, "seed": SEED, **SMALL})
    for last in (1, 4, 9):
        with pytest.raises(Cancelled):
            SynthesisEngine().run(request, Photos(wall), cancel_after(last))
    assert run(wall, seed=SEED, **SMALL).data == made.data


def test_a_second_photo_is_blended_in_and_a_third_laid_over(wall: bytes) -> None:
    request = parse_request({"prompt": WALL_PROMPT, "image_format": "png", **SMALL})
    green = encoded(grass(200, 200))
    shares = SHARES[Manner.PATCHES], SHARES[Place.LOW]
    photos = Photos(wall, green), Photos(wall, None, green)
    for given, share in zip(photos, shares, strict=True):
        outcome = SynthesisEngine().run(request, given, lambda stage, fraction: None)
        with Image.open(BytesIO(outcome.data)) as image:
            pixels = np.asarray(image).astype(int)
        is_green = (pixels[..., 1] > pixels[..., 0]).mean()
        assert is_green == pytest.approx(share, abs=0.05)
        assert_wraps(outcome)


@pytest.mark.parametrize(
    ("prompt", "green"),
    [
        ("Extract brick texture from the wall with grass in the joints.", True),
        ("Extract brick texture from the wall with brick on top.", False),
    ],
)
def test_of_the_third_photo_what_the_prompt_names_is_laid_over(
    wall: bytes, prompt: str, green: bool
) -> None:
    both = encoded(np.vstack([brick_wall(480, 300), grass(480, 120)]))
    request = parse_request({"prompt": prompt, "image_format": "png", **SMALL})
    outcome = SynthesisEngine().run(request, Photos(wall, None, both), lambda *_: None)
    with Image.open(BytesIO(outcome.data)) as image:
        pixels = np.asarray(image).astype(int)
    assert ((pixels[..., 1] > pixels[..., 0]).mean() > SHARES[Place.LOW] / 2) == green


def test_where_one_goes_is_not_where_the_other_goes(wall: bytes) -> None:
    prompt = "brick with patches of plaster and moss in the joints"
    lawn = encoded(grass(200, 200))
    request = parse_request({"prompt": prompt, **SMALL})
    outcome = SynthesisEngine().run(request, Photos(wall, wall, lawn), lambda *_: None)
    second, third, first = map(int, re.findall(r"(\d+)%", outcome.report.method)[-3:])
    assert second == pytest.approx(100 * SHARES[Manner.PATCHES], abs=3)
    assert third == pytest.approx(100 * SHARES[Place.LOW] * (1 - SHARES[Manner.PATCHES]), abs=3)
    assert first + second + third == pytest.approx(100, abs=1)
    assert any("compared with no photo" in note for note in outcome.report.notes)


def test_what_the_third_photo_does_not_show_is_said(wall: bytes) -> None:
    request = parse_request({"prompt": "brick from the wall with snow on top", **SMALL})
    lawn = encoded(grass(300, 200))
    notes = SynthesisEngine().run(request, Photos(wall, None, lawn), lambda *_: None).report.notes
    assert any(note.startswith("image_3: Nothing that looks like snow") for note in notes)


def test_a_lora_is_refused_with_the_engine_that_could() -> None:
    request = parse_request({"prompt": "x", "lora_2_url": "https://example.com/a.safetensors"})
    with pytest.raises(UnsupportedParameter, match=r"lora_2_url.*qwen"):
        SynthesisEngine().check(request)


def test_a_surface_of_a_few_pixels_is_refused_with_its_size() -> None:
    photo = grass(400, 400)
    photo[:] = [90, 90, 200]
    photo[390:] = grass(400, 10)
    with pytest.raises(SurfaceUnusable, match=r"400x\d+|shows only"):
        run(encoded(photo[360:]), "grass from the lawn")


def test_a_doubtful_choice_is_said_in_the_notes(wall: bytes) -> None:
    assert any("No word of the prompt" in note for note in run(wall, "🧱", **SMALL).report.notes)


def test_where_parts_come_again_the_note_names_a_size_that_is_one_piece() -> None:
    photo = encoded(decode(example("old_brick_grey")).pixels[-420:, :520])
    everything: dict[str, Any] = {"region": {"polygon": [(0, 0), (1, 0), (1, 1), (0, 1)]}}
    larger = run(photo, **everything).report
    often = re.search(r"pixels, each shown ([\d.]+) times on average, in \d+ p", larger.method)
    assert often
    assert float(often[1]) > 1024 * 1024 / (520 * 420)
    told = re.search(r"come again in a tile .* up to (\d+)x(\d+) it is one piece", larger.notes[-1])
    assert told
    width, height = map(int, told.groups())
    smaller = run(photo, width=width, height=height, **everything).report
    assert "in one piece" in smaller.method
    assert "times on average" not in smaller.method
    assert not any("come again in a tile" in note for note in smaller.notes)


def test_a_small_tile_of_a_long_strip_is_one_piece_at_nearly_its_own_scale() -> None:
    strip = encoded(decode(example("asphalt_street")).pixels[-220:, -880:])
    everything: dict[str, Any] = {"region": {"polygon": [(0, 0), (1, 0), (1, 1), (0, 1)]}}
    report = run(strip, width=160, height=160, straighten=False, **everything).report
    assert "in one piece" in report.method
    assert (report.scale or 0) > 0.7
