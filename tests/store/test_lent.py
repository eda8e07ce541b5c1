"""A worker reads and writes where a door says, with no key, and waits for a store that is away."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.store.s3 import S3
from tilewright.contract import Cancelled, StoreUnusable
from tilewright.store import BlobGone, Blobs, LentBlobs, open_blobs


def go_on() -> None:
    """Nobody stops us."""


@pytest.fixture(params=["folder", "bucket"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path, s3: S3) -> Blobs:
    return s3.blobs(uuid4().hex) if request.param == "bucket" else open_blobs(tmp_path / "blobs")


@pytest.fixture
def lent(tmp_path: Path) -> LentBlobs:
    return LentBlobs(tmp_path / "blobs")


def test_a_worker_reads_what_it_was_lent_and_writes_where_it_was_given_room(
    blobs: Blobs, lent: LentBlobs
) -> None:
    photo, room = blobs.put(b"a photo"), blobs.room()
    assert blobs.stat(room.name) is None

    assert lent.read(blobs.lend(photo), go_on) == b"a photo"
    lent.write(room.place, b"a tile", go_on)
    assert blobs.get(room.name) == b"a tile"


def test_what_was_deleted_meanwhile_is_gone(blobs: Blobs, lent: LentBlobs) -> None:
    place = blobs.lend(name := blobs.put(b"a photo"))
    blobs.delete(name)

    with pytest.raises(BlobGone):
        lent.read(place, go_on)


def test_an_address_opens_one_blob_in_one_way(s3: S3, lent: LentBlobs) -> None:
    blobs = s3.blobs(uuid4().hex)
    name, other = blobs.put(b"a photo"), blobs.put(b"another")
    place = blobs.lend(name)

    with pytest.raises(StoreUnusable):
        lent.read(place.replace(name, other), go_on)
    with pytest.raises(StoreUnusable):
        lent.write(place, b"a tile", go_on)
    with pytest.raises(StoreUnusable):
        lent.read(place.replace("X-Amz-Expires=3600", "X-Amz-Expires=36000"), go_on)


def test_a_worker_waits_until_the_store_is_back(
    s3: S3, lent: LentBlobs, caplog: pytest.LogCaptureFixture
) -> None:
    blobs = s3.blobs(uuid4().hex)
    place = blobs.lend(blobs.put(b"a photo"))
    asked, found = threading.Semaphore(0), []
    reading = threading.Thread(target=lambda: found.append(lent.read(place, asked.release)))
    with caplog.at_level(logging.DEBUG), s3.refusing():
        reading.start()
        asked.acquire()
        asked.acquire()  # which is asked again
        assert found == []
    reading.join()

    assert found == [b"a photo"]
    assert "the store is asked again: GET was answered 503" in caplog.text
    assert "Signature" not in "".join(r.getMessage() for r in caplog.records if r.levelno > 10)


def test_who_is_cancelled_does_not_wait_for_the_store(s3: S3, lent: LentBlobs) -> None:
    place = s3.blobs(uuid4().hex).room().place
    checks: list[Callable[[], None]] = [go_on, go_on]

    def check() -> None:
        if not checks:
            raise Cancelled("the job was stopped")
        checks.pop()

    with s3.refusing(), pytest.raises(Cancelled):
        lent.write(place, b"a tile", check)


def test_without_the_folder_the_log_says_what_is_missing_and_the_caller_no_path(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(StoreUnusable) as caught:
        LentBlobs(tmp_path / "nowhere").read("0" * 32, go_on)

    assert "workers on other machines need a door with TILEWRIGHT_STORE_URL" in caplog.text
    assert str(tmp_path) not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_place_at_a_store_needs_no_folder(s3: S3, tmp_path: Path) -> None:
    room = s3.blobs(uuid4().hex).room()
    LentBlobs(tmp_path / "nowhere").write(room.place, b"a tile", go_on)

    assert list(tmp_path.iterdir()) == []
    assert httpx.get(room.place).status_code == 403  # it is for putting only
