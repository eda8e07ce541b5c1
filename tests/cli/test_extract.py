"""`tilewright extract` makes tiles of real photographs, and says where they are."""

import json
import os
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
