"""What has had its time is gone, row and blob, whatever dies in between."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, select, text

from tests.jobs.people import NOW, accepted, now_of, purse, somebody, started, tile
from tilewright.accounts import Caller
from tilewright.contract import NotFound
from tilewright.database import metadata, reading, writing
from tilewright.database.tables import deliveries
from tilewright.jobs import (
    Job,
    Upload,
    delete,
    doomed,
    expire,
    find_upload,
    finish,
    gone,
    keep_upload,
    orphans,
)
from tilewright.jobs.expire import LOG_SECONDS
from tilewright.jobs.job import RETENTION_SECONDS

OVER = NOW + RETENTION_SECONDS


def done(database: Engine, caller: Caller, **changes: Any) -> Job:
    job = started(database, caller, **changes)
    with writing(database) as tx:
        assert finish(tx, job.id, job.attempt, tile(job), NOW)
    return now_of(database, job)


def blobs_of(job: Job) -> set[str]:
    made = [job.output["blob"]] if job.output else []
    return {*made, *(blob for blob in job.inputs.values() if blob)}


def left(database: Engine) -> dict[str, int]:
    """How many rows of jobs, uploads and blobs there are."""
    tables = ("jobs", "uploads", "blob_owners", "doomed_blobs")
    with reading(database) as tx:
        return {name: len(tx.execute(select(metadata.tables[name])).all()) for name in tables}


NOTHING = {"jobs": 0, "uploads": 0, "blob_owners": 0, "doomed_blobs": 0}


def test_an_ended_job_goes_with_its_blobs_when_its_time_is_over(database: Engine) -> None:
    caller = somebody(database)
    job = done(database, caller, inputs={"image_1": "a/1", "image_2": None})

    with writing(database) as tx:
        assert expire(tx, OVER - 1) == []
        assert set(expire(tx, OVER)) == blobs_of(job) == {"a/1", f"{job.id}/1.webp"}
    with writing(database) as tx:
        gone(tx, blobs_of(job))

    assert left(database) == NOTHING
    purse(database, caller)


def test_jobs_that_wait_or_run_do_not_expire(database: Engine) -> None:
    caller = somebody(database)
    active = [accepted(database, caller), started(database, caller)]

    with writing(database) as tx:
        expire(tx, NOW + 10 * RETENTION_SECONDS)

    assert [now_of(database, job) for job in active] == active


def test_who_dies_before_the_blobs_are_deleted_finds_them_again(database: Engine) -> None:
    job = done(database, somebody(database))

    with writing(database) as tx:
        first = expire(tx, OVER)
    with writing(database) as tx:  # the first was killed; its blobs are still in the store
        assert expire(tx, OVER + 60) == first == sorted(blobs_of(job))
        gone(tx, first)
        assert doomed(tx) == []


def test_a_job_is_deleted_now(database: Engine) -> None:
    caller = somebody(database)
    job, other = done(database, caller), done(database, caller)

    with writing(database) as tx:
        assert set(delete(tx, caller.account_id, job.id, NOW + 1)) == blobs_of(job)

    with pytest.raises(NotFound):
        now_of(database, job)
    assert now_of(database, other) == other
    with pytest.raises(NotFound), writing(database) as tx:
        delete(tx, caller.account_id, job.id, NOW + 1)


def test_a_job_that_runs_is_cancelled_and_refunded_when_it_is_deleted(database: Engine) -> None:
    caller = somebody(database)
    job = started(database, caller)

    with writing(database) as tx:
        delete(tx, caller.account_id, job.id, NOW + 1)
        assert not finish(tx, job.id, job.attempt, tile(job), NOW + 2)

    assert purse(database, caller) == 1


def test_nobody_deletes_the_job_of_another(database: Engine) -> None:
    job = done(database, somebody(database))
    stranger = somebody(database, name="bob")

    with pytest.raises(NotFound), writing(database) as tx:
        delete(tx, stranger.account_id, job.id, NOW)

    assert now_of(database, job) == job


def uploaded(database: Engine, caller: Caller) -> Upload:
    upload = Upload("u1", caller.account_id, "uploads/u1", "image/png", 9, NOW, NOW + 60)
    with writing(database) as tx:
        keep_upload(tx, upload)
    return upload


def test_an_upload_is_found_until_it_expires(database: Engine) -> None:
    caller = somebody(database)
    upload = uploaded(database, caller)

    with writing(database) as tx:
        assert find_upload(tx, caller.account_id, "u1", NOW + 59) == upload
        with pytest.raises(NotFound, match="upload it again"):
            find_upload(tx, caller.account_id, "u1", NOW + 60)
        with pytest.raises(NotFound):
            find_upload(tx, "another", "u1", NOW)
        assert expire(tx, NOW + 60) == ["uploads/u1"]
        gone(tx, ["uploads/u1"])

    assert left(database) == NOTHING


def test_an_upload_that_jobs_use_stays_until_the_last_of_them_is_gone(database: Engine) -> None:
    caller = somebody(database)
    uploaded(database, caller)
    used: dict[str, Any] = {"inputs": {"image_1": "uploads/u1"}, "uploads": ("u1",)}
    first, last = (accepted(database, caller, **used) for _ in range(2))

    with writing(database) as tx:
        assert expire(tx, NOW + 60) == []
        assert delete(tx, None, first.id, NOW + 61) == []
        assert delete(tx, None, last.id, NOW + 62) == ["uploads/u1"]


def held_up(database: Engine) -> bool:
    """Whether a transaction waits for another; in SQLite, where one writes at a time, always."""
    if database.dialect.name == "sqlite":
        return True
    with reading(database) as tx:
        return bool(tx.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


def test_the_last_two_owners_that_go_at_once_leave_nothing(database: Engine) -> None:
    caller = somebody(database)
    uploaded(database, caller)
    used: dict[str, Any] = {"inputs": {"image_1": "uploads/u1"}, "uploads": ("u1",)}
    first, last = (done(database, caller, **used) for _ in range(2))
    with writing(database) as tx:
        expire(tx, NOW + 60)

    def remove() -> None:
        with writing(database) as tx:
            delete(tx, None, last.id, NOW + 61)

    with ThreadPoolExecutor(1) as thread:
        with writing(database) as tx:
            delete(tx, None, first.id, NOW + 61)
            removed = thread.submit(remove)
            deadline = time.monotonic() + 20
            while not (removed.done() or held_up(database)):
                assert time.monotonic() < deadline
        removed.result()

    with reading(database) as tx:
        assert "uploads/u1" in doomed(tx)


def test_a_blob_that_no_row_knows_is_an_orphan(database: Engine) -> None:
    caller = somebody(database)
    job = done(database, caller, inputs={"image_1": "a/1"})
    dead = done(database, caller)

    with writing(database) as tx:
        delete(tx, None, dead.id, NOW)
        stored = [*blobs_of(job), *blobs_of(dead), "lost/1", *(f"lost/{n}" for n in range(2, 1200))]
        assert orphans(tx, stored) == [f"lost/{n}" for n in range(1, 1200)]


def test_the_log_of_deliveries_goes_after_a_week(database: Engine) -> None:
    done(database, somebody(database), options={"webhook_url": "https://ann.example/hook"})

    with writing(database) as tx:
        expire(tx, NOW + LOG_SECONDS)
        assert len(tx.execute(select(deliveries)).all()) == 1
        expire(tx, NOW + LOG_SECONDS + 1)
        assert tx.execute(select(deliveries)).all() == []
