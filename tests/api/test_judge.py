"""The operator's own judge looks at every photo before the engine does."""

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.api.people import ASYNC, fault, wish
from tests.serving import NO_TLS, Service, serving, until


def gray(level: int) -> str:
    """A photo of one gray, as base64."""
    file = io.BytesIO()
    Image.new("RGB", (64, 64), (level, level, level)).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    judge = "tests.api.judges:no_dark_photos"
    with serving(tmp_path_factory.mktemp("judged") / "data", photo_judge=judge) as service:
        yield service


def ended(service: Service, **changes: Any) -> httpx.Response:
    body = wish(**changes)
    job = httpx.post(f"{service.url}{ASYNC}", json=body, verify=NO_TLS).json()["request_id"]
    address = f"{service.url}/v2/requests/{job}"
    until(lambda: httpx.get(address, verify=NO_TLS).json()["status"] in ("COMPLETED", "FAILED"))
    return httpx.get(address, verify=NO_TLS)


def test_a_refused_photo_fails_the_job_with_the_judges_reason(judged: Service) -> None:
    for photos in ({"image_1": gray(10)}, {"image_2": gray(10)}):
        body = fault(ended(judged, **photos), 422, "content_blocked")
        assert body["error"] == "the photo is too dark for this service"


def test_other_photos_go_on_to_the_engine(judged: Service) -> None:
    assert ended(judged, width=256, height=256).json().get("code") != "content_blocked"


def test_a_judge_that_breaks_lets_nothing_through(folder: Path) -> None:
    service = Service.at(folder, photo_judge="tests.api.judges:broken")
    with service.start() as process:
        try:
            until(service.is_ready)
            fault(ended(service), 422, "judge_broke")
        finally:
            process.terminate()
    assert "no model" in service.log.read_text()


@pytest.mark.parametrize("name", ["no.such.module:judge", "nowhere:judge", "no colon"])
def test_a_judge_that_is_not_there_is_refused_at_the_start(folder: Path, name: str) -> None:
    service = Service.at(folder, photo_judge=name)

    refused = service.cli(*service.command)

    assert refused.returncode == 2
    assert "TILEWRIGHT_PHOTO_JUDGE" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
