"""Local photos reach the server by themselves; everything else is left as it is."""

import base64
from pathlib import Path

import pytest

from tests.client.door import SUBMIT, Answer, Door
from tilewright import Client, ServiceError
from tilewright.client.pictures import LARGEST_INLINE, data_url

JPEG = b"\xff\xd8\xff\xe0 a small photo"
LARGE = b"\x89PNG\r\n\x1a\n" + b"\0" * LARGEST_INLINE
ADDRESS = "http://127.0.0.1:8000/uploads/1"


def sent(door: Door, name: str = "image_1") -> object:
    return door.requests("POST", SUBMIT)[-1].json[name]


@pytest.fixture(autouse=True)
def uploads(door: Door) -> None:
    door.says("POST", "/upload-asset", Answer({"file_urls": [ADDRESS], "message": "uploaded"}))


@pytest.mark.parametrize("given", ["path", "text", "bytes"])
def test_a_small_photo_travels_inside_the_request(
    door: Door, client: Client, tmp_path: Path, given: str
) -> None:
    path = tmp_path / "wall.jpg"
    path.write_bytes(JPEG)
    photo = {"path": path, "text": str(path), "bytes": JPEG}[given]

    client.submit_async(prompt="stone", image_1=photo)

    assert sent(door) == f"data:image/jpeg;base64,{base64.b64encode(JPEG).decode()}"
    assert len(door.asked) == 1


def test_a_large_photo_is_uploaded_before(door: Door, client: Client, tmp_path: Path) -> None:
    path = tmp_path / "wall.png"
    path.write_bytes(LARGE)

    client.submit_async(prompt="stone", image_1=path, image_2=JPEG, image_3=path)

    uploaded = door.requests("POST", "/upload-asset")
    assert [one.json for one in uploaded] == 2 * [{"data_urls": [data_url(LARGE)]}]
    assert (sent(door), sent(door, "image_3")) == (ADDRESS, ADDRESS)
    assert str(sent(door, "image_2")).startswith("data:image/jpeg;base64,")


def test_with_a_key_of_ones_own_the_same_photo_is_the_same_request(
    door: Door, client: Client
) -> None:
    for _ in range(2):
        client.submit_async(prompt="stone", image_1=LARGE, idempotency_key="mine")

    first, second = door.requests("POST", SUBMIT)
    assert first.body == second.body
    assert door.requests("POST", "/upload-asset") == []


@pytest.mark.parametrize(
    "value",
    [
        "http://example.org/wall.jpg",
        "HTTPS://example.org/wall.jpg",
        "ftp://example.org/wall.jpg",
        "data:image/png;base64,AAAA.",
        base64.b64encode(JPEG).decode(),
        "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d",
        "A" * 5000,
        None,
        7,
    ],
)
def test_what_is_no_file_is_left_to_the_server(door: Door, client: Client, value: object) -> None:
    client.submit_async(prompt="a wall.", image_1=value)

    assert sent(door) == value
    assert sent(door, "prompt") == "a wall."


def test_a_file_without_a_dot_is_found(
    door: Door, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "wall").write_bytes(JPEG)
    monkeypatch.chdir(tmp_path)

    client.submit_async(prompt="stone", image_1="wall")

    assert sent(door) == data_url(JPEG)


def test_a_file_that_is_not_there_is_missed_before_anything_is_sent(
    door: Door, client: Client
) -> None:
    with pytest.raises(FileNotFoundError, match=r"wall\.jpg"):
        client.submit_async(prompt="stone", image_1="wall.jpg")

    assert door.asked == []


def test_an_upload_that_is_refused_says_why(door: Door, client: Client) -> None:
    door.says("POST", "/upload-asset", Answer({"error": "too large"}, 413))

    with pytest.raises(ServiceError, match=r"^too large$"):
        client.submit_async(prompt="stone", image_1=LARGE)


def test_an_upload_that_leads_nowhere_is_an_error(door: Door, client: Client) -> None:
    door.says("POST", "/upload-asset", Answer({"file_urls": []}))

    with pytest.raises(ServiceError, match="did not say where it is"):
        client.upload(JPEG)


def test_a_photo_is_uploaded_on_its_own(client: Client) -> None:
    assert client.upload(JPEG) == ADDRESS


def test_an_address_is_not_uploaded(client: Client) -> None:
    with pytest.raises(ValueError, match="already remote"):
        client.upload("http://example.org/wall.jpg")


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"RIFF\0\0\0\0WEBP", "image/webp"),
        (b"\0\0\0\x1cftypavif", "image/avif"),
        (b"\0\0\0\x1cftypheic", "image/heic"),
        (b"II*\0", "image/tiff"),
        (b"GIF89a", "image/gif"),
        (b"", "application/octet-stream"),
    ],
)
def test_a_photos_kind_is_seen_from_its_bytes(start: bytes, kind: str) -> None:
    assert data_url(start).startswith(f"data:{kind};base64,")
