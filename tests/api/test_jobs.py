"""The async face: accepted, looked at, waited for, cancelled, deleted."""

import base64
import json
import time
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import update

from tests.api.people import ASYNC, ENDED, Customer, fault, wish
from tests.api.photos import SMALL, data_url
from tests.queue.engines import TILE, diary
from tests.serving import NO_TLS, until
from tilewright.database import open_database, writing
from tilewright.database.tables import jobs

PROBLEM = {"accept": "application/problem+json"}


def events(answer: httpx.Response) -> list[tuple[str, dict[str, Any]]]:
    """Name and data of each server-sent event."""
    found = []
    for block in answer.text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if lines:
            found.append((lines["event"], json.loads(lines["data"])))
    return found


def test_a_submit_is_answered_with_absolute_addresses(waiting: Customer) -> None:
    answer = waiting.http.post(ASYNC, json=wish())

    body = answer.json()
    own = f"{waiting.service.url}/v2/requests/{body['request_id']}"
    assert answer.status_code == 200
    assert body["status"] == "QUEUED"
    assert body["response_url"] == own
    assert body["status_url"] == body["poll_url"] == f"{own}/status"
    assert answer.headers["x-request-id"] == body["request_id"]
    assert answer.headers["x-cost"] == "0.02"


def test_a_job_that_waits_tells_its_place(waiting: Customer) -> None:
    first, second = waiting.submit(), waiting.submit()

    places = [waiting.status(job)["queue_position"] for job in (first, second)]
    assert places[1] == places[0] + 1
    result = waiting.http.get(f"/v2/requests/{first}")
    assert (result.status_code, result.json()["status"]) == (200, "QUEUED")
    assert {"eta_seconds", "status_url", "response_url", "metrics"} <= result.json().keys()


def test_a_job_that_runs_tells_how_far_it_is(ann: Customer) -> None:
    job = ann.running()

    body = until(lambda: (found := ann.status(job))["stage"] != "begin" and found)
    assert body["status"] == "PROCESSING"
    assert 0 <= body["progress"] <= 1
    assert body["stage"].startswith("stage")
    ann.http.post(f"/v2/requests/{job}/cancel")


def test_a_job_that_runs_unheard_is_said_to_begin(waiting: Customer) -> None:
    job = waiting.submit()
    database = open_database(waiting.service.database)
    with writing(database) as tx:
        taken = {"state": "PROCESSING", "started_at": time.time(), "lease_until": time.time() + 60}
        tx.execute(update(jobs).where(jobs.c.id == job).values(**taken))
    database.dispose()

    body = waiting.status(job)
    assert (body["status"], body["progress"], body["stage"]) == ("PROCESSING", 0, "begin")
    assert waiting.http.post(f"/v2/requests/{job}/cancel").json()["status"] == "FAILED"


def test_a_result_holds_all_that_is_promised(ann: Customer) -> None:
    result = ann.result(ann.submit(prompt="birch", image_format="png", seed=5))

    assert (result["status"], result["error"], result["prompt"]) == ("COMPLETED", None, "birch")
    image = result["images"][0]
    assert image["url"] == result["output"]
    assert image["url"].startswith(f"{ann.service.url}/results/")
    assert (image["content_type"], image["width"], image["height"]) == ("image/png", 32, 16)
    metrics = result["metrics"]
    assert (metrics["cost"], metrics["remaining_credits"]) == (0.02, 9.98)
    assert metrics["retry_count"] == 0
    assert metrics["total_time"] == pytest.approx(
        metrics["queue_time"] + metrics["inference_time"], abs=0.001
    )
    assert (result["engine"], result["engine_version"], result["seam"]) == ("diary", "1", 1)
    tile = httpx.get(result["output"], verify=NO_TLS)
    assert tile.content == TILE + SMALL
    assert tile.headers["content-type"] == "image/png"
    assert tile.headers["x-content-type-options"] == "nosniff"
    renamed = httpx.get(result["output"].replace(".png?", ".html?"), verify=NO_TLS)
    assert renamed.headers["content-type"] == "image/png", "the bytes say it, not the name"


def test_a_tile_and_an_upload_can_be_looked_at_without_being_fetched(ann: Customer) -> None:
    upload = ann.http.post("/upload-asset", json={"data_urls": [data_url()]}).json()["urls"][0]

    for url in (ann.result(ann.submit())["output"], upload):
        looked, fetched = httpx.head(url, verify=NO_TLS), httpx.get(url, verify=NO_TLS)
        assert (looked.status_code, looked.content) == (200, b"")
        for name in ("content-length", "content-type"):
            assert looked.headers[name] == fetched.headers[name]


def test_a_link_to_a_tile_cannot_be_changed(ann: Customer) -> None:
    url = httpx.URL(ann.result(ann.submit())["output"])

    for name, value in (("expires", "9999999999"), ("signature", "0" * 64)):
        answer = httpx.get(url.copy_set_param(name, value), verify=NO_TLS)
        fault(answer, 403, "link_refused")
    fault(httpx.get(url.copy_with(query=None), verify=NO_TLS), 403, "link_refused")


def test_base64_is_in_the_result_itself(ann: Customer) -> None:
    result = ann.result(ann.submit(base64=True))

    assert base64.b64decode(result["output"], validate=True) == TILE + SMALL
    assert result["images"][0]["url"].startswith("http")


@pytest.mark.parametrize(("prompt", "code"), [("x refuse", "surface_unusable"), ("x break", None)])
def test_a_failed_job_is_a_422_with_a_sentence_on_both_gets(
    ann: Customer, prompt: str, code: str | None
) -> None:
    job = ann.submit(prompt=prompt)
    until(lambda: ann.status(job)["status"] in ENDED)

    for path in ("", "/status"):
        answer = ann.http.get(f"/v2/requests/{job}{path}", headers=PROBLEM)
        body = answer.json()
        assert (answer.status_code, body["status"], body["request_id"]) == (422, "FAILED", job)
        assert isinstance(body["error"], str)
        assert code in (None, body["code"])
        assert body["metrics"]["cost"] == 0
        assert answer.headers["content-type"] == "application/json"
    assert ann.balance() == 10


def test_a_job_that_waits_is_cancelled_and_costs_nothing(waiting: Customer) -> None:
    job = waiting.submit()
    assert waiting.balance() < 10

    for _ in range(2):
        answer = waiting.http.post(f"/v2/requests/{job}/cancel")
        assert answer.status_code == 200
        assert (answer.json()["status"], answer.json()["code"]) == ("FAILED", "cancelled")
        assert waiting.balance() == 10
    assert waiting.http.get(f"/v2/requests/{job}").status_code == 422


def test_a_job_that_runs_is_cancelled_and_its_worker_is_free(ann: Customer) -> None:
    name = uuid4().hex
    job = ann.submit(prompt=f"{name} ticks=3000 pause=0.01")
    book = ann.service.folder / "diary"
    until(lambda: diary(book, name))

    answer = ann.http.post(f"/v2/requests/{job}/cancel")

    assert answer.json()["status"] == "FAILED"
    until(lambda: diary(book, name)[-1].startswith("stopped"))
    assert ann.result(ann.submit())["status"] == "COMPLETED"
    assert ann.balance() == 10 - ann.price


def test_a_job_that_has_ended_well_stays_so(ann: Customer) -> None:
    job = ann.submit()
    ann.result(job)

    assert ann.http.post(f"/v2/requests/{job}/cancel").json()["status"] == "COMPLETED"
    assert ann.balance() == 10 - ann.price


def test_delete_removes_the_row_the_photos_and_the_tile(ann: Customer) -> None:
    job = ann.submit(image_2=data_url())
    url = ann.result(job)["output"]
    kept = ann.kept()
    assert [path.is_file() for path in kept] == [True] * 3

    assert ann.http.delete(f"/v2/requests/{job}").status_code == 204

    assert [path for path in kept if path.exists()] == []
    fault(httpx.get(url, verify=NO_TLS), 404, "not_found")
    for path in ("", "/status", "/events"):
        fault(ann.http.get(f"/v2/requests/{job}{path}"), 404, "not_found")
    fault(ann.http.delete(f"/v2/requests/{job}"), 404, "not_found")
    assert ann.balance() == 10 - ann.price


def test_delete_ends_a_job_that_runs_first(ann: Customer) -> None:
    job = ann.running()

    assert ann.http.delete(f"/v2/requests/{job}").status_code == 204

    assert ann.result(ann.submit())["status"] == "COMPLETED"
    assert ann.balance() == 10 - ann.price


def test_events_are_told_to_the_end(ann: Customer) -> None:
    job = ann.submit(prompt=f"{uuid4().hex} ticks=8 pause=0.05")

    with ann.http.stream("GET", f"/v2/requests/{job}/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        answer.read()

    told = events(answer)
    assert {name for name, _ in told[:-1]} == {"progress"}
    assert told[-1][0] == "done"
    assert told[-1][1]["status"] == "COMPLETED"
    assert told[-1][1]["request_id"] == job
    stages = [body["stage"] for _, body in told if "stage" in body]
    assert stages == sorted(stages)
    assert len(set(stages)) >= 2

    again = events(ann.http.get(f"/v2/requests/{job}/events"))
    assert again == [told[-1]]


def test_whoever_comes_back_to_the_events_hears_numbers_that_go_on(ann: Customer) -> None:
    job = ann.submit()
    ann.result(job)

    for told, number in (("7", 8), ("", 1), ("x", 1)):
        again = ann.http.get(f"/v2/requests/{job}/events", headers={"last-event-id": told})
        assert f"\nid: {number}\n" in again.text


def test_a_cancel_ends_the_events(ann: Customer) -> None:
    job = ann.running()
    with ann.http.stream("GET", f"/v2/requests/{job}/events") as answer:
        pieces = answer.iter_text()
        heard = next(pieces)
        httpx.post(
            f"{ann.service.url}/v2/requests/{job}/cancel", headers=ann.http.headers, verify=NO_TLS
        )
        heard += "".join(pieces)

    assert '"code": "cancelled"' in heard.split("event: done")[1]


def test_an_unknown_job_is_a_404_and_never_a_problem(waiting: Customer) -> None:
    for path in ("", "/status"):
        answer = waiting.http.get(f"/v2/requests/{uuid4()}{path}", headers=PROBLEM)
        fault(answer, 404, "not_found")
        assert answer.headers["content-type"] == "application/json"
    for name in ("x" * 500, "a%20b", "%00", "%F0%9F%92%A9"):
        assert waiting.http.get(f"/v2/requests/{name}").status_code == 404


def test_problems_are_told_as_such_where_they_are_asked_for(waiting: Customer) -> None:
    answer = waiting.http.post(ASYNC, json=wish(seed="x"), headers=PROBLEM)

    body = fault(answer, 400, "invalid_request")
    assert answer.headers["content-type"] == "application/problem+json"
    assert (body["status"], body["detail"]) == (400, body["error"])
    assert body["type"].startswith("urn:")
    plain = waiting.http.post(ASYNC, json=wish(seed="x"))
    assert plain.headers["content-type"] == "application/json"
    assert "status" not in plain.json()


def test_the_same_key_and_body_bring_the_same_job(waiting: Customer) -> None:
    key = {"idempotency-key": str(uuid4())}
    first = waiting.http.post(ASYNC, json=wish(seed=1, quality=90), headers=key).json()
    again = waiting.http.post(ASYNC, json=wish(quality=90, seed=1), headers=key).json()
    other = waiting.http.post(ASYNC, json=wish(seed=2), headers=key)

    assert again == first
    assert fault(other, 409, "idempotency_conflict")["request_id"] == first["request_id"]
    assert waiting.balance() == 10 - waiting.price


def test_the_same_key_of_another_account_is_another_job(waiting: Customer, ann: Customer) -> None:
    key = {"idempotency-key": str(uuid4())}

    ids = {
        one.http.post(ASYNC, json=wish(), headers=key).json()["request_id"]
        for one in (waiting, ann)
    }
    assert len(ids) == 2
