"""Handing in a job: once, however often the line breaks; refusals come in the server's words."""

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.client.door import (
    HANG_UP,
    JOB,
    RESULT,
    STATUS,
    SUBMIT,
    Answer,
    Door,
    accepted,
    state,
    when_refused,
)
from tilewright import Client, ServiceError, Unreachable

SYNC = "/v1/qwen-image-edit-plus-texture-extract"
PAGE = Path(__file__).with_name("hosted_sample.txt")


def test_a_submit_that_got_lost_is_sent_again_as_the_same(door: Door, client: Client) -> None:
    door.says("POST", SUBMIT, HANG_UP, Answer(b"", 503), accepted(door.url))

    client.submit_async(prompt="stone")
    client.submit_async(prompt="stone")

    keys = [one.headers["idempotency-key"] for one in door.requests("POST", SUBMIT)]
    assert keys[0] == keys[1] == keys[2] != keys[3]
    assert min(map(len, keys)) >= 32


def test_the_callers_own_idempotency_key_is_used(door: Door, client: Client) -> None:
    client.submit_async(prompt="stone", idempotency_key="order-66")

    asked = door.requests("POST", SUBMIT)[0]
    assert asked.headers["idempotency-key"] == "order-66"
    assert asked.json == {"prompt": "stone"}


def test_a_submit_outlives_a_restart_of_the_server(door: Door, client: Client) -> None:
    client.submit_async(prompt="stone")
    door.close()

    with when_refused(door.open):
        job = client.submit_async(prompt="slate")

    assert job.request_id == JOB


def test_a_server_that_never_was_there_is_soon_given_up(door: Door, client: Client) -> None:
    door.close()
    begun = time.monotonic()

    with pytest.raises(Unreachable, match=re.escape(door.url)) as caught:
        client.submit_async(prompt="stone")

    assert "is the server running there?" in str(caught.value)
    assert time.monotonic() - begun < 15


def test_a_refusal_is_not_repeated_and_comes_in_the_servers_words(
    door: Door, client: Client
) -> None:
    fields = [{"field": "seed", "message": "must be from -1 to 2147483647"}]
    body = {
        "error": "seed: must be from -1 to 2147483647",
        "code": "invalid_request",
        "fields": [*fields, {"field": 7}, "seed"],
    }
    door.says("POST", SUBMIT, Answer(body, 400, {"x-request-id": "abc"}))

    with pytest.raises(ServiceError) as caught:
        client.submit_async(prompt="stone", seed=-2)

    error = caught.value
    assert str(error) == error.detail == body["error"]
    assert (error.status, error.code, error.request_id) == (400, "invalid_request", "abc")
    assert error.fields == fields
    assert len(door.asked) == 1


def test_a_busy_server_says_when_to_come_back(door: Door, client: Client) -> None:
    door.says("POST", SUBMIT, Answer({"error": "too many"}, 429, {"retry-after": "7"}))

    with pytest.raises(ServiceError, match="too many") as caught:
        client.submit_async(prompt="stone")

    assert caught.value.retry_after == 7


def test_our_own_502_is_an_answer_and_not_a_restart(door: Door, client: Client) -> None:
    door.says("POST", SUBMIT, Answer({"error": "photo not found", "code": "fetch_failed"}, 502))

    with pytest.raises(ServiceError, match=r"^photo not found$"):
        client.submit_async(prompt="stone")

    assert len(door.asked) == 1


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (Answer(b"<html>", 500), "answered 500 Internal Server Error and gave no reason"),
        (Answer(["no"], 403), "answered 403 Forbidden and gave no reason"),
        (Answer(b"", 307, {"location": "http://elsewhere/"}), "elsewhere, at http://elsewhere/"),
        (Answer({"hello": "world"}), "gave no request_id: it is no Tilewright"),
    ],
)
def test_an_answer_that_is_not_ours_is_described(
    door: Door, client: Client, answer: Answer, sentence: str
) -> None:
    door.says("POST", SUBMIT, answer)

    with pytest.raises(ServiceError, match=re.escape(sentence)):
        client.submit_async(prompt="stone")


def test_run_sync_brings_the_bytes(door: Door, client: Client) -> None:
    door.says("POST", SYNC, Answer(b"tile", headers={"content-type": "image/webp"}))

    response = client.run_sync(prompt="stone")

    assert (response.content, response.headers["content-type"]) == (b"tile", "image/webp")
    assert "idempotency-key" not in door.requests("POST", SYNC)[0].headers


@pytest.mark.parametrize("lost", [HANG_UP, Answer(b"", 503)])
def test_a_sync_call_is_sent_once_for_nobody_would_know_the_same_again(
    door: Door, client: Client, lost: Answer
) -> None:
    door.says("POST", SYNC, lost, Answer(b"tile"))

    with pytest.raises(ServiceError):
        client.run_sync(prompt="stone")

    assert len(door.requests("POST", SYNC)) == 1


def test_a_sync_call_with_a_key_that_got_lost_is_sent_again(door: Door, client: Client) -> None:
    door.says("POST", SYNC, HANG_UP, Answer(b"tile"))

    assert client.run_sync(prompt="stone", idempotency_key="order-66").content == b"tile"
    assert {one.headers["idempotency-key"] for one in door.requests("POST", SYNC)} == {"order-66"}


def test_a_sync_call_waits_for_a_server_that_restarts(door: Door, client: Client) -> None:
    client.submit_async(prompt="stone")
    door.says("POST", SYNC, Answer(b"tile"))
    door.close()

    with when_refused(door.open):
        assert client.run_sync(prompt="stone").content == b"tile"


def test_run_sync_raises_what_the_server_says(door: Door, client: Client) -> None:
    door.says("POST", SYNC, Answer({"error": "use /v2 for this", "code": "sync_deadline"}, 504))

    with pytest.raises(ServiceError, match=r"^use /v2 for this$") as caught:
        client.run_sync(prompt="stone")

    assert caught.value.status == 504


def test_the_hosted_pages_sample_runs_with_its_imports_changed(door: Door) -> None:
    done = state("COMPLETED", output="http://127.0.0.1/t.webp", metrics={"inference_time": 2.5})
    door.says("GET", STATUS, state("COMPLETED"))
    door.says("GET", RESULT, done)
    ours = (
        PAGE.read_text()
        .replace("import segmind\n", "import tilewright as segmind\n")
        .replace(
            "from segmind import SegmindClient", "from tilewright import Client as SegmindClient"
        )
    )
    env = {"SEGMIND_API_KEY": "from the environment", "TILEWRIGHT_URL": door.url}

    ran = subprocess.run(
        [sys.executable, "-c", ours], env=env, capture_output=True, text=True, check=False
    )

    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.split() == ["COMPLETED", "http://127.0.0.1/t.webp", "2.5", JOB]
    first, second = door.requests("POST", SUBMIT)
    assert first.json == second.json
    assert first.json["lora"] == "texture_extract"
    assert first.json["base64"] is False
    assert first.headers["x-api-key"] == "from the environment"
