"""The operator is told what became of the jobs that ended lately, and an account what it used."""

from decimal import Decimal

from sqlalchemy import Engine

from tests.jobs.people import COST, NOW, somebody, started, tile
from tilewright.accounts import Caller, usage
from tilewright.database import reading, writing
from tilewright.jobs import Completed, Failure, finish, lately


def ended(database: Engine, caller: Caller, at: float, why: str | None = None) -> None:
    """A job that waited 2 seconds."""
    job = started(database, caller, at - 5)
    outcome: Completed | Failure = tile(job) if why is None else Failure(f"it was {why}", why)
    with writing(database) as tx:
        assert finish(tx, job.id, job.attempt, outcome, at)


def test_the_most_frequent_reason_comes_first_with_the_last_sentence(database: Engine) -> None:
    ann, bob = somebody(database), somebody(database, name="bob")
    ended(database, ann, NOW - 60)
    ended(database, ann, NOW - 50, "dark")
    ended(database, bob, NOW - 40, "blurred")
    ended(database, bob, NOW - 30, "dark")
    ended(database, bob, NOW - 4000, "long ago")

    with reading(database) as tx:
        found = lately(tx, NOW - 3600)

    assert (found.completed, found.failed, found.mean_run, found.mean_wait) == (1, 3, 5, 0)
    assert [(one.code, one.number, one.last_at) for one in found.reasons] == [
        ("dark", 2, NOW - 30),
        ("blurred", 1, NOW - 40),
    ]


def test_where_nothing_ended_there_is_nothing_to_tell(database: Engine) -> None:
    with reading(database) as tx:
        found = lately(tx, NOW)

    assert found == (0, 0, None, None, [])


def test_usage_counts_what_was_kept_and_what_is_held(database: Engine) -> None:
    ann, bob = somebody(database), somebody(database, name="bob")
    ended(database, ann, NOW - 60)
    ended(database, ann, NOW - 50, "dark")
    ended(database, bob, NOW - 50)
    started(database, ann, NOW - 10)

    with reading(database) as tx:
        whole, none = usage(tx, ann.account_id, NOW - 100), usage(tx, ann.account_id, NOW)

    assert whole == (1, 2 * COST)
    assert none == (0, Decimal(0))
