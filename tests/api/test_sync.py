"""The sync face: the tile's bytes in one call, or a word about the other face in good time."""

import base64
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from time import time
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import Engine

from tests.api.conftest import Hire
from tests.api.diarist import diarist
from tests.api.people import SYNC, Customer, customers, fault, wish
from tests.api.photos import OTHER, SMALL
from tests.queue.engines import TILE, diary, report
from tests.serving import NO_TLS, Service, serving, until
from tilewright import Client, ServiceError
from tilewright.contract import TileRequest
from tilewright.database import open_database, writing
from tilewright.jobs import Completed, Job, claim, finish
from tilewright.store import open_blobs

BRIEF = 0.3
SLOW = "slow ticks=60 pause=0.01"


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, Engine]]:
    """A door that waits for no more than a moment, and has no worker."""
    folder = tmp_path_factory.mktemp("hasty") / "data"
    with serving(folder, "--workers", "0", sync_seconds=str(BRIEF)) as service:
        engine = open_database(f"sqlite:///{folder / 'tilewright.db'}")
        yield service, engine
        engine.dispose()


@pytest.fixture
def hurried(hasty: tuple[Service, Engine]) -> Iterator[Customer]:
    """Somebody who calls there."""
    with customers(*hasty) as customer:
        yield customer


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Customer]:
    """Somebody at a door whose last tile took longer than a sync call may."""
    folder = tmp_path_factory.mktemp("behind") / "data"
    with diarist(folder, sync_seconds=str(BRIEF)) as service:
        engine = open_database(f"sqlite:///{folder / 'tilewright.db'}")
        with customers(service, engine) as customer:
            customer.result(customer.submit(prompt=SLOW))
            yield customer
        engine.dispose()


def test_a_call_that_would_come_too_late_is_answered_at_once_and_nothing_is_accepted(
    behind: Customer,
) -> None:
    before = behind.balance()
    answer = behind.http.post(SYNC, json=wish())

    error = fault(answer, 429, "busy")["error"]
    assert "ask for a smaller one, or submit to /v2" in error, "to wait would not help"
    assert int(answer.headers["retry-after"]) >= 1
    assert behind.balance() == before


def test_what_is_wrong_with_a_call_is_told_however_busy_the_service_is(behind: Customer) -> None:
    stranger = httpx.post(f"{behind.service.url}{SYNC}", json=wish(), verify=NO_TLS)

    fault(stranger, 401, "unauthorized")
    fault(behind.http.post(SYNC, json=wish(quality=0)), 400, "invalid_request")
    fault(behind.http.post(SYNC, data={"prompt": "brick"}), 406, "unacceptable")
    fault(behind.http.post("/v1/other", json=wish()), 404, "not_found")


def test_a_durable_call_that_would_come_too_late_is_told_its_request_at_once(
    behind: Customer,
) -> None:
    key = {"idempotency-key": str(uuid4())}
    answer = behind.http.post(SYNC, json=wish(prompt=SLOW), headers=key)

    body = fault(answer, 504, "sync_deadline")
    assert "would take about" in body["error"]
    assert answer.headers["x-request-id"] == body["request_id"]
    assert behind.result(body["request_id"])["status"] == "COMPLETED"
    assert behind.http.post(SYNC, json=wish(prompt=SLOW), headers=key).status_code == 200


def test_the_answer_is_the_tile_and_its_headers_tell_the_rest(hire: Hire) -> None:
    ann = hire(per_minute=50)
    answer = ann.http.post(SYNC, json=wish(image_format="jpeg", seed=9))

    assert (answer.status_code, answer.content) == (200, TILE + SMALL)
    headers = answer.headers
    assert headers["content-type"] == "image/jpeg"
    assert headers["x-cost"] == "0.02"
    assert headers["x-remaining-credits"] == "9.98"
    assert float(headers["x-generation-time"]) >= 0
    assert headers["x-seed-value"] == "1"
    assert headers["x-engine"] == "diary/1"
    assert headers["x-seam-score"] == "1.0"
    assert headers["x-rate-limit-remaining"] == "49"
    reset = datetime.fromisoformat(headers["x-rate-limit-reset-at-utc"])
    assert abs((reset - datetime.now(UTC)).total_seconds()) < 60
    assert ann.status(headers["x-request-id"])["status"] == "COMPLETED"


def test_base64_is_json_with_the_plain_text(ann: Customer) -> None:
    body = ann.http.post(SYNC, json=wish(base64=True)).json()

    assert base64.b64decode(body["image"], validate=True) == TILE + SMALL
    assert body["status"] == "COMPLETED"
    assert body["infer_time"] >= 0


def test_a_form_is_taken_too(ann: Customer) -> None:
    files = {"image_1": ("photo.jpg", OTHER, "image/jpeg")}
    answer = ann.http.post(SYNC, data={"prompt": "brick"}, files=files)

    assert (answer.status_code, answer.content) == (200, TILE + OTHER)


def test_a_failure_is_a_422_with_its_sentence(ann: Customer) -> None:
    answer = ann.http.post(SYNC, json=wish(prompt="x refuse"))

    body = fault(answer, 422, "surface_unusable")
    assert (body["status"], body["error"]) == ("FAILED", "there is no surface")
    assert body["request_id"] == answer.headers["x-request-id"]
    assert ann.balance() == 10


def test_the_same_key_brings_the_same_bytes_and_runs_once(ann: Customer) -> None:
    name = uuid4().hex
    key = {"idempotency-key": name}
    with ThreadPoolExecutor(3) as threads:
        calls = [
            threads.submit(ann.http.post, SYNC, json=wish(prompt=name, seed=-1), headers=key)
            for _ in range(3)
        ]
    answers = [call.result() for call in calls]

    assert {answer.content for answer in answers} == {TILE + SMALL}
    assert len({answer.headers["x-request-id"] for answer in answers}) == 1
    assert diary(ann.service.folder / "diary", name).count("end") == 1
    assert ann.balance() == 10 - ann.price


def test_a_tile_that_takes_too_long_is_given_up_and_v2_is_named(hurried: Customer) -> None:
    answer = hurried.http.post(SYNC, json=wish())

    body = fault(answer, 504, "sync_deadline")
    assert "/v2" in body["error"]
    assert int(answer.headers["retry-after"]) >= 1
    assert hurried.http.get(f"/v2/requests/{body['request_id']}").json()["code"] == "cancelled"
    job = hurried.http.get("/inference-request/request-history").json()["data"][0]
    assert (job["model_status"], "the sync call" in job["error"]) == ("FAILED", True)
    assert hurried.balance() == 10


def test_a_client_that_asks_again_and_again_pays_for_no_tile_that_it_did_not_get(
    hurried: Customer,
) -> None:
    with Client(hurried.key, hurried.service.url) as client:
        for _ in range(3):
            with pytest.raises(ServiceError, match="cancelled and costs nothing"):
                client.run_sync(**wish())

    assert hurried.balance() == 10


def test_a_tile_that_comes_in_the_last_moment_is_charged_and_given(
    hurried: Customer, hasty: tuple[Service, Engine]
) -> None:
    """The door is told nothing of it: at the deadline it finds in the database that it is done."""
    service, books = hasty
    blob = open_blobs(service.folder / "blobs").put(TILE)
    before = hurried.balance()

    def calls() -> httpx.Response | None:
        """The answer, if the tile was there before the deadline."""
        with ThreadPoolExecutor(1) as thread:
            calling = thread.submit(hurried.http.post, SYNC, json=wish())
            made = until(lambda: calling.done() or _made(books, hurried, blob))
            answer = calling.result()
        return answer if isinstance(made, Job) else None

    answer = until(calls)
    assert (answer.status_code, answer.content) == (200, TILE)
    assert before - hurried.balance() == hurried.price


def _made(books: Engine, customer: Customer, blob: str) -> Job | None:
    """The customer's job, done by a worker that nobody heard of; None while there is none."""
    with writing(books) as tx:
        job = claim(tx, "synthesis", "a worker", time())
        if job is None or job.account_id != customer.account:
            return None
        told = report(TileRequest(**job.request)).model_dump()
        output = {"blob": blob, "content_type": "image/webp", "report": told}
        return finish(tx, job.id, job.attempt, Completed(output), time())


def test_a_job_with_a_key_goes_on_after_the_deadline(hurried: Customer) -> None:
    key = {"idempotency-key": str(uuid4())}

    body = fault(hurried.http.post(SYNC, json=wish(), headers=key), 504, "sync_deadline")

    assert "Idempotency-Key" in body["error"]
    assert hurried.status(body["request_id"])["status"] == "QUEUED"
    rows = hurried.http.get("/inference-request/request-history").json()["data"]
    assert [row["model_status"] for row in rows] == ["PENDING"]
    fault(hurried.http.post(SYNC, json=wish(), headers=key), 504, "sync_deadline")
    rows = hurried.http.get("/inference-request/request-history").json()["data"]
    assert len(rows) == 1


@pytest.mark.parametrize("durable", [False, True])
def test_a_caller_who_hangs_up_frees_the_worker(ann: Customer, durable: bool) -> None:
    name = uuid4().hex
    book = ann.service.folder / "diary"
    headers = {"x-api-key": ann.key} | ({"idempotency-key": name} if durable else {})
    prompt = f"{name} ticks={100 if durable else 3000} pause=0.01"
    request = httpx.Request(
        "POST", f"{ann.service.url}{SYNC}", headers=headers, json=wish(prompt=prompt)
    )
    head = "".join(f"{key}: {value}\r\n" for key, value in request.headers.items())

    with socket.create_connection(("127.0.0.1", ann.service.port)) as line:
        line.sendall(f"POST {SYNC} HTTP/1.1\r\n{head}\r\n".encode() + request.read())
        until(lambda: "tick" in diary(book, name))

    until(lambda: diary(book, name)[-1] != "tick")
    assert diary(book, name)[-1].startswith("end" if durable else "stopped")
    until(lambda: ann.balance() == (10 - ann.price if durable else 10))
