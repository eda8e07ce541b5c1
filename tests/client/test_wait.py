"""Waiting for a job: what comes back, what is shown, and what a restart of the server does."""

import time

import pytest

from tests.client.door import (
    HANG_UP,
    JOB,
    RESULT,
    STATUS,
    SUBMIT,
    Answer,
    Door,
    state,
    when_refused,
)
from tilewright import Client, InferenceFailed, InferenceTimeout, ServiceError

DONE = state("COMPLETED", output="http://127.0.0.1/tile.webp")
QUICKLY = 0.01
"""Seconds between polls."""


def finishes(door: Door, *before: Answer) -> None:
    door.says("GET", STATUS, *before, state("COMPLETED"))
    door.says("GET", RESULT, DONE)


def test_a_job_is_polled_until_it_is_done(door: Door, client: Client) -> None:
    finishes(door, state("QUEUED"), state("PROCESSING"))

    job = client.submit_async(prompt="stone")
    result = job.wait(timeout=30, interval=QUICKLY)

    assert job.request_id == JOB
    assert (job.status_url, job.response_url) == (f"{door.url}{STATUS}", f"{door.url}{RESULT}")
    assert result == DONE.body
    assert len(door.requests("GET", STATUS)) == 3
    assert {one.headers["x-api-key"] for one in door.asked} == {"tw_test"}


def test_run_submits_and_waits(door: Door, client: Client) -> None:
    finishes(door)

    assert client.run(prompt="stone", seed=7) == DONE.body
    assert door.requests("POST", SUBMIT)[0].json == {"prompt": "stone", "seed": 7}


def test_a_job_is_taken_up_by_its_id(door: Door, client: Client) -> None:
    finishes(door)

    job = client.job(JOB)

    assert job.status()["status"] == "COMPLETED"
    assert job.wait() == job.result() == DONE.body


def test_stage_and_fraction_are_shown(door: Door, client: Client) -> None:
    finishes(
        door,
        state("QUEUED", queue_position=2, eta_seconds=40),
        state("QUEUED"),
        state("PROCESSING", stage="cutting", progress=0.5),
        state("PROCESSING", progress=3),
        state("PROCESSING"),
    )
    seen: list[tuple[str, float]] = []

    client.job(JOB).wait(interval=QUICKLY, progress=lambda *told: seen.append(told))

    assert seen == [
        ("waiting at place 2 of the queue", 0.0),
        ("waiting in the queue", 0.0),
        ("cutting", 0.5),
        ("at work", 1.0),
        ("at work", 0.0),
        ("done", 1.0),
    ]


def test_a_client_may_have_a_progress_of_its_own(door: Door) -> None:
    finishes(door)
    seen: list[str] = []

    with Client("key", door.url, progress=lambda stage, _: seen.append(stage)) as client:
        client.run(prompt="stone")

    assert seen == ["done"]


def test_a_failed_job_says_why_though_it_comes_as_422(door: Door, client: Client) -> None:
    door.says("GET", STATUS, state("FAILED", error="no stone is in this photo", code="no_surface"))

    with pytest.raises(InferenceFailed, match=r"^no stone is in this photo$") as caught:
        client.run(prompt="stone")

    assert caught.value.detail == "no stone is in this photo"
    assert (caught.value.code, caught.value.request_id) == ("no_surface", JOB)
    assert caught.value.status_body["status"] == "FAILED"


def test_the_body_of_a_failed_job_is_its_result(door: Door, client: Client) -> None:
    door.says("GET", RESULT, state("FAILED", error="cancelled by its owner"))

    assert client.job(JOB).result()["error"] == "cancelled by its owner"


def test_a_job_that_takes_too_long_is_named(door: Door, client: Client) -> None:
    door.says("GET", STATUS, state("PROCESSING"))

    with pytest.raises(InferenceTimeout, match=f"request {JOB} has not ended within") as caught:
        client.job(JOB).wait(timeout=0.05, interval=QUICKLY)

    assert caught.value.request_id == JOB
    assert 0.05 <= caught.value.elapsed_s < 5


def test_a_wait_of_no_time_asks_once(door: Door, client: Client) -> None:
    door.says("GET", STATUS, state("PROCESSING"))

    with pytest.raises(InferenceTimeout):
        client.job(JOB).wait(timeout=0)

    assert len(door.requests("GET", STATUS)) == 1


def test_an_expired_job_ends_the_wait_with_the_servers_sentence(door: Door, client: Client) -> None:
    gone = Answer({"error": f"Request {JOB} not found", "code": "not_found"}, 404)
    door.says("GET", STATUS, gone)

    with pytest.raises(ServiceError, match=f"^Request {JOB} not found$") as caught:
        client.job(JOB).wait(timeout=30)

    assert (caught.value.status, caught.value.code) == (404, "not_found")
    assert len(door.requests("GET", STATUS)) == 1


def test_the_wait_outlives_a_restart_of_the_server(door: Door, client: Client) -> None:
    finishes(door, state("PROCESSING"))
    restarts: list[str] = []

    def stop(stage: str, _: float) -> None:
        if not restarts:
            door.close()
            restarts.append(stage)

    with when_refused(door.open):
        result = client.job(JOB).wait(timeout=60, interval=QUICKLY, progress=stop)

    assert restarts == ["at work"]
    assert result == DONE.body


@pytest.mark.parametrize(
    "trouble",
    [
        HANG_UP,
        Answer({"error": "we are restarting", "code": "restarting"}, 503),
        Answer({"error": "wait a moment"}, 503, {"retry-after": "0"}),
        Answer(b"<html>Bad Gateway</html>", 502),
        Answer(b"", 504),
    ],
)
def test_the_wait_outlives_a_poll_that_went_wrong(
    door: Door, client: Client, trouble: Answer
) -> None:
    finishes(door, trouble)
    seen: list[str] = []

    job = client.job(JOB)

    assert job.wait(60, QUICKLY, progress=lambda stage, _: seen.append(stage)) == DONE.body
    assert seen == ["waiting for the server to answer", "done"]


def test_the_result_may_be_missed_once_too(door: Door, client: Client) -> None:
    door.says("GET", STATUS, state("COMPLETED"))
    door.says("GET", RESULT, HANG_UP, DONE)

    assert client.job(JOB).wait(timeout=60) == DONE.body


def test_a_server_that_stays_away_ends_the_wait_at_its_deadline(door: Door, client: Client) -> None:
    door.close()
    begun = time.monotonic()

    with pytest.raises(InferenceTimeout, match=r"no answer from http://127\.0\.0\.1") as caught:
        client.job(JOB).wait(timeout=0.3)

    assert caught.value.request_id == JOB
    assert time.monotonic() - begun < 10


def test_a_job_is_cancelled_and_says_so(door: Door, client: Client) -> None:
    door.says("POST", f"{RESULT}/cancel", state("FAILED", error="cancelled by its owner"))

    assert client.job(JOB).cancel()["error"] == "cancelled by its owner"


def test_a_job_is_deleted_once_and_for_all(door: Door, client: Client) -> None:
    door.says("DELETE", RESULT, Answer({"deleted": True}), Answer({"error": "not found"}, 404))

    client.job(JOB).delete()
    client.job(JOB).delete()

    assert len(door.requests("DELETE", RESULT)) == 2


def test_a_job_that_may_not_be_deleted_says_why(door: Door, client: Client) -> None:
    door.says("DELETE", RESULT, Answer({"error": "this key may only read"}, 403))

    with pytest.raises(ServiceError, match=r"^this key may only read$"):
        client.job(JOB).delete()
