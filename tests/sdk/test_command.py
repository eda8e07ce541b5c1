"""`tilewright extract --url` is the same job done by a server."""

from pathlib import Path

from tests.cli.command import tilewright
from tests.sdk.address import Door

WISH = ("--prompt", "Extract fallen leaves texture from the forest floor.", "--width", "256")
ENGINE = ("--engine", "synthesis")


def test_a_server_makes_the_very_tile_that_this_machine_would(
    door: Door, leaves: Path, tmp_path: Path
) -> None:
    key = {"TILEWRIGHT_API_KEY": door.key}

    here = tilewright("extract", str(leaves), *WISH, "-o", "here.webp", cwd=tmp_path)
    there = tilewright(
        *("extract", str(leaves), *WISH, "-o", "there.webp", "--url", door.url, *ENGINE),
        cwd=tmp_path,
        env=key,
    )

    assert (here.code, there.code, there.err) == (0, 0, "")
    assert "seam score" in there.out
    assert (tmp_path / "here.webp").read_bytes() == (tmp_path / "there.webp").read_bytes()


def test_what_the_server_refuses_is_said_and_nothing_is_left(
    door: Door, leaves: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    key = {"TILEWRIGHT_API_KEY": door.key}
    for arguments, env, sentence in (
        ((str(leaves),), {}, "an API key is needed"),
        ((str(leaves),), {"TILEWRIGHT_API_KEY": "tw_wrong"}, "is not known"),
        (("nowhere.jpg",), key, "cannot read nowhere.jpg"),
        ((str(leaves), "--engine", "qwen"), key, "--engine: is qwen, and this service has"),
    ):
        done = tilewright(
            *("extract", *arguments, *WISH, "-o", "tile.webp", "--url", door.url),
            cwd=tmp_path / "empty",
            env=env,
        )
        assert (done.code, done.out) == (2, "")
        assert sentence in done.err
    assert list((tmp_path / "empty").iterdir()) == []
