"""`tilewright extract` makes tiles of real photographs, and says where they are."""

import json
import os
import shlex
import shutil
from pathlib import Path

from PIL import Image

from tests.cli.command import BRICK, LEAVES, PROMPT, tilewright

WISH = ("--prompt", PROMPT)


def test_a_folder_of_photos_becomes_a_folder_of_tiles(tmp_path: Path) -> None:
    """Two photos of one name, and a broken one between them that stops nobody."""
    for folder, photo in {"a": LEAVES, "b": BRICK}.items():
        (tmp_path / folder).mkdir()
        shutil.copy(photo, tmp_path / folder / "wall.jpg")
    (tmp_path / "broken.jpg").write_bytes(Path(LEAVES).read_bytes()[:20000])
    photos = ("a/wall.jpg", "broken.jpg", "b/wall.jpg")

    done = tilewright(
        "extract", *photos, *WISH, "--width", "256", "-o", "tiles", "--json", cwd=tmp_path
    )

    answers = [json.loads(line) for line in done.out.splitlines()]
    assert done.code == 2
    assert [answer["photo"] for answer in answers] == list(photos)
    assert answers[1]["code"] == "photo_refused"
    assert done.err == f"tilewright: broken.jpg: {answers[1]['error']}\n"
    assert sorted(os.listdir(tmp_path / "tiles")) == ["wall-2.tile.webp", "wall.tile.webp"]
    for answer in (answers[0], answers[2]):
        path = tmp_path / answer["tile"]
        report = answer["report"]
        assert path.stat().st_size == report["file_size"]
        assert report["score"]["seam"] >= 0.9
        with Image.open(path) as tile:
            assert (tile.format, tile.size) == ("WEBP", (256, 256))


def test_a_piped_photo_becomes_a_named_tile_in_the_format_of_its_name(tmp_path: Path) -> None:
    data = Path(BRICK).read_bytes()
    wish = (*WISH, "-o", "wall.png", "--aspect-ratio", "3:2", "--width", "384")

    done = tilewright("extract", "-", *wish, cwd=tmp_path, stdin=data)

    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("wall.png: 384x256 png, ")
    assert "seam score " in done.out
    assert " s\n" in done.out
    assert os.listdir(tmp_path) == ["wall.png"]
    with Image.open(tmp_path / "wall.png") as tile:
        assert (tile.format, tile.size) == ("PNG", (384, 256))


def test_where_the_surface_is_in_doubt_it_says_what_to_type_for_another(tmp_path: Path) -> None:
    asked = ("extract", LEAVES, "--prompt", "snow on the ground", "--width", "128")

    done = tilewright(*asked, "-o", "ground.png", cwd=tmp_path)

    assert "note: Nothing that looks like snow" in done.out
    region = next(line for line in done.out.splitlines() if "--region" in line)
    again = tilewright(*asked, *shlex.split(region), "-o", "other.png", "--json", cwd=tmp_path)
    surface = json.loads(again.out)["report"]["surface"]
    assert surface["drawn"]
    share = float(done.out.split("1. ")[1].split("%")[0]) / 100
    assert abs(surface["share"] - share) < 0.3 * share + 0.01


def test_of_what_is_surely_there_no_others_are_listed(tmp_path: Path) -> None:
    done = tilewright(
        "extract", LEAVES, "--prompt", "fallen leaves", "--width", "128", cwd=tmp_path
    )

    assert done.code == 0
    assert "--region" not in done.out
