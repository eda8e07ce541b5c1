"""A finished tile becomes a file: whole or not at all, and the key goes nowhere else."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.client.door import HANG_UP, JOB, RESULT, STATUS, Answer, Door, state
from tilewright import Client, InferenceFailed, ServiceError
from tilewright.client import connection

TILE = b"RIFF....WEBP" * 1000
LINK = "/results/tile.webp?signature=secret"


@pytest.fixture
def elsewhere() -> Iterator[Door]:
    """A store of results that is not the server itself."""
    with Door() as store:
        store.says("GET", LINK, Answer(TILE))
        yield store


def finished(door: Door, output: object, **more: object) -> None:
    door.says("GET", STATUS, state("COMPLETED"))
    door.says("GET", RESULT, state("COMPLETED", output=output, **more))


def test_the_tile_is_written_where_it_is_wanted(
    door: Door, client: Client, elsewhere: Door, tmp_path: Path
) -> None:
    finished(door, elsewhere.url + LINK)

    saved = client.job(JOB).save(tmp_path / "wall.webp")

    assert saved == tmp_path / "wall.webp"
    assert saved.read_bytes() == TILE
    assert list(tmp_path.iterdir()) == [saved]
    assert "x-api-key" not in elsewhere.asked[0].headers


def test_where_it_cannot_be_written_is_told_by_the_name_that_was_given(
    door: Door, client: Client, elsewhere: Door, tmp_path: Path
) -> None:
    finished(door, elsewhere.url + LINK)

    with pytest.raises(FileNotFoundError) as caught:
        client.job(JOB).save(tmp_path / "nowhere" / "wall.webp")
    assert caught.value.filename == str(tmp_path / "nowhere" / "wall.webp")


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("tile.webp", "tile.webp"),
        ("../../etc/passwd", "passwd"),
        ("C:\\tiles\\wall.png", "wall.png"),
        ("..", f"{JOB}.tile"),
        ("a\nb", f"{JOB}.tile"),
    ],
)
def test_in_a_folder_it_has_the_servers_name_for_it(
    door: Door, client: Client, elsewhere: Door, tmp_path: Path, told: str, name: str
) -> None:
    finished(door, elsewhere.url + LINK, images=[{"file_name": told}])

    assert client.job(JOB).save(tmp_path) == tmp_path / name
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("head", ["", "data:image/webp;base64,"])
def test_a_tile_that_came_inside_the_result_is_unpacked(
    door: Door, client: Client, tmp_path: Path, head: str
) -> None:
    finished(door, head + base64.b64encode(TILE).decode())

    assert client.job(JOB).save(tmp_path / "t.webp").read_bytes() == TILE


def test_a_download_that_breaks_off_begins_anew(
    door: Door, client: Client, elsewhere: Door, tmp_path: Path
) -> None:
    half = Answer(TILE[:100], claimed=len(TILE))
    elsewhere.says("GET", LINK, half, HANG_UP, Answer(TILE))
    finished(door, elsewhere.url + LINK)

    assert client.job(JOB).save(tmp_path / "t.webp").read_bytes() == TILE


def test_a_tile_that_never_comes_leaves_no_file_and_no_secret(
    door: Door,
    client: Client,
    elsewhere: Door,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "PATIENCE", 0.05)
    elsewhere.says("GET", LINK, Answer(TILE[:100], claimed=len(TILE)))
    finished(door, elsewhere.url + LINK)

    with pytest.raises(ServiceError, match="broke off") as caught:
        client.job(JOB).save(tmp_path / "t.webp")

    assert "secret" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_an_expired_link_says_so_and_keeps_the_file_that_was_there(
    door: Door, client: Client, elsewhere: Door, tmp_path: Path
) -> None:
    elsewhere.says("GET", LINK, Answer({"error": "this link has expired"}, 404))
    finished(door, elsewhere.url + LINK)
    (tmp_path / "t.webp").write_bytes(b"older")

    with pytest.raises(ServiceError, match=r"^this link has expired$"):
        client.job(JOB).save(tmp_path / "t.webp")

    assert (tmp_path / "t.webp").read_bytes() == b"older"


@pytest.mark.parametrize("output", [None, "", 7, "not base64!"])
def test_a_result_without_a_tile_cannot_be_saved(
    door: Door, client: Client, tmp_path: Path, output: object
) -> None:
    finished(door, output)

    with pytest.raises(ServiceError, match="output"):
        client.job(JOB).save(tmp_path / "t.webp")


def test_a_failed_job_has_no_tile(door: Door, client: Client, tmp_path: Path) -> None:
    door.says("GET", STATUS, state("FAILED", error="no stone here"))

    with pytest.raises(InferenceFailed, match="no stone here"):
        client.job(JOB).save(tmp_path / "t.webp")
