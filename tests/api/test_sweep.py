"""What a dead door or worker left in the store goes, and nothing else does."""

from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from tests.jobs.people import accepted, somebody, started
from tests.store.s3 import S3
from tilewright.api.rounds import sweep
from tilewright.database import writing
from tilewright.jobs import Completed, finish
from tilewright.store import Blobs, open_blobs


@pytest.fixture(params=["folder", "bucket"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path, s3: S3) -> Blobs:
    return s3.blobs(uuid4().hex) if request.param == "bucket" else open_blobs(tmp_path / "blobs")


def put_at(blobs: Blobs, name: str) -> float:
    found = blobs.stat(name)
    assert found is not None
    return found.put_at


def test_photos_and_tiles_stay_and_what_no_row_knows_goes(database: Engine, blobs: Blobs) -> None:
    caller = somebody(database)
    photo, tile = blobs.put(b"a photo"), blobs.put(b"a tile")
    accepted(database, caller, inputs={"image_1": photo})
    job = started(database, caller, body_hash="another")
    with writing(database) as tx:
        finish(tx, job.id, job.attempt, Completed({"blob": tile}), 1.0)
    for lost in range(3):  # a door died before the row, workers before the word
        blobs.put(bytes([lost]))

    assert sweep(database, blobs, before=put_at(blobs, tile) + 60) == 3
    assert sorted(blobs.put_before(2**33)) == sorted([photo, tile])


def test_what_may_still_get_its_row_stays(database: Engine, blobs: Blobs) -> None:
    young = blobs.put(b"a tile whose worker is about to tell")

    assert sweep(database, blobs, before=put_at(blobs, young) - 1) == 0
    assert blobs.get(young) == b"a tile whose worker is about to tell"
