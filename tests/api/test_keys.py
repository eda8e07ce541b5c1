"""Who may ask: whoever has a good key; anybody on this machine while there is no key at all."""

from pathlib import Path

import httpx
import pytest

from tests.api.conftest import Hire
from tests.api.people import ASYNC, SYNC, Customer, fault, wish
from tests.serving import NO_TLS, Service, serving, until

ROUTES = [
    ("POST", ASYNC),
    ("POST", SYNC),
    ("GET", "/v2/requests/some-id"),
    ("GET", "/v2/requests/some-id/status"),
    ("GET", "/v2/requests/some-id/events"),
    ("POST", "/v2/requests/some-id/cancel"),
    ("DELETE", "/v2/requests/some-id"),
    ("POST", "/upload-asset"),
    ("GET", "/webhook/get"),
    ("POST", "/webhook/add"),
    ("POST", "/webhook/update"),
    ("GET", "/webhook/inactive?webhook_id=x"),
    ("GET", "/webhook/dispatch-logs?webhook_id=x"),
    ("GET", "/webhook/request-logs?request_id=x"),
    ("GET", "/inference-request/request-history"),
    ("GET", "/inference-request/request-history/some-id"),
    ("GET", "/inference-request/generations"),
    ("GET", "/inference-request/recent-generations"),
    ("GET", "/inference-model-information/list"),
    ("GET", "/api/auth/authenticate"),
    ("GET", "/v1/get-user-credits"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_nothing_is_done_or_told_without_a_good_key(
    waiting: Customer, method: str, path: str
) -> None:
    for headers in ({}, {"x-api-key": "tw_unknown"}, {"authorization": "Basic dHc6dHc="}):
        url = f"{waiting.service.url}{path}"
        answer = httpx.request(method, url, headers=headers, verify=NO_TLS)
        fault(answer, 401, "unauthorized")
        assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_key_may_come_as_a_bearers_too(waiting: Customer) -> None:
    bearer = {"authorization": f"bearer {waiting.key}"}
    answer = httpx.get(f"{waiting.service.url}/v1/get-user-credits", headers=bearer, verify=NO_TLS)

    assert answer.json() == {"credits": 10.0}


def test_an_expired_key_is_refused(hire: Hire) -> None:
    late = hire(expires_in=-1)

    assert "expired" in fault(late.http.post(ASYNC, json=wish()), 401, "unauthorized")["error"]


def test_a_key_revoked_while_its_job_runs_is_refused_and_the_job_ends(hire: Hire) -> None:
    ann = hire()
    job = ann.submit(prompt="walnut ticks=20 pause=0.02")
    ann.revoke()

    fault(ann.http.get(f"/v2/requests/{job}"), 401, "unauthorized")
    until(lambda: '"state": "COMPLETED"' in ann.service.operator("jobs", "show", job).out)
    assert ann.balance() == 10 - ann.price


def test_somebody_elses_job_is_not_there(waiting: Customer, hire: Hire) -> None:
    ann, bob = hire(), hire()
    job = ann.submit()

    for method, path in (
        ("GET", ""),
        ("GET", "/status"),
        ("GET", "/events"),
        ("POST", "/cancel"),
        ("DELETE", ""),
    ):
        answer = bob.http.request(method, f"/v2/requests/{job}{path}")
        assert fault(answer, 404, "not_found")["error"] == f"Request {job} not found"
    fault(bob.http.get(f"/inference-request/request-history/{job}"), 404, "not_found")
    assert ann.result(job)["status"] == "COMPLETED"


def test_without_any_key_whoever_is_on_this_machine_may_ask_for_nothing(folder: Path) -> None:
    with serving(folder, "--workers", "0") as service:
        assert "There is no API key yet" in service.log.read_text()
        answer = httpx.post(f"{service.url}{ASYNC}", json=wish(), verify=NO_TLS)
        assert (answer.status_code, answer.headers["x-cost"]) == (200, "0.00")

        ann = service.account("ann")

        fault(httpx.post(f"{service.url}{ASYNC}", json=wish(), verify=NO_TLS), 401, "unauthorized")
        answer = httpx.post(
            f"{service.url}{ASYNC}",
            json=wish(),
            headers={"authorization": f"Bearer {ann.key}"},
            verify=NO_TLS,
        )
        assert answer.headers["x-cost"] == "0.02"

        assert service.operator("keys", "revoke", ann.key_id).code == 0
        fault(httpx.post(f"{service.url}{ASYNC}", json=wish(), verify=NO_TLS), 401, "unauthorized")


def test_an_address_that_others_reach_needs_a_key_first(folder: Path) -> None:
    service = Service.at(folder, "--host", "0.0.0.0")

    refused = service.cli(*service.command)

    assert refused.returncode == 2
    assert "0.0.0.0 can be reached from elsewhere" in refused.stderr
    assert "tilewright keys create NAME" in refused.stderr
