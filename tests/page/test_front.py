"""How the page is served."""

from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from playwright.sync_api import Page

from tests.serving import NO_TLS, Service
from tilewright.api.front import BUILT, show_front

FIRST_VIEW = 150_000
"""Bytes on the wire."""


def test_nothing_from_elsewhere_and_nothing_written_into_it_may_run(service: Service) -> None:
    answer = httpx.get(service.url, verify=NO_TLS)

    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "<script>" not in answer.text
    assert "://" not in answer.text


def test_its_files_are_kept_for_good_and_the_page_itself_is_asked_for_anew(
    service: Service,
) -> None:
    scripts = (BUILT / "assets").glob("*.js")
    script = max(scripts, key=lambda file: file.stat().st_size).name  # the least come as they are

    answer = httpx.get(f"{service.url}/assets/{script}", verify=NO_TLS)

    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["content-encoding"] == "gzip"
    assert httpx.get(service.url, verify=NO_TLS).headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_who_asks_for_the_head_only_gets_it(service: Service, path: str) -> None:
    answer = httpx.head(service.url + path, verify=NO_TLS)

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"].startswith("text/html")


def test_what_is_not_there_is_answered_like_anywhere(service: Service) -> None:
    answer = httpx.get(f"{service.url}/assets/nothing.js", verify=NO_TLS)

    assert (answer.status_code, answer.json()["code"]) == (404, "http_404")


def test_the_first_view_is_light(page: Page) -> None:
    """All that the browser asks for before anybody does anything."""
    page.wait_for_load_state("networkidle")
    sizes = page.evaluate(
        "['navigation', 'resource'].flatMap((kind) => performance.getEntriesByType(kind))"
        ".map((one) => one.transferSize)"
    )

    assert len(sizes) > 5
    assert sum(sizes) < FIRST_VIEW


@pytest.fixture
def unbuilt(tmp_path: Path) -> TestClient:
    app = FastAPI()
    show_front(app, tmp_path)
    return TestClient(app)


def test_a_page_that_was_not_built_says_how_to_build_it(unbuilt: TestClient) -> None:
    answer = unbuilt.get("/")

    assert "python page/build.py" in answer.text
    assert 'href="docs"' in answer.text
