"""A job goes to one worker, stays its while it is heard of, and comes back when it is not."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, insert, text

from tests.jobs.people import (
    COST,
    ENGINE,
    NOW,
    accept,
    accepted,
    now_of,
    purse,
    somebody,
    started,
    tile,
    wish,
)
from tilewright.accounts import Caller
from tilewright.database import reading, writing
from tilewright.database.tables import jobs
from tilewright.jobs import (
    Job,
    claim,
    fail_unserved,
    finish,
    how_many_wait,
    queues,
    recover,
    renew,
)
from tilewright.jobs.job import LEASE_SECONDS, MOST_LOSSES
from tilewright.jobs.recover import UNRUN_SECONDS
from tilewright.jobs.turn import next_turn

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
            return claim(tx, ENGINE, f"worker {number}", NOW)

    with ThreadPoolExecutor(20) as threads:
        won = [one for one in threads.map(ask, range(20)) if one is not None]

    assert [now_of(database, job)] == won


def in_order(database: Engine, engine: str = ENGINE, now: float = NOW) -> list[str]:
    """The ids of all that wait, as workers get them."""
    with writing(database) as tx:
        given = iter(lambda: claim(tx, engine, "worker", now), None)
        return [job.id for job in given]


def test_the_best_come_first(database: Engine) -> None:
    caller = somebody(database)
    late = accepted(database, caller, NOW + 2)
    early = accepted(database, caller, NOW + 1)
    urgent = accepted(database, caller, NOW + 3, priority=-1)
    started(database, caller, NOW)

    assert in_order(database) == [urgent.id, late.id, early.id]


def test_a_worker_gets_what_its_engine_can_make(database: Engine) -> None:
    caller = somebody(database)
    painted = accepted(database, caller, NOW + 1, engine="qwen")
    woven = accepted(database, caller, NOW + 2)

    assert in_order(database) == [woven.id]
    assert in_order(database, "qwen") == [painted.id]


def test_one_job_goes_before_the_thousands_of_another_key(database: Engine) -> None:
    crowd, ann, bob = (somebody(database, "100", name) for name in ("crowd", "ann", "bob"))
    with writing(database) as tx:
        many = [accept(tx, crowd, wish(), NOW + number / 1000).job.id for number in range(500)]
    one = accepted(database, ann, NOW + 10)
    two = [accepted(database, bob, NOW + 20 + number).id for number in range(2)]

    order = in_order(database)
    assert order[:5] == [many[0], one.id, two[0], many[1], two[1]]
    assert order[5:] == many[2:]


def test_who_comes_again_and_again_waits_for_one_of_the_crowd_each_time(database: Engine) -> None:
    crowd, ann = somebody(database, "100", "crowd"), somebody(database)
    with writing(database) as tx:
        for number in range(100):
            accept(tx, crowd, wish(), NOW + number / 1000)
    for number in range(20):
        job = accepted(database, ann, NOW + 10 + number)
        with writing(database) as tx:
            given = [claim(tx, ENGINE, "worker", NOW) for _ in range(2)]
        assert job.id in [one.id for one in given if one is not None]


def test_a_crowd_of_high_priority_leaves_turns_among_its_own(database: Engine) -> None:
    crowd, ann = somebody(database, "100", "crowd"), somebody(database)
    many = [accepted(database, crowd, NOW + number, priority=-1).id for number in range(20)]
    normal = accepted(database, ann, NOW + 30)
    urgent = accepted(database, ann, NOW + 31, priority=-1)

    assert in_order(database) == [many[0], urgent.id, *many[1:], normal.id]


def test_no_look_at_the_queue_reads_all_that_is_kept(database: Engine) -> None:
    """Neither at a submit, nor at a claim, nor when a door looks for what is stuck."""
    caller = somebody(database)
    fill(database, accepted(database, caller))
    fill(database, ended(database, caller))
    count(database)

    def look(tx: Connection) -> None:
        next_turn(tx, caller.key_id, ENGINE, 0)
        recover(tx, NOW)
        fail_unserved(tx, ENGINE, 60, NOW)
        how_many_wait(tx, ENGINE, 10)
        claim(tx, ENGINE, "worker", NOW)

    plans = plans_of(database, look)
    assert len(plans) == 6
    assert [plan for plan in plans if not re.search(r"jobs_(in_turn|by_age|at_work)", plan)] == []
    assert [plan for plan in plans if re.search(r"Sort|B-TREE|Seq Scan|SCAN jobs$", plan)] == []


@pytest.mark.parametrize("waiting", [50, 300, 3000])
def test_nor_all_that_waits_though_none_did_when_the_database_counted(
    database: Engine, waiting: int
) -> None:
    """As it is when many come at once."""
    caller = somebody(database)
    fill(database, ended(database, caller))
    count(database)
    fill(database, accepted(database, caller), waiting)

    def look(tx: Connection) -> None:
        next_turn(tx, caller.key_id, ENGINE, 0)
        claim(tx, ENGINE, "worker", NOW)

    plans = plans_of(database, look)
    assert len(plans) == 2
    assert [plan for plan in plans if re.search(r"Sort|B-TREE|Aggregate|Seq Scan", plan)] == []


def ended(database: Engine, caller: Caller) -> Job:
    job = started(database, caller)
    with writing(database) as tx:
        assert finish(tx, job.id, job.attempt, tile(job), NOW)
    return now_of(database, job)


def fill(database: Engine, job: Job, number: int = 3000) -> None:
    """So many like that one; with thousands it pays to use an index."""
    like = job._asdict()
    with writing(database) as tx:
        many = [{**like, "id": f"{job.id} {turn}", "turn": turn} for turn in range(number)]
        tx.execute(insert(jobs), many)


def count(database: Engine) -> None:
    """Let the database know what it holds; servers do so by themselves now and then."""
    with writing(database) as tx:
        tx.execute(text("ANALYZE"))


def plans_of(database: Engine, look: Callable[[Connection], None]) -> list[str]:
    """How the database does what `look` asks for."""
    said: list[tuple[str, Any]] = []

    def hear(*asked: Any) -> None:
        said.append((asked[2], asked[3]))

    event.listen(database, "before_cursor_execute", hear)
    with writing(database) as tx:
        look(tx)
    event.remove(database, "before_cursor_execute", hear)
    with reading(database) as tx:
        return [explained(tx, *one) for one in said]


def explained(tx: Connection, statement: str, values: Any) -> str:
    word = "EXPLAIN QUERY PLAN" if tx.dialect.name == "sqlite" else "EXPLAIN"
    return "\n".join(str(row[-1]) for row in tx.exec_driver_sql(f"{word} {statement}", values))


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
        again = claim(tx, ENGINE, "another", NOW + OVER)
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

    for _ in range(MOST_LOSSES):
        with writing(database) as tx:
            assert claim(tx, ENGINE, "worker", now) is not None
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


def test_jobs_that_no_worker_can_make_are_refunded(database: Engine) -> None:
    caller = somebody(database)
    old = accepted(database, caller, engine="qwen")
    new = accepted(database, caller, NOW + 50, engine="qwen")
    other = accepted(database, caller)

    with writing(database) as tx:
        assert fail_unserved(tx, "qwen", 100, NOW + 100) == []
        assert [job.id for job in fail_unserved(tx, "qwen", 100, NOW + 101)] == [old.id]

    failed = now_of(database, old)
    assert (failed.state, failed.error_code) == ("FAILED", "no_worker")
    assert failed.error is not None
    assert "no worker of the qwen engine was there for 100 s" in failed.error
    assert {now_of(database, job).state for job in (new, other)} == {"QUEUED"}
    assert purse(database, caller) == 1 - 2 * COST


def test_each_engine_has_a_queue_of_its_own(database: Engine) -> None:
    caller = somebody(database)
    started(database, caller)
    accepted(database, caller, NOW - 5)
    accepted(database, caller, NOW - 60, engine="qwen")
    accepted(database, caller, NOW - 30, engine="qwen")

    with reading(database) as tx:
        assert queues(tx, NOW) == {"qwen": (2, 0, 60), "synthesis": (1, 1, 5)}


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
