"""`tilewright extract` makes tiles of real photographs, and says where they are."""

import json
import os
import shlex
import shutil
from pathlib import Path

from PIL import Image

from tests.cli.command import BRICK, LEAVES, PROMPT, asked, tilewright
from tilewright.cli.others import other_surfaces
from tilewright.contract import Alternative, Surface

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
    wish = (*WISH, "-o", "wall.png", "--aspect-ratio", "3:2", "--width", "384", "--no-straighten")

    done = tilewright("extract", "-", *wish, cwd=tmp_path, stdin=data)

    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("wall.png: 384x256 png, ")
    assert "seen as photographed, as asked\n" in done.out
    assert "seam score " in done.out
    assert " s\n" in done.out
    assert os.listdir(tmp_path) == ["wall.png"]
    with Image.open(tmp_path / "wall.png") as tile:
        assert (tile.format, tile.size) == ("PNG", (384, 256))


def test_the_longest_name_of_a_photo_becomes_one_of_a_tile(tmp_path: Path) -> None:
    photo = "\N{CJK UNIFIED IDEOGRAPH-5899}" * 83 + ".jpg"
    shutil.copy(BRICK, tmp_path / photo)

    done = asked("extract", photo, *WISH, "--width", "128", "--outlines", cwd=tmp_path)

    assert (done.code, done.err) == (0, "")
    assert len(os.listdir(tmp_path)) == 3


def test_where_the_surface_is_in_doubt_it_says_what_to_type_for_another(tmp_path: Path) -> None:
    words = ("extract", LEAVES, "--prompt", "snow on the ground", "--width", "128")

    done = tilewright(*words, "-o", "ground.png", cwd=tmp_path)

    assert "note: Nothing that looks like snow" in done.out
    region = next(line for line in done.out.splitlines() if "--region" in line)
    again = tilewright(*words, *shlex.split(region), "-o", "other.png", "--json", cwd=tmp_path)
    surface = json.loads(again.out)["report"]["surface"]
    assert surface["drawn"]
    share = float(done.out.split("2. ")[1].split("%")[0]) / 100
    assert abs(surface["share"] - share) < 0.3 * share + 0.01


def test_words_that_are_not_known_are_told_even_where_the_choice_is_sure(tmp_path: Path) -> None:
    words = ("--prompt", "wet fallen leaves on the ground", "--width", "128")

    done = asked("extract", LEAVES, *words, "-o", "ground.png", cwd=tmp_path)

    assert "words known: fallen, leaves, ground; not known: wet;" in done.out


def test_as_many_other_surfaces_are_listed_as_are_reported() -> None:
    corners = [(0.0, 0.0), (0.5, 0.0), (0.5, 0.5)]
    doubts = [
        Alternative(outline=corners, share=0.1, confidence=sure) for sure in (0.2, 0.1, 0.01, 0.0)
    ]

    lines = other_surfaces(
        Surface(outline=corners, share=0.4, confidence=0.3, alternatives=doubts, matched=["sand"])
    )

    numbers = [line.split(".")[0].strip() for line in lines[1:]]
    assert numbers == ["2", "3", "4", "5"]
    assert all("--region" in line for line in lines[1:])


def test_what_was_taken_is_outlined_in_a_picture_of_the_photo_beside_the_tile(
    tmp_path: Path,
) -> None:
    region = '{"polygon": [[0.25, 0.25], [0.75, 0.25], [0.75, 0.75], [0.25, 0.75]]}'
    wish = ("--prompt", "leaves", "--region", region, "--width", "128")

    done = asked("extract", LEAVES, *wish, "-o", "out/", "--outlines", cwd=tmp_path)

    assert "outlined in out/oak_leaves.tile.surface.jpg" in done.out
    assert ", as drawn; " in done.out
    with Image.open(tmp_path / "out" / "oak_leaves.tile.surface.jpg") as picture:
        width, height = picture.size
        assert (width, height) == (1600, 1067)
        light = picture.convert("L")
        for x, y in ((0.25, 0.5), (0.75, 0.5), (0.5, 0.25), (0.5, 0.75)):
            line = light.crop(_around(x * width, y * height))
            assert min(line.tobytes()) < 60
            assert max(line.tobytes()) > 230


def _around(x: float, y: float, reach: int = 6) -> tuple[int, int, int, int]:
    return int(x) - reach, int(y) - reach, int(x) + reach, int(y) + reach


def test_the_picture_of_the_outlines_never_takes_the_place_of_a_photo(tmp_path: Path) -> None:
    photo = tmp_path / "wall.tile.surface.jpg"
    photo.write_bytes(Path(LEAVES).read_bytes())
    wish = ("--prompt", "leaves", "-o", "wall.tile.png", "--outlines")

    done = asked("extract", photo.name, *wish, cwd=tmp_path)

    assert done.code == 2
    assert "is the photo itself" in done.err


def test_of_what_is_surely_there_no_others_are_listed(tmp_path: Path) -> None:
    done = tilewright(
        "extract", LEAVES, "--prompt", "fallen leaves", "--width", "128", cwd=tmp_path
    )

    assert done.code == 0
    assert "--region" not in done.out
