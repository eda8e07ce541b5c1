"""A claim lends the worker what it needs, and a tile that comes too late does not stay."""

from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, update

from tests.jobs.people import NOW, accepted, now_of, somebody
from tests.store.s3 import S3
from tilewright.api import JobsKeeper
from tilewright.api.meters import Meters
from tilewright.contract import StoreUnusable
from tilewright.database import writing
from tilewright.database.tables import jobs
from tilewright.jobs import cancel
from tilewright.store import Blobs, LentBlobs


@pytest.fixture
def blobs(s3: S3) -> Blobs:
    return s3.blobs(uuid4().hex)


@pytest.fixture
def keeper(database: Engine, blobs: Blobs) -> JobsKeeper:
    return JobsKeeper(database, blobs, Meters(), lambda: NOW)


@pytest.fixture
def lent(tmp_path: Path) -> LentBlobs:
    return LentBlobs(tmp_path / "not here")


def made(blob: str) -> dict[str, object]:
    return {"state": "COMPLETED", "output": {"blob": blob, "content_type": "image/webp"}}


def test_a_worker_without_any_key_gets_the_photos_and_puts_the_tile(
    database: Engine, blobs: Blobs, keeper: JobsKeeper, lent: LentBlobs
) -> None:
    photo = blobs.put(b"a photo")
    job = accepted(database, somebody(database), inputs={"image_1": photo})

    claimed = keeper.claim("synthesis", "worker")

    assert claimed is not None
    first, *others = claimed["inputs"]
    assert lent.read(first, lambda: None) == b"a photo"
    assert others == [None, None]
    name, place = claimed["tile"]
    lent.write(place, b"a tile", lambda: None)
    assert keeper.finish(job.id, claimed["attempt"], made(name))
    assert blobs.get(name) == b"a tile"


def test_the_tile_of_a_job_that_was_cancelled_is_deleted(
    database: Engine, blobs: Blobs, keeper: JobsKeeper
) -> None:
    caller = somebody(database)
    job = accepted(database, caller)
    keeper.claim("synthesis", "worker")
    with writing(database) as tx:
        cancel(tx, caller.account_id, job.id, NOW)

    assert not keeper.finish(job.id, 1, made(late := blobs.put(b"a tile")))
    assert blobs.stat(late) is None


def test_an_outcome_that_is_told_twice_keeps_its_tile(
    database: Engine, blobs: Blobs, keeper: JobsKeeper
) -> None:
    job = accepted(database, somebody(database))
    keeper.claim("synthesis", "worker")
    outcome = made(tile := blobs.put(b"a tile"))

    assert [keeper.finish(job.id, 1, outcome) for _ in range(2)] == [True, False]
    assert blobs.get(tile) == b"a tile"


def test_a_claim_whose_places_cannot_be_told_takes_no_job(
    database: Engine, keeper: JobsKeeper
) -> None:
    job = accepted(database, somebody(database), inputs={"image_1": "0" * 32})
    with writing(database) as tx:
        tx.execute(update(jobs).values(inputs={"image_1": "no name of a blob"}))

    with pytest.raises(Exception, match="no name of a blob"):
        keeper.claim("synthesis", "worker")
    assert now_of(database, job).state == "QUEUED"


def test_a_store_that_is_away_does_not_keep_a_late_outcome_from_its_answer(
    database: Engine, blobs: Blobs, keeper: JobsKeeper, s3: S3
) -> None:
    job = accepted(database, somebody(database))
    late = blobs.put(b"a tile")

    with s3.refusing():
        with pytest.raises(StoreUnusable):
            blobs.get(late)
        assert not keeper.finish(job.id, 1, made(late))
