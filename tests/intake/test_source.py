"""A photo is read from wherever it is, and a stranger's text never names a file."""

import base64
import os
from pathlib import Path
from urllib.parse import quote_from_bytes

import pytest

from tilewright.contract import PhotoRefused, UrlRefused
from tilewright.intake import read_sent, read_source

from .pictures import encoded, plain

PHOTO = encoded(plain(), "PNG")
BASE64 = base64.b64encode(PHOTO).decode()


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "my wall.png"
    path.write_bytes(PHOTO)
    return path


def never(url: str) -> bytes:
    raise AssertionError(f"{url} was fetched")


# Files and bytes


def test_a_path_is_read(photo: Path) -> None:
    assert read_source(photo) == read_source(str(photo)) == PHOTO


def test_bytes_are_taken_as_they_are() -> None:
    assert read_source(PHOTO) == PHOTO


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PhotoRefused, match=r"no such file: .*check the path"):
        read_source(tmp_path / "wall.png")
    with pytest.raises(PhotoRefused, match=r"no image is found at wall\.png; give "):
        read_source("wall.png", fetch=never)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    for source in (tmp_path, str(tmp_path)):
        with pytest.raises(PhotoRefused, match="not a file: "):
            read_source(source)


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(PhotoRefused, match="not a file: "):
        read_source(tmp_path / "pipe")


@pytest.mark.parametrize("name", ["a\0b", "a" * 5000])
def test_a_path_that_cannot_be_is_refused(name: str) -> None:
    with pytest.raises(PhotoRefused, match="cannot read"):
        read_source(Path(name))
    with pytest.raises(PhotoRefused):
        read_source(name, fetch=never)


# URLs


@pytest.mark.parametrize("url", ["http://photos.test/a", "HTTPS://photos.test/a"])
def test_a_url_is_fetched(url: str) -> None:
    asked: list[str] = []

    def fetch(address: str) -> bytes:
        asked.append(address)
        return PHOTO

    assert read_sent(url, fetch=fetch) == read_source(url, fetch=fetch) == PHOTO
    assert asked == [url, url]


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "file:///etc/passwd", "ftp://a.test/b"])
def test_urls_are_guarded_if_nothing_else_is_said(url: str) -> None:
    for read in (read_sent, read_source):
        with pytest.raises(UrlRefused):
            read(url)


@pytest.mark.parametrize("head", ["data:image/png;base64,", "DATA:;Base64,", "data:a/b; base64,"])
def test_a_data_url_is_read(head: str) -> None:
    assert read_sent(head + BASE64) == read_source(head + BASE64) == PHOTO


def test_a_data_url_may_be_percent_encoded() -> None:
    assert read_sent("data:image/png," + quote_from_bytes(PHOTO)) == PHOTO
    assert read_sent("data:image/png;base64," + quote_from_bytes(BASE64.encode(), "")) == PHOTO


@pytest.mark.parametrize("payload", ["a", "ab!d", "\udc80", "é", BASE64[:-3] + "="])
def test_a_data_url_that_is_not_base64_is_refused(payload: str) -> None:
    with pytest.raises(PhotoRefused, match="not valid base64"):
        read_sent("data:image/png;base64," + payload)


# Base64


@pytest.mark.parametrize(
    "text",
    [
        BASE64,
        BASE64.rstrip("="),
        base64.encodebytes(PHOTO).decode(),
        base64.urlsafe_b64encode(PHOTO).decode(),
    ],
    ids=["plain", "without padding", "in lines", "for URLs"],
)
def test_base64_is_read(text: str) -> None:
    assert read_sent(text) == read_source(text) == PHOTO


@pytest.mark.parametrize("text", ["", "wall", "wall.png", "\udc80", "é" * 100, "a\0b", "://"])
def test_a_text_that_is_none_of_these_is_refused(text: str) -> None:
    with pytest.raises(PhotoRefused, match="no image is found at"):
        read_sent(text, fetch=never)


def test_a_stranger_cannot_name_a_file(photo: Path) -> None:
    with pytest.raises(PhotoRefused, match="no image is found"):
        read_sent(str(photo))


def test_a_long_text_is_not_repeated_in_full() -> None:
    with pytest.raises(PhotoRefused, match=r"\(9000 characters\)") as refusal:
        read_sent("wall.png " * 1000)
    assert len(str(refusal.value)) < 300


# Size


def test_nothing_larger_than_allowed_is_taken(photo: Path) -> None:
    largest = len(PHOTO)
    sources = (PHOTO, photo, f"data:,{quote_from_bytes(PHOTO)}", f"data:;base64,{BASE64}", BASE64)
    for source in (*sources, "http://photos.test/"):
        assert read_source(source, largest, fetch=lambda _: PHOTO) == PHOTO
        with pytest.raises(PhotoRefused, match="send a smaller one"):
            read_source(source, largest - 1, fetch=lambda _: PHOTO)


def test_a_file_without_end_is_not_read_whole(tmp_path: Path) -> None:
    with (tmp_path / "huge.png").open("wb") as file:
        file.truncate(10**12)
    with pytest.raises(PhotoRefused, match="more than 32 MiB"):
        read_source(tmp_path / "huge.png")
