"""Who asks for a job is told where it stands, and when it will probably be done."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import Engine

from tests.jobs.people import (
    COST,
    ENGINE,
    MEGAPIXEL,
    NOW,
    SLUG,
    accepted,
    now_of,
    somebody,
    started,
    tile,
)
from tilewright.accounts import Caller
from tilewright.contract import InvalidRequest, NotFound
from tilewright.database import reading, writing
from tilewright.jobs import (
    HistoryPage,
    HistoryQuery,
    Job,
    cancel,
    claim,
    eta,
    eta_of_next,
    find,
    finish,
    history,
    position,
)

DAY = 24 * 3600.0


def done(database: Engine, caller: Caller, seconds: float, **changes: Any) -> None:
    job = started(database, caller, **changes)
    with writing(database) as tx:
        assert finish(tx, job.id, job.attempt, tile(job), NOW + seconds)


def left(database: Engine, job: Job, workers: int = 1, now: float = NOW) -> float | None:
    with reading(database) as tx:
        return eta(tx, job, workers, now)


def test_the_job_of_somebody_else_is_not_found(database: Engine) -> None:
    job = accepted(database, somebody(database))
    stranger = somebody(database, name="bob")

    with reading(database) as tx:
        assert find(tx, job.account_id, job.id, NOW) == job
        with pytest.raises(NotFound, match=f"^Request {job.id} not found$"):
            find(tx, stranger.account_id, job.id, NOW)


def test_the_place_in_the_queue_counts_those_that_go_before(database: Engine) -> None:
    caller = somebody(database)
    running = started(database, caller)
    first, second = accepted(database, caller, NOW + 1), accepted(database, caller, NOW + 2)
    urgent = accepted(database, caller, NOW + 3, priority=-1)

    with writing(database) as tx:
        assert [position(tx, job) for job in (running, urgent, first, second)] == [0, 1, 2, 3]
        claim(tx, ENGINE, "worker", NOW)
        assert position(tx, second) == 2
        assert position(tx, cancel(tx, None, first.id, NOW)) is None


def test_jobs_of_the_same_moment_have_places_of_their_own(database: Engine) -> None:
    caller = somebody(database)
    same = [accepted(database, caller) for _ in range(5)]

    with reading(database) as tx:
        assert sorted(position(tx, job) or 0 for job in same) == [1, 2, 3, 4, 5]


def test_nothing_is_said_of_the_time_before_anything_was_made(database: Engine) -> None:
    caller = somebody(database)
    done(database, caller, 10, slug="another")
    job = accepted(database, caller)

    assert left(database, job) is None
    done(database, caller, 4)
    assert left(database, job) == 4
    assert left(database, job, workers=0) is None


def test_the_time_goes_by_the_last_jobs_and_the_workers(database: Engine) -> None:
    caller = somebody(database)
    for seconds in (3, 5):
        done(database, caller, seconds)
    running = started(database, caller, NOW)
    first, second = accepted(database, caller, NOW + 1), accepted(database, caller, NOW + 2)

    assert left(database, running, now=NOW + 1) == 3
    assert left(database, running, now=NOW + 9) == 0
    assert left(database, running, now=NOW - 9) == 4
    assert left(database, first) == 4 * 1.5
    assert left(database, second) == 4 * 2.5
    assert left(database, second, workers=2) == 4 * 1.75
    assert left(database, second, workers=3) == 4


def test_a_larger_tile_takes_longer(database: Engine) -> None:
    caller = somebody(database)
    done(database, caller, 3)
    done(database, caller, 25.5, texels=16 * MEGAPIXEL)
    large, small = (accepted(database, caller, texels=size) for size in (8 * MEGAPIXEL, 0))

    assert left(database, large) == pytest.approx(1.5 * 9)
    assert left(database, small) == pytest.approx(1.5 + 14.25)  # behind one of the usual size
    with reading(database) as tx:
        assert eta_of_next(tx, SLUG, ENGINE, 9, 4 * MEGAPIXEL) == pytest.approx((0, 1.5 * 5))


def test_a_running_jobs_own_pace_counts_more_than_that_of_others(database: Engine) -> None:
    caller = somebody(database)
    done(database, caller, 4)
    running = started(database, caller, NOW)

    with reading(database) as tx:
        assert eta(tx, running, 1, NOW + 10, fraction=0.25) == 30
        assert eta(tx, running, 1, NOW + 1, fraction=0.01) == 3


def test_a_job_that_ended_has_no_time_left(database: Engine) -> None:
    caller = somebody(database)
    done(database, caller, 4)
    job = accepted(database, caller)

    with writing(database) as tx:
        assert eta(tx, cancel(tx, None, job.id, NOW), 1, NOW) is None


def test_a_clock_that_was_set_back_does_not_spoil_the_mean(database: Engine) -> None:
    caller = somebody(database)
    done(database, caller, -DAY)
    done(database, caller, 4)

    assert left(database, accepted(database, caller)) == 4


def listed(database: Engine, caller: Caller, now: float = NOW, **query: object) -> HistoryPage:
    with reading(database) as tx:
        return history(tx, caller.account_id, HistoryQuery.model_validate(query), now)


def ids(page: HistoryPage) -> list[str]:
    return [job.id for job in page.jobs]


def test_history_is_ones_own_newest_first(database: Engine) -> None:
    caller = somebody(database)
    accepted(database, somebody(database, name="bob"))
    old, new = accepted(database, caller, NOW - 60), accepted(database, caller, NOW)

    assert listed(database, caller) == HistoryPage([new, old], total=2)
    assert ids(listed(database, caller, sort_order="asc")) == [old.id, new.id]


def test_history_has_pages(database: Engine) -> None:
    caller = somebody(database)
    same = [accepted(database, caller) for _ in range(5)]

    pages = [listed(database, caller, page=page, per_page=2) for page in (1, 2, 3, 4)]

    assert [len(page.jobs) for page in pages] == [2, 2, 1, 0]
    assert {page.total for page in pages} == {5}
    assert {job_id for page in pages for job_id in ids(page)} == {job.id for job in same}


@pytest.mark.parametrize(
    ("status", "expected"),
    [("COMPLETED", "done"), ("FAILED", "cancelled"), ("PENDING", "waits runs"), (None, "all")],
)
def test_history_by_status(database: Engine, status: str | None, expected: str) -> None:
    caller = somebody(database)
    done(database, caller, 1, body_hash="done")
    dropped = accepted(database, caller, body_hash="cancelled")
    with writing(database) as tx:
        cancel(tx, None, dropped.id, NOW)
    accepted(database, caller, body_hash="waits")
    started(database, caller, body_hash="runs")

    found = {job.body_hash for job in listed(database, caller, status=status).jobs}

    everything = {"done", "cancelled", "waits", "runs"}
    assert found == (everything if expected == "all" else set(expected.split()))


def test_history_by_a_part_of_the_name(database: Engine) -> None:
    caller = somebody(database)
    job = accepted(database, caller, slug="qwen_Texture")
    accepted(database, caller, slug="qwen-other")

    assert ids(listed(database, caller, model_name="n_tex")) == [job.id]
    assert ids(listed(database, caller, model_name="%")) == []


def test_history_by_words_of_the_prompt(database: Engine) -> None:
    caller = somebody(database)
    job = accepted(database, caller, request={"prompt": "Old \u201coak\u201d, 50 % wet\n"})
    accepted(database, caller, request={"prompt": "elm", "oak": 1})

    for words in ("OAK", "\u201coak\u201d", "50 % w"):
        assert ids(listed(database, caller, search=words)) == [job.id]
    assert ids(listed(database, caller, search="50_")) == []
    assert len(ids(listed(database, caller, search=""))) == 2


def test_history_in_another_order(database: Engine) -> None:
    caller = somebody(database)
    cheap = accepted(database, caller, cost=COST, slug="b")
    dear = accepted(database, caller, cost=2 * COST, slug="a")

    assert ids(listed(database, caller, sort_by="credits_deduction")) == [dear.id, cheap.id]
    assert ids(listed(database, caller, sort_by="model_name")) == [cheap.id, dear.id]


def test_the_days_of_a_window_are_whole(database: Engine) -> None:
    caller = somebody(database)
    midnight = 1_799_971_200.0  # 2027-01-15 in UTC
    before = accepted(database, caller, midnight - 0.001)
    first = accepted(database, caller, midnight)
    last = accepted(database, caller, midnight + DAY - 0.001)
    after = accepted(database, caller, midnight + DAY)

    one = date(2027, 1, 15)
    assert ids(listed(database, caller, from_date=one, to_date=one)) == [last.id, first.id]
    assert ids(listed(database, caller, now=midnight + DAY)) == [
        after.id,
        last.id,
        first.id,
        before.id,
    ]
    assert ids(listed(database, caller, now=midnight + 9 * DAY)) == []


@pytest.mark.parametrize(
    ("window", "sentence"),
    [
        (("2027-01-02", "2027-01-01"), "after the last day"),
        (("2027-01-01", "2027-02-02"), "more than 31 days"),
        (("2027-03-01", None), "after the last day"),
    ],
)
def test_a_wrong_window_is_refused(
    database: Engine, window: tuple[str, str | None], sentence: str
) -> None:
    caller = somebody(database)
    longest = listed(database, caller, from_date="2027-01-01", to_date="2027-02-01")

    with pytest.raises(InvalidRequest, match=sentence) as refusal:
        listed(database, caller, from_date=window[0], to_date=window[1])

    assert longest.total == 0
    assert [fault.field for fault in refusal.value.fields] == ["from_date"]


@pytest.mark.parametrize(
    "query",
    [
        {"page": 0},
        {"per_page": 101},
        {"status": "QUEUED"},
        {"sort_by": "prompt"},
        {"from_date": "soon"},
    ],
)
def test_a_wrong_question_is_refused(query: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        HistoryQuery.model_validate(query)


def test_the_record_shows_what_became_of_it(database: Engine) -> None:
    caller = somebody(database)
    done(database, caller, 4)

    (job,) = listed(database, caller).jobs

    assert now_of(database, job) == job
    assert (job.started_at, job.finished_at) == (NOW, NOW + 4)
