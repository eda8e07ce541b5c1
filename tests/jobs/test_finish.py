"""A job ends once, and is charged once or not at all."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest
from sqlalchemy import Engine, text

from tests.jobs.people import COST, ENGINE, NOW, accepted, now_of, purse, somebody, started, tile
from tilewright.contract import NotFound
from tilewright.database import writing
from tilewright.jobs import Failure, Job, cancel, claim, extend_leases, finish, give_back, recover
from tilewright.jobs.job import LEASE_SECONDS, RETENTION_SECONDS

ALL = Decimal(1)


def test_a_completed_job_is_charged(database: Engine) -> None:
    caller = somebody(database)
    job = started(database, caller)

    with writing(database) as tx:
        assert finish(tx, job.id, job.attempt, tile(job), NOW + 5)

    done = now_of(database, job)
    assert (done.state, done.output) == ("COMPLETED", tile(job).output)
    assert done.expires_at == NOW + 5 + RETENTION_SECONDS
    assert purse(database, caller) == ALL - COST


def test_a_failed_job_is_refunded_and_says_why(database: Engine) -> None:
    caller = somebody(database)
    job = started(database, caller)

    with writing(database) as tx:
        assert finish(tx, job.id, job.attempt, Failure("too dark", "surface_unusable"), NOW)

    done = now_of(database, job)
    assert (done.state, done.error, done.error_code) == ("FAILED", "too dark", "surface_unusable")
    assert purse(database, caller) == ALL


def test_an_error_that_no_database_can_hold_ends_the_job_all_the_same(database: Engine) -> None:
    job = started(database, somebody(database))

    with writing(database) as tx:
        assert finish(tx, job.id, job.attempt, Failure("no file a\0\udcffb", "error"), NOW)

    assert now_of(database, job).error == "no file a??b"


def test_a_request_says_how_long_it_is_kept(database: Engine) -> None:
    job = started(database, somebody(database), options={"retention_seconds": 60})

    with writing(database) as tx:
        finish(tx, job.id, job.attempt, tile(job), NOW)

    assert now_of(database, job).expires_at == NOW + 60
    with pytest.raises(NotFound, match=f"Request {job.id} not found"):
        now_of(database, job, NOW + 60)


def test_the_outcome_of_a_stale_attempt_is_refused_and_charges_nothing(database: Engine) -> None:
    caller = somebody(database)
    stale = started(database, caller)
    with writing(database) as tx:
        recover(tx, NOW + LEASE_SECONDS + 1)
        again = claim(tx, ENGINE, "another", NOW + 20)
    assert again is not None

    with writing(database) as tx:
        assert not finish(tx, stale.id, stale.attempt, tile(stale), NOW + 21)
        assert now_of(database, stale).state == "PROCESSING"
        assert finish(tx, again.id, again.attempt, tile(again), NOW + 22)

    assert now_of(database, stale).output == tile(again).output
    assert purse(database, caller) == ALL - COST


def test_a_second_outcome_changes_nothing(database: Engine) -> None:
    caller = somebody(database)
    job = started(database, caller)

    with writing(database) as tx:
        assert finish(tx, job.id, job.attempt, tile(job), NOW)
        assert not finish(tx, job.id, job.attempt, Failure("late", "late"), NOW)

    assert now_of(database, job).state == "COMPLETED"
    assert purse(database, caller) == ALL - COST


@pytest.mark.parametrize("running", [False, True])
def test_a_cancelled_job_reads_failed_and_is_refunded(database: Engine, running: bool) -> None:
    caller = somebody(database)
    job = (started if running else accepted)(database, caller)

    with writing(database) as tx:
        told = cancel(tx, caller.account_id, job.id, NOW + 1)

    assert told == now_of(database, job)
    assert (told.state, told.error_code) == ("FAILED", "cancelled")
    assert purse(database, caller) == ALL
    with writing(database) as tx:
        assert cancel(tx, caller.account_id, job.id, NOW + 2) == told
        assert claim(tx, ENGINE, "worker", NOW + 2) is None
    assert purse(database, caller) == ALL


def test_nobody_cancels_the_job_of_another(database: Engine) -> None:
    job = accepted(database, somebody(database))
    stranger = somebody(database, name="bob")

    with pytest.raises(NotFound), writing(database) as tx:
        cancel(tx, stranger.account_id, job.id, NOW)

    assert now_of(database, job).state == "QUEUED"


def race(database: Engine, job: Job, account_id: str) -> str:
    together = Barrier(2)

    def finishing() -> None:
        together.wait()
        with writing(database) as tx:
            finish(tx, job.id, job.attempt, tile(job), NOW)

    def cancelling() -> None:
        together.wait()
        with writing(database) as tx:
            cancel(tx, account_id, job.id, NOW)

    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(finishing), threads.submit(cancelling)]:
            done.result()
    return now_of(database, job).state


def test_cancel_and_finish_at_once_settle_once(database: Engine) -> None:
    caller = somebody(database)

    ends = [race(database, started(database, caller), caller.account_id) for _ in range(20)]

    assert set(ends) <= {"COMPLETED", "FAILED"}
    assert purse(database, caller) == ALL - COST * ends.count("COMPLETED")


def test_a_job_that_is_handed_back_waits_again_and_counts_as_no_loss(database: Engine) -> None:
    caller = somebody(database)
    job = started(database, caller)

    with writing(database) as tx:
        assert give_back(tx, job.id, job.attempt)
        assert not give_back(tx, job.id, job.attempt)

    again = now_of(database, job)
    assert (again.state, again.generation, again.losses) == ("QUEUED", job.generation + 1, 0)
    assert purse(database, caller) == ALL - COST


def test_leases_are_extended_when_a_door_opens(database: Engine) -> None:
    job = started(database, somebody(database))

    with writing(database) as tx:
        assert extend_leases(tx, NOW + 600) == 1
        assert recover(tx, NOW + 601) == []

    assert now_of(database, job).lease_until == NOW + 600 + LEASE_SECONDS


def test_the_ledger_itself_refuses_a_second_settlement(database: Engine) -> None:
    from sqlalchemy.exc import IntegrityError

    from tilewright.accounts import charge

    caller = somebody(database)
    job = started(database, caller)
    with writing(database) as tx:
        finish(tx, job.id, job.attempt, tile(job), NOW)

    with pytest.raises(IntegrityError), writing(database) as tx:
        charge(tx, caller.account_id, job.id, NOW)
    with writing(database) as tx:
        assert tx.scalar(text("SELECT count(*) FROM ledger WHERE kind = 'charge'")) == 1
