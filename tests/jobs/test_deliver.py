"""Whoever wants to be told of an ending is told, again and again if need be, and not for ever."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine, select

from tests.jobs.people import NOW, accepted, somebody, started, tile
from tilewright.accounts import Caller, webhook_secret
from tilewright.contract import InvalidRequest, NotFound
from tilewright.database import reading, writing
from tilewright.database.tables import deliveries
from tilewright.jobs import (
    Delivery,
    Failure,
    Job,
    Webhook,
    add_webhook,
    any_due,
    cancel,
    deactivate_webhook,
    delivered,
    delivery_log,
    due,
    failed,
    finish,
    list_webhooks,
    update_webhook,
)
from tilewright.jobs.deliver import LONGEST_WAIT, MOST_TRIES, SENDING_SECONDS, wait
from tilewright.jobs.notify import EVENTS

OURS = "https://ann.example/request"
THEIRS = "https://ann.example/account"
DONE, FAILED = EVENTS["COMPLETED"], EVENTS["FAILED"]
DAY = 24 * 3600.0


def hooked(database: Engine, caller: Caller, *events: str, url: str = THEIRS) -> Webhook:
    with writing(database) as tx:
        return add_webhook(tx, caller.account_id, url, list(events), NOW)


def ended(database: Engine, caller: Caller, **changes: Any) -> Job:
    job = started(database, caller, **changes)
    with writing(database) as tx:
        assert finish(tx, job.id, job.attempt, tile(job), NOW)
    return job


def waiting(database: Engine, now: float = NOW) -> list[Delivery]:
    with writing(database) as tx:
        return due(tx, now, 10)


def test_the_request_and_each_webhook_that_wants_it_are_told(database: Engine) -> None:
    caller = somebody(database)
    hook, every = hooked(database, caller, DONE), hooked(database, caller, "*", url="https://all")
    hooked(database, caller, FAILED)
    hooked(database, caller, "PIXELFLOW", url="https://hosted")
    hooked(database, somebody(database, name="bob"), DONE)

    job = ended(database, caller, options={"webhook_url": OURS}, seed=7)

    found = {one.url: one for one in waiting(database)}
    assert set(found) == {OURS, THEIRS, "https://all", "https://hosted"}
    assert (found[THEIRS].webhook_id, found[THEIRS].secret) == (hook.id, hook.secret)
    assert found["https://all"].secret == every.secret != hook.secret
    with reading(database) as tx:
        assert found[OURS].secret == webhook_secret(tx, caller.account_id)
    assert found[OURS].body == {
        "type": "request.completed",
        "timestamp": "2027-01-15T08:00:00+00:00",
        "data": {
            "request_id": job.id,
            "model": job.slug,
            "status": "COMPLETED",
            "error": None,
            "seed": 7,
        },
    }


def test_failures_and_cancels_are_told_too(database: Engine) -> None:
    caller = somebody(database)
    hooked(database, caller, FAILED)
    dark, dropped = started(database, caller), accepted(database, caller)

    with writing(database) as tx:
        finish(tx, dark.id, dark.attempt, Failure("too dark", "surface_unusable"), NOW)
        cancel(tx, None, dropped.id, NOW)

    found = {one.job_id: one.body["data"]["error"] for one in waiting(database)}
    assert found == {dark.id: "too dark", dropped.id: "cancelled by its owner"}


def test_an_ending_that_is_taken_back_is_told_to_nobody(database: Engine) -> None:
    caller = somebody(database)
    job = started(database, caller, options={"webhook_url": OURS})

    with database.connect() as tx:
        with tx.begin() as transaction:
            assert finish(tx, job.id, job.attempt, tile(job), NOW)
            transaction.rollback()
        assert tx.execute(select(deliveries)).all() == []


def test_each_is_handed_to_one_sender(database: Engine) -> None:
    caller = somebody(database)
    for _ in range(5):
        ended(database, caller, options={"webhook_url": OURS})
    together = Barrier(4)

    def ask(_: int) -> list[Delivery]:
        together.wait()
        return waiting(database)

    with ThreadPoolExecutor(4) as threads:
        found = [one.id for some in threads.map(ask, range(4)) for one in some]

    assert len(found) == len(set(found)) == 5


def test_a_sender_that_died_is_followed_by_another(database: Engine) -> None:
    ended(database, somebody(database), options={"webhook_url": OURS})
    (first,) = waiting(database)

    assert waiting(database, NOW + SENDING_SECONDS - 1) == []
    (again,) = waiting(database, NOW + SENDING_SECONDS)

    assert (again.id, again.tries) == (first.id, 0)


def test_a_delivery_that_was_taken_is_not_sent_again(database: Engine) -> None:
    ended(database, somebody(database), options={"webhook_url": OURS})
    (one,) = waiting(database)

    with writing(database) as tx:
        delivered(tx, one.id, 204, NOW + 1)
        failed(tx, one, 500, "a late answer of an earlier try", NOW + 2, 0.5)

    assert waiting(database, NOW + DAY) == []
    with reading(database) as tx:
        row = tx.execute(select(deliveries)).one()
    assert (row.state, row.last_status, row.tries) == ("DELIVERED", 204, 1)


def test_it_is_tried_eight_times_at_growing_intervals_and_then_given_up(database: Engine) -> None:
    ended(database, somebody(database), options={"webhook_url": OURS})
    now, first = NOW, None

    for tries in range(1, MOST_TRIES + 1):
        (one,) = waiting(database, now)
        first = first or one
        with writing(database) as tx:
            failed(tx, one, 503, "busy", now, jitter=0.5)
            failed(tx, first, 503, "an old try, told again", now, jitter=0.5)
        pause = wait(tries, 0.5)
        assert waiting(database, now + pause - 0.001) == []
        now += pause

    assert waiting(database, now + DAY) == []
    with reading(database) as tx:
        row = tx.execute(select(deliveries)).one()
    assert (row.state, row.tries, row.last_error) == ("GIVEN_UP", 8, "busy")
    assert row.delivered_at is None


def test_waits_grow_and_differ_by_chance() -> None:
    assert [wait(tries, 0.5) for tries in (1, 2, 3)] == [5, 20, 80]
    assert (wait(1, 0), wait(1, 1)) == (3.75, 6.25)
    assert wait(MOST_TRIES - 1, 1) < LONGEST_WAIT, "the last try would come at once"


def test_who_is_busy_is_passed_over(database: Engine) -> None:
    ann, bob = somebody(database), somebody(database, name="bob")
    for caller in (ann, bob):
        ended(database, caller, options={"webhook_url": OURS})

    with writing(database) as tx:
        assert any_due(tx, NOW, busy=[ann.account_id])
        assert [one.account_id for one in due(tx, NOW, 10, busy=[ann.account_id])] == [
            bob.account_id
        ]
        assert not any_due(tx, NOW, busy=[ann.account_id])
        assert any_due(tx, NOW)


def test_a_clock_that_is_set_back_puts_nothing_off_for_a_day(database: Engine) -> None:
    ended(database, somebody(database), options={"webhook_url": OURS})

    assert len(waiting(database, NOW - DAY)) == 1


def test_webhooks_are_listed_changed_and_made_inactive(database: Engine) -> None:
    caller = somebody(database)
    hook = hooked(database, caller, DONE, DONE)

    with writing(database) as tx:
        changed = update_webhook(tx, caller.account_id, hook.id, "https://new", [FAILED])
        assert list_webhooks(tx, caller.account_id) == [changed]
        silent = deactivate_webhook(tx, caller.account_id, hook.id)

    assert hook.events == [DONE]
    assert changed == hook._replace(url="https://new", events=[FAILED])
    assert silent == changed._replace(active=False)
    job = started(database, caller)
    with writing(database) as tx:
        finish(tx, job.id, job.attempt, Failure("too dark", "error"), NOW)
    assert waiting(database) == []


def test_what_waits_to_be_told_follows_its_webhook(database: Engine) -> None:
    caller = somebody(database)
    hook = hooked(database, caller, DONE)
    other = hooked(database, caller, DONE, url="https://other")
    ended(database, caller)

    with writing(database) as tx:
        update_webhook(tx, caller.account_id, hook.id, "https://new", [DONE])
    assert {one.url for one in waiting(database)} == {"https://new", other.url}
    with writing(database) as tx:
        deactivate_webhook(tx, caller.account_id, hook.id)

    assert [one.webhook_id for one in waiting(database, NOW + SENDING_SECONDS)] == [other.id]
    with reading(database) as tx:
        (given_up,) = delivery_log(tx, caller.account_id, hook.id)
    assert (given_up.state, given_up.last_error) == ("GIVEN_UP", "its webhook was made inactive")


def test_a_webhook_must_name_events(database: Engine) -> None:
    with pytest.raises(InvalidRequest, match="at least one event"):
        hooked(database, somebody(database))


def test_the_webhook_of_another_is_not_found(database: Engine) -> None:
    hook = hooked(database, somebody(database), DONE)
    bob = somebody(database, name="bob").account_id

    with writing(database) as tx:
        with pytest.raises(NotFound):
            update_webhook(tx, bob, hook.id, "https://new", [DONE])
        with pytest.raises(NotFound):
            deactivate_webhook(tx, bob, hook.id)
        with pytest.raises(NotFound):
            delivery_log(tx, bob, hook.id)
        assert list_webhooks(tx, bob) == []


def test_the_log_of_a_webhook_tells_each_delivery(database: Engine) -> None:
    caller = somebody(database)
    hook = hooked(database, caller, DONE)
    ended(database, caller, options={"webhook_url": OURS})
    ended(database, caller)
    with writing(database) as tx:
        delivered(tx, next(one.id for one in due(tx, NOW, 9) if one.webhook_id), 200, NOW + 1)

    with reading(database) as tx:
        log = delivery_log(tx, caller.account_id, hook.id)

    assert sorted(one.state for one in log) == ["DELIVERED", "WAITING"]
    assert {one.url for one in log} == {THEIRS}
    assert Delivery._fields == tuple(column.name for column in deliveries.c)
