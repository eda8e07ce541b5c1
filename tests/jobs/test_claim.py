"""A job goes to one worker, stays its while it is heard of, and comes back when it is not."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest
from sqlalchemy import Engine

from tests.jobs.people import COST, NOW, accepted, now_of, purse, somebody, started
from tilewright.database import reading, writing
from tilewright.jobs import Job, claim, ready, recover, renew
from tilewright.jobs.job import LEASE_SECONDS, MOST_LOSSES
from tilewright.jobs.recover import UNRUN_SECONDS

OVER = LEASE_SECONDS + 0.001
DAY = 24 * 3600.0


def recovered(database: Engine, now: float) -> list[Job]:
    with writing(database) as tx:
        return recover(tx, now)


def test_a_worker_gets_the_job_and_its_lease(database: Engine) -> None:
    job = started(database, somebody(database))

    assert (job.state, job.worker, job.attempt) == ("PROCESSING", "worker", 1)
    assert (job.started_at, job.lease_until) == (NOW, NOW + LEASE_SECONDS)
    assert now_of(database, job) == job


def test_of_many_that_claim_it_one_wins(database: Engine) -> None:
    job = accepted(database, somebody(database))
    together = Barrier(20)

    def ask(number: int) -> Job | None:
        together.wait()
        with writing(database) as tx:
            return claim(tx, job.id, job.generation, f"worker {number}", NOW)

    with ThreadPoolExecutor(20) as threads:
        won = [one for one in threads.map(ask, range(20)) if one is not None]

    assert [now_of(database, job)] == won


def test_an_old_message_gets_nothing(database: Engine) -> None:
    job = started(database, somebody(database))
    recovered(database, NOW + OVER)

    with writing(database) as tx:
        assert claim(tx, job.id, 0, "late", NOW + OVER) is None
        assert claim(tx, job.id, 1, "right", NOW + OVER) is not None


def test_the_best_come_first(database: Engine) -> None:
    caller = somebody(database)
    late = accepted(database, caller, NOW + 2)
    early = accepted(database, caller, NOW + 1)
    urgent = accepted(database, caller, NOW + 3, priority=-1)
    started(database, caller, NOW)

    with reading(database) as tx:
        assert [job_id for job_id, _ in ready(tx, 10)] == [urgent.id, early.id, late.id]
        assert ready(tx, 1) == [(urgent.id, 0)]


def test_who_renews_keeps_the_job(database: Engine) -> None:
    job = started(database, somebody(database))

    for step in range(1, 5):
        with writing(database) as tx:
            assert renew(tx, job.id, job.attempt, NOW + step * LEASE_SECONDS)
        assert recovered(database, NOW + step * LEASE_SECONDS + 1) == []


def test_who_was_taken_for_dead_renews_nothing(database: Engine) -> None:
    job = started(database, somebody(database))
    recovered(database, NOW + OVER)

    with writing(database) as tx:
        assert not renew(tx, job.id, job.attempt, NOW + OVER)
        again = claim(tx, job.id, 1, "another", NOW + OVER)
        assert again is not None
        assert not renew(tx, job.id, job.attempt, NOW + OVER)
        assert renew(tx, job.id, again.attempt, NOW + OVER)


@pytest.mark.parametrize("step", [0.0, -LEASE_SECONDS, LEASE_SECONDS])
def test_a_lease_that_runs_is_left_alone(database: Engine, step: float) -> None:
    """Forward by the whole lease, back by as much: a clock may be corrected by so much."""
    job = started(database, somebody(database))

    assert recovered(database, NOW + step) == []
    assert now_of(database, job) == job


@pytest.mark.parametrize("step", [DAY, -DAY])
def test_after_a_clock_step_a_job_comes_back_soon_not_in_a_day(
    database: Engine, step: float
) -> None:
    caller = somebody(database)
    job = started(database, caller)

    assert [one.id for one in recovered(database, NOW + step)] == [job.id]

    back = now_of(database, job)
    assert (back.state, back.generation, back.worker) == ("QUEUED", 1, None)
    assert purse(database, caller) == Decimal(1) - COST


@pytest.mark.parametrize("step", [DAY, -DAY])
def test_a_worker_that_renews_after_a_clock_step_keeps_its_job(
    database: Engine, step: float
) -> None:
    job = started(database, somebody(database))

    with writing(database) as tx:
        assert renew(tx, job.id, job.attempt, NOW + step)

    assert recovered(database, NOW + step + 1) == []


def test_a_job_that_kills_its_workers_fails_and_is_refunded(database: Engine) -> None:
    caller = somebody(database)
    job, now = accepted(database, caller), NOW

    for lost in range(MOST_LOSSES):
        with writing(database) as tx:
            assert claim(tx, job.id, lost, "worker", now) is not None
        now += OVER
        assert [one.id for one in recovered(database, now)] == [job.id]

    failed = now_of(database, job, now)
    assert (failed.state, failed.error_code, failed.attempt) == ("FAILED", "worker_lost", 3)
    assert purse(database, caller) == Decimal(1)
    assert recovered(database, now + DAY) == []


def test_a_job_that_nobody_takes_is_refunded_in_the_end(database: Engine) -> None:
    caller = somebody(database)
    job = accepted(database, caller)

    assert recovered(database, NOW + UNRUN_SECONDS) == []
    assert [one.error_code for one in recovered(database, NOW + UNRUN_SECONDS + 1)] == ["unrun"]
    assert now_of(database, job, NOW + UNRUN_SECONDS + 2).state == "FAILED"
    assert purse(database, caller) == Decimal(1)


def test_doors_that_recover_at_once_send_each_job_back_once(database: Engine) -> None:
    people = [somebody(database, name=f"person {number}") for number in range(4)]
    lost = {started(database, caller).id for caller in people for _ in range(5)}
    together = Barrier(4)

    def ask(_: int) -> list[Job]:
        together.wait()
        return recovered(database, NOW + OVER)

    with ThreadPoolExecutor(4) as threads:
        found = [job for some in threads.map(ask, range(4)) for job in some]

    assert sorted(job.id for job in found) == sorted(lost)
    assert {job.losses for job in found} == {1}
