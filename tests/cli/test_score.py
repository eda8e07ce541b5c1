"""`tilewright score` tells a photograph from a tile."""

import json
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

import tilewright
from tests.cli.command import BRICK, asked


def tile() -> bytes:
    """Soft blobs that wrap in both directions: noise with its high frequencies taken away."""
    noise = np.random.default_rng(5).normal(size=(256, 256))
    rows, columns = np.meshgrid(*[np.fft.fftfreq(256)] * 2, indexing="ij")
    soft = np.fft.ifft2(np.fft.fft2(noise) * np.exp(-400 * (rows**2 + columns**2))).real
    gray = np.uint8(255 * (soft - soft.min()) / np.ptp(soft))
    file = BytesIO()
    Image.fromarray(np.stack([gray] * 3, axis=-1)).save(file, "PNG")
    return file.getvalue()


def test_a_tile_has_no_seam_and_a_photo_has_one(tmp_path: Path) -> None:
    good = json.loads(asked("score", "-", "--json", cwd=tmp_path, stdin=tile()).out)
    bad = json.loads(asked("score", BRICK, "--json", cwd=tmp_path).out)

    assert good["tile"] == "-"
    assert good["score"]["seam"] > 0.9
    assert bad["score"]["seam"] < 0.5


def test_a_score_comes_in_plain_words(tmp_path: Path) -> None:
    done = asked("score", BRICK, "--reference", BRICK, cwd=tmp_path)

    assert (done.code, done.err) == (0, "")
    marks = {line.split()[0] for line in done.out.splitlines()}
    assert {"overall", "seam", "repetition", "fidelity"} <= marks
    assert "not measured" not in done.out


def test_python_gets_the_score_that_the_command_tells(tmp_path: Path) -> None:
    said = json.loads(asked("score", BRICK, "--reference", BRICK, "--json", cwd=tmp_path).out)

    assert tilewright.score_tile(BRICK, BRICK).model_dump(mode="json") == said["score"]


def test_fidelity_asks_for_a_reference(tmp_path: Path) -> None:
    assert "not measured: give --reference" in asked("score", BRICK, cwd=tmp_path).out
