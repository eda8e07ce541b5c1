"""Requests per minute: so many at once, then at an even rate, whatever the clock does."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import Engine

from tilewright.accounts import Allowance, create_account, create_key, take
from tilewright.accounts.limits import SKEW_SECONDS
from tilewright.contract import RateLimited
from tilewright.database import writing

NOW = 1_800_000_000.0
DAY = 24 * 3600.0


@pytest.fixture
def key(database: Engine) -> str:
    with writing(database) as tx:
        return create_key(tx, create_account(tx, "ann", NOW), "laptop", NOW)[0].id


def taken(database: Engine, key: str, now: float, per_minute: int = 6) -> Allowance:
    with writing(database) as tx:
        return take(tx, key, per_minute, now)


def emptied(database: Engine, key: str, now: float = NOW) -> None:
    for _ in range(6):
        taken(database, key, now)


def test_each_request_takes_one(database: Engine, key: str) -> None:
    assert [taken(database, key, NOW).remaining for _ in range(6)] == [5, 4, 3, 2, 1, 0]
    assert taken(database, key, NOW + 10) == Allowance(6, 0, NOW + 70)


def test_an_empty_bucket_says_when_to_come_back(database: Engine, key: str) -> None:
    emptied(database, key)

    with pytest.raises(RateLimited, match=r"6 requests per minute; .* in 6\.0 s") as refusal:
        taken(database, key, NOW + 4)

    assert refusal.value.retry_after == pytest.approx(6)
    assert refusal.value.reset_at == pytest.approx(NOW + 60)
    with pytest.raises(RateLimited):
        taken(database, key, NOW + 9.99)
    taken(database, key, NOW + 10)


def test_a_bucket_never_holds_more_than_a_minute(database: Engine, key: str) -> None:
    taken(database, key, NOW)

    assert taken(database, key, NOW + DAY).remaining == 5


def test_many_at_once_get_no_more_than_there_is(database: Engine, key: str) -> None:
    together = Barrier(16)

    def ask(_: int) -> bool:
        together.wait()
        try:
            taken(database, key, NOW)
        except RateLimited:
            return False
        return True

    with ThreadPoolExecutor(16) as threads:
        assert list(threads.map(ask, range(16))).count(True) == 6


def test_a_clock_that_is_set_back_shuts_nobody_out(database: Engine, key: str) -> None:
    emptied(database, key)

    assert taken(database, key, NOW - DAY).remaining == 5


def test_doors_whose_clocks_differ_give_out_nothing_twice(database: Engine, key: str) -> None:
    emptied(database, key)

    for _ in range(20):
        for now in (NOW, NOW - SKEW_SECONDS, NOW + SKEW_SECONDS):
            with pytest.raises(RateLimited):
                taken(database, key, now)


def test_clocks_that_differ_do_not_fill_the_same_seconds_again(database: Engine, key: str) -> None:
    left = [
        taken(database, key, now, per_minute=60).remaining
        for _ in range(20)
        for now in (NOW, NOW - SKEW_SECONDS)
    ]

    assert left == list(range(59, 19, -1))


def test_a_limit_that_is_lowered_holds_at_once(database: Engine, key: str) -> None:
    taken(database, key, NOW, per_minute=1000)

    assert taken(database, key, NOW, per_minute=2).remaining == 1
