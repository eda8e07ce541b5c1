"""The door does the same on PostgreSQL, which takes more offense."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.api.people import ASYNC, fault, wish
from tests.api.photos import data_url
from tests.database.postgres import Cluster
from tests.serving import NO_TLS, serving


@pytest.fixture(scope="module")
def http(
    cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[httpx.Client, httpx.Client]]:
    """Lines to a service with such a database, for somebody with credits and somebody else."""
    folder: Path = tmp_path_factory.mktemp("postgres") / "data"
    database = cluster.ready_database()
    with serving(folder, "--workers", "0", database_url=database) as service:
        ann, bob = service.account("ann", "0.05"), service.account("bob", "1")
        with ann.line(service) as first, bob.line(service) as second:
            yield first, second


def test_a_job_is_accepted_paid_cancelled_and_deleted(
    http: tuple[httpx.Client, httpx.Client],
) -> None:
    ann, bob = http
    upload = ann.post("/upload-asset", json={"data_urls": [data_url()]}).json()["urls"][0]
    key = {"idempotency-key": "one"}
    jobs = [
        ann.post(ASYNC, json=wish(image_1=upload), headers=key).json()["request_id"]
        for _ in range(2)
    ]
    assert jobs[0] == jobs[1]
    fault(ann.post(ASYNC, json=wish(), headers=key), 409, "idempotency_conflict")
    assert ann.post(ASYNC, json=wish()).status_code == 200
    fault(ann.post(ASYNC, json=wish()), 406, "not_enough_credits")
    fault(bob.get(f"/v2/requests/{jobs[0]}"), 404, "not_found")
    fault(bob.post(ASYNC, json=wish(image_1=upload)), 400, "invalid_request")

    assert ann.post(f"/v2/requests/{jobs[0]}/cancel").json()["status"] == "FAILED"
    assert ann.get("/v1/get-user-credits").json() == {"credits": 0.03}
    assert len(ann.get("/inference-request/request-history").json()["data"]) == 2
    assert ann.delete(f"/v2/requests/{jobs[0]}").status_code == 204
    fault(ann.get(f"/v2/requests/{jobs[0]}"), 404, "not_found")


@pytest.mark.parametrize(
    "path",
    [
        "/v2/requests/%00",
        "/v2/requests/a%00b/status",
        "/uploads/%00/photo.png",
        "/results/%00/tile.png",
        "/inference-request/request-history/%00",
        "/inference-request/request-history?model_name=%00",
        "/webhook/dispatch-logs?webhook_id=%00",
        "/webhook/inactive?webhook_id=%00",
    ],
)
def test_a_zero_byte_breaks_nothing(http: tuple[httpx.Client, httpx.Client], path: str) -> None:
    assert http[0].get(path).status_code in (400, 403, 404)


def test_a_zero_byte_in_a_body_breaks_nothing(http: tuple[httpx.Client, httpx.Client]) -> None:
    hook = {"webhook_url": "https://example.com/\x00", "event": {"types": ["\x00"]}}
    answers = [
        http[1].post(ASYNC, json=wish(prompt="brick\x00")),
        http[1].post(ASYNC, json=wish(image_1="\x00")),
        http[1].post(ASYNC, json=wish(webhook_url="https://example.com/\x00")),
        http[1].post("/webhook/add", json=hook),
        http[1].post("/webhook/add", json={**hook, "webhook_url": "https://example.com/"}),
        http[1].post("/webhook/update", json={**hook, "webhook_id": "\x00"}),
        httpx.get(f"{http[0].base_url}/webhook/get", headers={"x-api-key": "tw_a"}, verify=NO_TLS),
    ]

    assert {answer.status_code for answer in answers} <= {200, 400, 401, 404}
