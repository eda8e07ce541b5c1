"""Blobs are whole or not there, and what a killed run left half-written is found."""

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest

from tests.store.s3 import S3
from tilewright.contract import StoreUnusable
from tilewright.store import BlobGone, Blobs, is_blob_name, open_blobs
from tilewright.store.folder import FolderBlobs

MISSING = "0" * 32


@pytest.fixture(params=["folder", "bucket"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path, s3: S3) -> Blobs:
    return s3.blobs(uuid4().hex) if request.param == "bucket" else open_blobs(tmp_path / "blobs")


def test_what_was_put_can_be_got_until_it_is_deleted(blobs: Blobs) -> None:
    name = blobs.put(b"a tile")

    found = blobs.stat(name)
    assert blobs.get(name) == b"a tile"
    assert found is not None
    assert found.size == 6

    blobs.delete(name, MISSING)
    blobs.delete(name)
    assert blobs.stat(name) is None
    with pytest.raises(BlobGone):
        blobs.get(name)


def test_a_blob_is_settled_unless_it_is_gone(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path / "blobs")
    name = blobs.put(b"a tile")

    blobs.settle(name)
    assert blobs.get(name) == b"a tile"
    with pytest.raises(StoreUnusable):
        blobs.settle(MISSING)


def test_names_are_never_the_same(blobs: Blobs) -> None:
    names = {blobs.put(b"same") for _ in range(50)}

    assert len(names) == 50
    assert all(map(is_blob_name, names))


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "", "A" * 32, f"{MISSING}#1", "a/b"])
def test_a_path_is_no_name(blobs: Blobs, name: str) -> None:
    blobs.delete(name)

    assert blobs.stat(name) is None
    with pytest.raises(BlobGone):
        blobs.get(name)


def test_of_several_blobs_those_that_are_there_are_deleted(blobs: Blobs) -> None:
    kept, *others = [blobs.put(b"a tile") for _ in range(5)]

    blobs.delete(MISSING, *others, "no name")
    blobs.delete()
    assert blobs.put_before(2**33) == [kept]


def test_a_store_that_works_is_left_by_its_check_as_it_was(blobs: Blobs) -> None:
    blobs.check()

    assert blobs.put_before(2**33) == []


def test_old_blobs_are_told_from_new_ones(blobs: Blobs) -> None:
    name = blobs.put(b"a tile")
    found = blobs.stat(name)
    assert found is not None

    assert blobs.put_before(found.put_at - 1) == []
    assert blobs.put_before(found.put_at + 1) == [name]


def test_the_folder_is_for_its_owner_only(tmp_path: Path) -> None:
    open_blobs(tmp_path / "deep" / "blobs")

    assert (tmp_path / "deep" / "blobs").stat().st_mode & 0o777 == 0o700


WRITES_WITHOUT_END = """
import sys
from tilewright.store import open_blobs
blobs = open_blobs(sys.argv[1])
print("ready", flush=True)
data = bytes(32 * 1024 * 1024)
while True:
    blobs.delete(blobs.put(data))
"""


def killed_while_writing(folder: Path) -> list[Path]:
    """What a writer leaves in `folder` that is killed at once."""
    command = [sys.executable, "-c", WRITES_WITHOUT_END, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        while not list(folder.glob("*#*")):
            assert writer.poll() is None
        writer.send_signal(signal.SIGKILL)
    return list(folder.glob("*#*"))


def test_half_written_blobs_of_a_killed_run_are_not_seen_and_are_cleaned(tmp_path: Path) -> None:
    blobs = open_blobs(tmp_path)
    kept = blobs.put(b"kept")
    left: list[Path] = []
    for _ in range(20):
        if left := killed_while_writing(tmp_path):
            break
    whole = [path.name for path in tmp_path.iterdir() if is_blob_name(path.name)]
    assert all(blobs.get(name) in (b"kept", bytes(32 * 1024 * 1024)) for name in whole)

    assert left
    assert blobs.clean() == len(left)
    assert list(tmp_path.glob("*#*")) == []
    assert blobs.get(kept) == b"kept"


def test_a_writer_whose_file_is_cleaned_away_writes_again(tmp_path: Path) -> None:
    blobs, data = open_blobs(tmp_path), bytes(32 * 1024 * 1024)
    robbed = 0
    with ThreadPoolExecutor(1) as writer:
        while not robbed:
            written = writer.submit(blobs.put, data)
            while not (written.done() or robbed):
                robbed = blobs.clean()
            assert blobs.get(written.result()) == data
