"""Wrong arguments and input end with 2, a plain sentence, and nothing on the disk."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import BRICK, LEAVES, PROMPT, asked, clean_environment, tilewright
from tilewright.cli.say import short

NO_PHOTO = "no_such_photo.jpg"
CORNERS = '{"corners": [[0, 0], [1, 0], [1, 1], [0, 1]]}'
WISH = ("--prompt", PROMPT)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "Usage: tilewright [OPTIONS] COMMAND"),
        (("extrakt",), "Did you mean 'extract'? See tilewright --help."),
        (("extract",), "Missing argument 'PHOTO...'. See tilewright extract --help."),
        (("extract", LEAVES), "Missing option '--prompt'"),
        (("extract", LEAVES, "--prompt", ""), "tilewright: --prompt: must not be empty"),
        (("extract", LEAVES, *WISH, "--sed", "7"), "Did you mean one of: '--seed'"),
        (("extract", LEAVES, *WISH, "--seed", "many"), "'many' is not a valid integer"),
        (
            ("extract", LEAVES, *WISH, "--seed", "-2"),
            "tilewright: --seed: must be from -1 to 2147483647",
        ),
        (
            ("extract", LEAVES, *WISH, "--quality", "0"),
            "tilewright: --quality: must be from 1 to 100, not 0",
        ),
        (("extract", LEAVES, *WISH, "--aspect-ratio", "1:7"), "--aspect-ratio: must be one of 1:1"),
        (
            ("extract", LEAVES, *WISH, "--image-format", "jpg"),
            "--image-format: must be one of jpeg",
        ),
        (
            ("extract", LEAVES, *WISH, "--no-straighten", "--region", CORNERS),
            "--no-straighten: contr",
        ),
        (
            ("extract", LEAVES, *WISH, "--height", "4096", "--aspect-ratio", "16:9"),
            "another --aspect-",
        ),
        (("extract", LEAVES, *WISH, "--timeout", "9"), "--timeout is for --url"),
        (("extract", LEAVES, *WISH, "--engine", "qwen"), "take --engine synthesis"),
        (("extract", LEAVES, *WISH, "--engine", "magic"), "choose one of auto"),
        (("extract", LEAVES, *WISH, "--image-2", NO_PHOTO), "image_2: no image"),
        (("extract", LEAVES, *WISH, "--image-3", __file__), "image_3: the photo is not an"),
        (("extract", LEAVES, *WISH, "--lora-2-url", "https://host/a.bin"), ".safetensors file"),
        (
            ("extract", LEAVES, *WISH, "--lora-2-url", "https://host/a.safetensors"),
            "--lora-2-url: can",
        ),
        (("extract", "-", *WISH), "the photo is empty"),
        (("extract", "-", "-", *WISH), "- is one photo, that on standard input, and is named 2"),
        (("extract", "-", *WISH, "--image-2", "-"), "on standard input, and is named 2 times"),
        (("extract", "http://127.0.0.1:9/wall.jpg", *WISH), "not public"),
        (("extract", LEAVES, *WISH, "-o", "tile.png", "--image-format", "webp"), "change one"),
        (("extract", LEAVES, *WISH, "-o", "tile.tif"), "ends in none of .webp, .png"),
        (("extract", LEAVES, *WISH, "-o", "-"), "is not written to standard output"),
        (("extract", LEAVES, *WISH, "-o", "x.gif"), "ends in none of .webp, .png"),
        (("extract", LEAVES, *WISH, "-o", "tile"), "a folder's name ends in /"),
        (("extract", LEAVES, BRICK, *WISH, "-o", "tile.png"), "name a folder"),
        (("score",), "Missing argument 'TILE'"),
        (("extract", NO_PHOTO, *WISH), f"tilewright: no image is found at {NO_PHOTO}; give"),
        (("score", NO_PHOTO), f"tilewright: tile: no image is found at {NO_PHOTO}; give"),
        (("score", __file__), f"tile: {short(__file__)}: the tile is not an image"),
        (("score", BRICK, "--reference", NO_PHOTO), f"reference: no image is found at {NO_PHOTO}"),
        (
            ("score", BRICK, "--reference", __file__),
            f"reference: {short(__file__)}: the reference is not an image",
        ),
    ],
)
def test_what_is_wrong_is_said(arguments: tuple[str, ...], sentence: str, tmp_path: Path) -> None:
    done = asked(*arguments, cwd=tmp_path)

    assert done.code == 2
    assert sentence in done.err
    assert "Traceback" not in done.err
    assert done.out == ""
    assert os.listdir(tmp_path) == []


def test_a_tile_that_is_cut_short_is_named(tmp_path: Path) -> None:
    (tmp_path / "the photo.jpg").write_bytes(Path(LEAVES).read_bytes()[:20000])

    done = asked("score", "the photo.jpg", cwd=tmp_path)

    assert (done.code, done.out) == (2, "")
    sentence = "tile: the photo.jpg: the JPEG tile is cut short; send the whole file"
    assert done.err == f"tilewright: {sentence}\n"


def test_nobody_who_is_refused_waits_for_an_engine_or_a_client_to_load(tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("no photo")
    wishes = (
        ("extract", NO_PHOTO, *WISH),
        ("extract", "text.jpg", *WISH),
        ("extract", LEAVES, *WISH, "--image-2", "text.jpg"),
        ("extract", LEAVES, *WISH, "--quality", "0"),
        ("score", NO_PHOTO),
    )
    program = (
        "import sys; from tilewright.cli import main; "
        f"print([main(list(wish)) for wish in {wishes!r}], "
        "sorted({'cv2', 'numpy', 'httpx'} & set(sys.modules)))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout == "[2, 2, 2, 2, 2] []\n", done.stderr


@pytest.mark.parametrize(
    "output",
    ["no/such/folder/tile.webp", "file/tile.webp", "file/", "/proc/tile.webp", "n" * 300 + ".png"],
)
def test_an_output_that_cannot_be_written_is_found_before_the_photo_is_read(
    output: str, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("not a folder")

    done = asked("extract", NO_PHOTO, *WISH, "-o", output, cwd=tmp_path)

    assert done.code == 2
    assert "output: cannot write" in done.err
    assert NO_PHOTO not in done.err
    assert os.listdir(tmp_path) == ["file"]


def test_a_folder_that_no_tile_came_into_is_gone(tmp_path: Path) -> None:
    done = asked("extract", NO_PHOTO, *WISH, "-o", "tiles/", cwd=tmp_path)

    assert done.code == 2
    assert os.listdir(tmp_path) == []


def test_a_photo_is_never_overwritten(tmp_path: Path) -> None:
    photo = tmp_path / "wall.jpg"
    photo.write_bytes(Path(BRICK).read_bytes())

    done = asked("extract", "wall.jpg", *WISH, "-o", "./wall.jpg", cwd=tmp_path)

    assert done.code == 2
    assert "wall.jpg is the photo itself" in done.err
    assert photo.read_bytes() == Path(BRICK).read_bytes()


def test_a_wrong_variable_is_named(tmp_path: Path) -> None:
    wrong = {"TILEWRIGHT_FETCH_SECONDS": "soon"}

    done = asked("extract", LEAVES, *WISH, cwd=tmp_path, env=wrong)

    assert done.code == 2
    assert "TILEWRIGHT_FETCH_SECONDS: must be a number, not 'soon'" in done.err


@pytest.mark.parametrize(
    ("arguments", "code", "fields"),
    [
        (("--prompt", "", "--quality", "0"), "invalid_request", ["prompt", "quality"]),
        (("--prompt", PROMPT, "--engine", "qwen"), "engine_unavailable", []),
        ((), "invalid_request", []),
    ],
)
def test_with_json_errors_are_json_too(
    arguments: tuple[str, ...], code: str, fields: list[str], tmp_path: Path
) -> None:
    done = tilewright("extract", LEAVES, *arguments, "--json", cwd=tmp_path)

    answer = json.loads(done.out)
    assert done.code == 2
    assert answer["code"] == code
    assert answer["error"] in done.err
    assert [fault["field"] for fault in answer["fields"]] == fields
    assert all(f"--{name}: " in answer["error"] for name in fields)
