"""The diffusion engine behind the service: from POST to a tile, in a real worker process."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from safetensors.torch import save

from tests.api.people import ASYNC, SYNC
from tests.api.photos import data_url
from tests.engine.qwen.test_shelf import FILE, Host
from tests.engine.qwen.tiny import linear_layers, make_lora, make_weights
from tests.serving import NO_TLS, PATIENCE, Service, serving, until
from tilewright.engine.qwen.weights.adopt import adopt

LONG = 4 * PATIENCE
"""Seconds in which a worker has loaded its libraries and its model on a busy machine."""

WISH = {"prompt": "brick", "width": 128, "height": 128, "steps": 2, "reference_resolution": 256}


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_weights(tmp_path_factory.mktemp("qwen") / "weights")
    adopt(folder, folder, lambda stage, done: None)
    return folder


@pytest.fixture(scope="module")
def painter(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """`tilewright serve --engine qwen` with one worker."""
    folder = tmp_path_factory.mktemp("painter") / "data"
    settings = {"weights_dir": str(weights), "qwen_device": "cpu", "lora_hosts": "127.0.0.1"}
    with serving(folder, "--engine", "qwen", **settings) as service:
        yield service


@pytest.fixture
def http(painter: Service) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=painter.url, timeout=PATIENCE, verify=NO_TLS) as line:
        yield line


def submitted(http: httpx.Client, **changes: Any) -> str:
    answer = http.post(ASYNC, json={**WISH, "image_1": data_url(), **changes})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["request_id"])


def ended(http: httpx.Client, job: str) -> dict[str, Any]:
    until(
        lambda: http.get(f"/v2/requests/{job}/status").json()["status"] in ("COMPLETED", "FAILED"),
        LONG,
    )
    found: dict[str, Any] = http.get(f"/v2/requests/{job}").json()
    return found


def test_from_a_post_to_a_tile(http: httpx.Client) -> None:
    job = submitted(http, image_format="png", mode="fastest", image_2=data_url())
    result = ended(http, job)
    assert result["status"] == "COMPLETED", result
    tile = http.get(result["output"]).content
    assert Image.open(BytesIO(tile)).size == (128, 128)
    report = result["report"]
    assert report["engine"] == "qwen"
    assert report["diffusion"]["steps"] == 2
    assert [lora["name"] for lora in report["diffusion"]["loras"]] == [
        "texture_extract",
        "lightning",
    ]


def test_the_same_request_is_the_same_tile(http: httpx.Client) -> None:
    one, two = (http.get(ended(http, submitted(http))["output"]).content for _ in range(2))
    assert one == two


def test_a_lora_by_its_address(http: httpx.Client, weights: Path) -> None:
    lora = save(make_lora(linear_layers(weights / "base"), 9))
    with Host(lora).serve() as site:
        result = ended(http, submitted(http, lora_2_url=site.url + FILE, lora_2_weight=0.7))
    assert result["status"] == "COMPLETED", result
    assert result["report"]["diffusion"]["loras"][1]["weight"] == 0.7


def test_a_bad_lora_fails_its_job_with_the_reason_and_no_other(http: httpx.Client) -> None:
    with Host(b"<html>not found</html>").serve() as site:
        result = ended(http, submitted(http, lora_3_url=site.url + FILE))
    assert result["status"] == "FAILED"
    assert "lora_3 is a web page" in result["error"]
    assert ended(http, submitted(http))["status"] == "COMPLETED"


def test_a_lora_from_elsewhere_is_refused_at_the_door(http: httpx.Client) -> None:
    url = "https://elsewhere.example/a.safetensors"
    answer = http.post(ASYNC, json={**WISH, "image_1": data_url(), "lora_2_url": url})
    assert answer.status_code == 400
    assert "LoRAs are taken from 127.0.0.1 only" in answer.json()["error"]


def test_a_running_job_tells_its_steps_and_is_cancelled_within_one(http: httpx.Client) -> None:
    job = submitted(http, steps=100, width=512, height=512)
    stages = set()

    def painting() -> bool:
        stage = http.get(f"/v2/requests/{job}/status").json().get("stage") or ""
        stages.add(stage)
        step = re.search(r"step (\d+) of 100", stage)
        return step is not None and int(step[1]) >= 3

    until(painting, LONG)
    assert any(stage.startswith("paint the tile: step") for stage in stages)
    assert http.post(f"/v2/requests/{job}/cancel").status_code == 200
    after = ended(http, submitted(http))
    assert after["status"] == "COMPLETED"
    assert ended(http, job)["status"] == "FAILED"


def test_a_sync_call_is_the_same_road(http: httpx.Client) -> None:
    ended(http, submitted(http))
    answer = http.post(SYNC, json={**WISH, "image_1": data_url()})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/webp"


def test_a_door_without_workers_takes_what_others_paint(tmp_path: Path) -> None:
    """No weights and no card here: the job waits for a worker that has them."""
    with (
        serving(tmp_path / "data", "--workers", "0", "--engine", "qwen") as door,
        httpx.Client(base_url=door.url, timeout=PATIENCE, verify=NO_TLS) as http,
    ):
        job = submitted(http, mode="fast")
        assert http.get(f"/v2/requests/{job}/status").json()["status"] == "QUEUED"
        refused = http.post(ASYNC, json={**WISH, "image_1": data_url(), "elements": 5})
        assert refused.status_code == 400
