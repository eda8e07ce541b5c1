"""Credits and limits: nothing is done that cannot be paid, nothing is paid twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest

from tests.api.conftest import Hire
from tests.api.people import ASYNC, SYNC, Customer, fault, wish
from tests.serving import serving


def test_who_has_no_credits_is_told_what_it_costs(hire: Hire) -> None:
    poor = hire(dollars="0.01")

    for path in (ASYNC, SYNC):
        body = fault(poor.http.post(path, json=wish()), 406, "not_enough_credits")
        assert "0.02" in body["error"]
        assert "0.01" in body["error"]
    assert poor.http.get("/v1/get-user-credits").json() == {"credits": 0.01}


def test_a_tile_costs_its_megapixels(hire: Hire) -> None:
    poor = hire(dollars="0.07")

    body = fault(poor.http.post(ASYNC, json=wish(width=2048)), 406, "not_enough_credits")
    assert "0.08" in body["error"]
    assert poor.http.post(ASYNC, json=wish(width=512, aspect_ratio="16:9")).status_code == 200
    assert str(poor.balance()) == "0.05"


def test_credit_for_one_is_spent_once_by_submits_at_the_same_moment(hire: Hire) -> None:
    poor = hire(dollars="0.03")
    with ThreadPoolExecutor(8) as threads:
        calls = [
            threads.submit(poor.http.post, ASYNC, json=wish(seed=number)) for number in range(8)
        ]
    codes = sorted(call.result().status_code for call in calls)

    assert codes == [200] + 7 * [406]
    rows = poor.http.get("/inference-request/request-history").json()["data"]
    assert len(rows) == 1
    assert poor.result(rows[0]["request_id"])["metrics"]["remaining_credits"] == 0.01
    assert str(poor.balance()) == "0.01"


def test_a_minute_that_is_used_up_says_when_to_come_back(hire: Hire) -> None:
    ann = hire(per_minute=2)
    answers = [ann.http.post(ASYNC, json=wish()) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["x-rate-limit-remaining"] for answer in answers] == ["1", "0", "0"]
    refused = answers[-1]
    fault(refused, 429, "rate_limited")
    assert 0 < int(refused.headers["retry-after"]) <= 30
    assert refused.headers["ratelimit-policy"] == '"minute";q=2;w=60'
    assert refused.headers["ratelimit"].startswith('"minute";r=0;t=')
    assert refused.headers["x-rate-limit-reset-at-utc"]
    job = answers[0].json()["request_id"]
    assert {ann.http.get(f"/v2/requests/{job}/status").status_code for _ in range(9)} == {200}


def test_a_submit_that_is_refused_tells_what_is_left_of_the_minute_too(hire: Hire) -> None:
    poor = hire(dollars="0", per_minute=9)
    wrong, unpaid = poor.http.post(ASYNC, json={}), poor.http.post(ASYNC, json=wish())

    assert (wrong.status_code, unpaid.status_code) == (400, 406)
    assert [one.headers["x-rate-limit-remaining"] for one in (wrong, unpaid)] == ["8", "7"]


def test_a_key_has_no_more_jobs_at_once_than_it_may(hire: Hire) -> None:
    ann = hire(at_once=1)
    job = ann.running()

    refused = ann.http.post(ASYNC, json=wish())

    fault(refused, 429, "too_many_at_once")
    assert int(refused.headers["retry-after"]) >= 1
    assert refused.headers["ratelimit-policy"] == '"jobs";q=1;qu="concurrent-requests"'
    assert refused.headers["ratelimit"].startswith('"jobs";r=0;t=')
    assert datetime.fromisoformat(refused.headers["x-rate-limit-reset-at-utc"])
    ann.http.post(f"/v2/requests/{job}/cancel")
    assert ann.result(ann.submit())["status"] == "COMPLETED"


def test_keys_without_limits_of_their_own_have_the_services(folder: Path) -> None:
    with serving(
        folder,
        *("--workers", "0"),
        price="0.5",
        requests_per_minute="3",
        jobs_at_once="1",
    ) as service:
        ann = service.account("ann", "1.25")
        with ann.line(service) as http:
            answers = [http.post(ASYNC, json=wish()) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 429, 429, 429]
    assert [answer.json().get("code") for answer in answers[1:]] == [
        "too_many_at_once",
        "too_many_at_once",
        "rate_limited",
    ]
    assert answers[0].headers["x-cost"] in ("0.5", "0.50")


@pytest.mark.parametrize(("option", "number"), [("--per-minute", "0"), ("--at-once", "-1")])
def test_a_limit_of_nothing_is_refused(waiting: Customer, option: str, number: str) -> None:
    refused = waiting.service.operator("keys", "create", "bob", option, number)

    assert refused.code == 2, refused.out
    assert option[2:].replace("-", "_") in refused.err.replace("-", "_")


@pytest.mark.parametrize("days", ["0", "-1", "36501", "10000000", "inf", "nan"])
def test_a_key_lives_for_a_number_of_days_that_the_calendar_has(
    waiting: Customer, days: str
) -> None:
    refused = waiting.service.operator("keys", "create", "bob", "--days", days)

    assert refused.code == 2, refused.out
    assert "days: must be more than 0 and at most 36500" in refused.err
    assert waiting.service.operator("keys", "list").code == 0
