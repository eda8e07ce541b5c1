"""The published SDK makes tiles here: at once, or submitted and waited for."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from segmind import InferenceFailed, InferenceTimeout, SegmindClient, SegmindError

from tests.sdk.address import Door

STATES = {"QUEUED", "PROCESSING", "COMPLETED"}
PNG = b"\x89PNG\r\n\x1a\n"


def cancel(sdk: Any, job: Any) -> None:
    """The SDK has no cancel: what it would send."""
    sdk._request("POST", f"{job.response_url}/cancel")


def test_run_brings_the_result(finished: dict[str, Any]) -> None:
    assert finished["status"] == "COMPLETED"
    assert finished["error"] is None
    assert finished["metrics"]["inference_time"] > 0
    assert finished["images"][0]["url"] == finished["output"]
    assert httpx.get(finished["output"]).content.startswith(PNG)


def test_run_sync_brings_the_bytes(sdk: Any, wish: dict[str, Any]) -> None:
    response = sdk.run_sync(**wish)

    assert response.status_code == 200
    assert response.headers["content-type"] == "image/png"
    assert response.headers["x-request-id"]
    assert response.content.startswith(PNG)


def test_a_job_is_submitted_and_waited_for(sdk: Any, door: Door, wish: dict[str, Any]) -> None:
    job = sdk.submit_async(**wish)

    assert job.submit_response["status"] == "QUEUED"
    assert job.status_url == f"{door.url}/v2/requests/{job.request_id}/status"
    assert job.response_url == f"{door.url}/v2/requests/{job.request_id}"
    assert job.status()["status"] in STATES
    assert job.wait(timeout=300, interval=0.1)["request_id"] == job.request_id
    assert job.status()["status"] == job.result()["status"] == "COMPLETED"


def test_a_photo_that_shows_nothing_fails_with_a_sentence(
    sdk: Any, wish: dict[str, Any], bare: Path
) -> None:
    shown = sdk.files.upload(bare)["file_urls"][0]
    job = sdk.submit_async(**{**wish, "image_1": shown, "prompt": "grass from the lawn"})

    with pytest.raises(InferenceFailed) as caught:
        job.wait(timeout=300, interval=0.1)

    assert caught.value.detail
    assert caught.value.status_body["status"] == "FAILED"
    assert job.result()["error"] == caught.value.detail


def test_a_job_that_is_not_done_in_time_is_named(sdk: Any, wish: dict[str, Any]) -> None:
    jobs = [sdk.submit_async(**wish, seed=seed) for seed in range(3)]

    with pytest.raises(InferenceTimeout) as caught:
        jobs[-1].wait(timeout=0)

    assert caught.value.request_id == jobs[-1].request_id
    for job in jobs:
        cancel(sdk, job)


def test_a_cancelled_job_reads_failed(sdk: Any, wish: dict[str, Any]) -> None:
    jobs = [sdk.submit_async(**wish, seed=seed) for seed in range(2)]
    for job in reversed(jobs):
        cancel(sdk, job)

    with pytest.raises(InferenceFailed, match="cancelled"):
        jobs[-1].wait(timeout=30, interval=0.1)


def test_a_wrong_parameter_is_a_400_with_a_sentence(sdk: Any, wish: dict[str, Any]) -> None:
    with pytest.raises(SegmindError, match="seed") as caught:
        sdk.submit_async(**wish, seed=-2)

    assert caught.value.status == 400


def test_an_unknown_model_is_a_404(sdk: Any) -> None:
    with pytest.raises(SegmindError) as caught:
        sdk.run_sync("no-such-model", prompt="stone")

    assert caught.value.status == 404
    assert caught.value.detail


def test_an_unknown_job_is_a_404(sdk: Any, door: Door) -> None:
    with pytest.raises(SegmindError, match="not found") as caught:
        sdk._request("GET", f"{door.url}/v2/requests/no-such-job/status")

    assert caught.value.status == 404


@pytest.mark.parametrize("key", ["wrong", None])
def test_a_wrong_key_and_none_are_a_401(
    door: Door, key: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SEGMIND_API_KEY", raising=False)
    client = SegmindClient(api_key=key, base_url=f"{door.url}/v1")

    with pytest.raises(SegmindError) as caught:
        client.submit_async("qwen-image-edit-plus-texture-extract", prompt="stone")

    client._client.close()
    assert caught.value.status == 401
    assert caught.value.detail
