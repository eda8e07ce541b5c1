"""For those who run the service: it says whether it is well, and what it offers."""

import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.api.people import PRICE, Customer, fault, wish
from tests.serving import NO_TLS, PATIENCE, Service, until
from tilewright import __version__

EXAMPLES = "15"


class Page(HTMLParser):
    """What a page holds: its open elements, its text, and the addresses it needs."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.needs: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.needs += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.text += data


def samples(service: Service) -> dict[tuple[str, tuple[str, ...]], float]:
    """Each sample of the metrics by its name and the values of its labels."""
    text = httpx.get(f"{service.url}/metrics", verify=NO_TLS).text
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_it_says_that_it_lives_and_is_ready(alone: Service) -> None:
    for path in ("/health", "/live"):
        answer = httpx.get(f"{alone.url}{path}", verify=NO_TLS).json()
        assert answer == {"status": "ok", "version": __version__}
    ready = httpx.get(f"{alone.url}/ready", verify=NO_TLS)
    body = ready.json()
    assert (ready.status_code, body["ready"]) == (200, True)
    assert (body["database"], body["queue"], body["store"]) == (True, True, True)


@pytest.mark.parametrize("path", ["/health", "/live", "/ready", "/metrics"])
def test_probes_may_ask_for_no_more_than_the_status(alone: Service, path: str) -> None:
    answer = httpx.head(f"{alone.url}{path}", verify=NO_TLS)

    assert (answer.status_code, answer.content) == (200, b"")


def test_a_door_without_a_worker_is_ready_and_says_what_it_lacks(alone: Service) -> None:
    body = httpx.get(f"{alone.url}/ready", verify=NO_TLS).json()

    assert (body["ready"], body["workers"]) == (True, 0)
    assert ["no worker is alive" in problem for problem in body["problems"]] == [True]


def test_workers_are_counted_whether_they_wait_or_run(ann: Customer) -> None:
    def told() -> dict[str, Any]:
        found: dict[str, Any] = httpx.get(f"{ann.service.url}/ready", verify=NO_TLS).json()
        return found

    until(lambda: told()["workers"] == 1)
    job = ann.running()
    until(lambda: told()["workers"] == 1)
    assert told()["problems"] == []
    ann.http.post(f"/v2/requests/{job}/cancel")


def test_its_metrics_count_answers_and_jobs(ann: Customer) -> None:
    route = "/v2/requests/{request_id}/status"
    before = samples(ann.service)
    job = ann.submit()
    ann.result(job)
    for _ in range(3):
        ann.status(job)
    httpx.request("BREW", f"{ann.service.url}/v2/requests/{job}/status", verify=NO_TLS)
    httpx.get(f"{ann.service.url}/no/such/page", verify=NO_TLS)

    after = samples(ann.service)
    grown = {key: value - before.get(key, 0) for key, value in after.items()}
    assert grown["tilewright_requests_total", ("GET", route, "200")] >= 3
    assert grown["tilewright_requests_total", ("GET", "none", "404")] == 1
    assert grown["tilewright_ended_jobs_total", ("synthesis", "completed")] == 1
    assert grown["tilewright_wait_seconds_count", ("synthesis",)] == 1
    assert grown["tilewright_dollars_total", ("charged",)] == pytest.approx(float(PRICE))
    assert grown["tilewright_request_seconds_count", (route,)] >= 3
    assert not [key for key in after if job in str(key) or "BREW" in str(key)]


def test_its_metrics_tell_of_queues_workers_and_parts(ann: Customer) -> None:
    def told() -> dict[tuple[str, tuple[str, ...]], float]:
        return samples(ann.service)

    until(lambda: told()["tilewright_workers", ("synthesis", "ready")] == 1)
    job = ann.running()
    other = ann.submit()
    until(lambda: told()["tilewright_running_jobs", ("synthesis",)] == 1)
    now = told()
    assert now["tilewright_queued_jobs", ("synthesis",)] == 1
    assert 0 < now["tilewright_oldest_queued_seconds", ("synthesis",)] < PATIENCE
    assert now["tilewright_queued_jobs", ("qwen",)] == 0
    assert [now["tilewright_part_ready", (part,)] for part in ("database", "queue", "store")] == [
        1,
        1,
        1,
    ]

    for one in (other, job):
        ann.http.post(f"/v2/requests/{one}/cancel")
        ann.http.post(f"/v2/requests/{one}/cancel")
    failed = ann.submit(prompt="bad refuse")
    ann.result(failed)
    grown = {key: value - now.get(key, 0) for key, value in told().items()}
    ended = "tilewright_ended_jobs_total"
    assert grown[ended, ("synthesis", "cancelled")] == 2
    assert grown[ended, ("synthesis", "surface_unusable")] == 1
    given_back = grown["tilewright_dollars_total", ("given_back",)]
    assert given_back == pytest.approx(3 * float(PRICE))


def test_the_page_of_its_documentation_needs_nothing_else(alone: Service) -> None:
    answer = httpx.get(f"{alone.url}/docs", verify=NO_TLS)

    page = Page(answer.text)
    assert answer.headers["content-type"].startswith("text/html")
    assert {"h1", "table", "pre"} <= set(page.tags)
    assert page.needs == ["/openapi.json"]
    assert f"curl {alone.url}/v2/" in page.text
    for words in ("/v2/{slug}", "/webhook/add", "aspect_ratio", "retention_seconds"):
        assert words in page.text


def test_the_line_on_that_page_works(ann: Customer) -> None:
    page = Page(httpx.get(f"{ann.service.url}/docs", verify=NO_TLS).text).text
    url = re.search(r"curl (\S+)", page)
    assert url
    assert ann.http.post(url[1], json=wish()).status_code == 200


def test_every_field_of_an_answer_is_described(alone: Service) -> None:
    shapes = httpx.get(f"{alone.url}/openapi.json", verify=NO_TLS).json()["components"]["schemas"]

    for name in ("Fault", "Submission", "JobStatus"):
        fields = shapes[name]["properties"]
        assert [field for field, one in fields.items() if not one.get("description")] == []


def test_the_description_knows_422_for_failed_jobs_alone(alone: Service) -> None:
    description: dict[str, Any] = httpx.get(f"{alone.url}/openapi.json", verify=NO_TLS).json()

    known = {
        path
        for path, methods in description["paths"].items()
        for operation in methods.values()
        if "422" in operation["responses"]
    }
    assert known == {"/v1/{slug}", "/v2/requests/{request_id}", "/v2/requests/{request_id}/status"}


def test_the_description_is_whole(alone: Service) -> None:
    description: dict[str, Any] = httpx.get(f"{alone.url}/openapi.json", verify=NO_TLS).json()
    refs = re.findall(
        r'"\$ref": ?"([^"]+)"', httpx.get(f"{alone.url}/openapi.json", verify=NO_TLS).text
    )

    assert description["openapi"].startswith("3.1")
    for ref in refs:
        place: Any = description
        for part in ref.removeprefix("#/").split("/"):
            place = place[part]
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            assert operation["description"], (method, path)
            assert operation["tags"], (method, path)
            if "401" in operation["responses"]:
                assert operation["security"] == [{"key": []}, {"bearer": []}]
                assert "503" in operation["responses"]
    ways = description["components"]["securitySchemes"]
    assert (ways["key"]["name"], ways["bearer"]["scheme"]) == ("x-api-key", "bearer")
    ids = [one["operationId"] for ways in description["paths"].values() for one in ways.values()]
    assert len(ids) == len(set(ids))


UNTOLD = """
[[operations]]
include-method = "POST"
include-path-regex = "^/(v[12]/|upload-asset|webhook/(add|update))"
checks.positive_data_acceptance.enabled = false

[[operations]]
include-path-regex = "^/inference-request/(generations|request-history)$"
checks.positive_data_acceptance.enabled = false

[[operations]]
include-path = "/v1/get-user-credits"
checks.unsupported_method.enabled = false
"""
"""What no schema can say: whether a text is a photo or a public address, whether one day comes
before another, and that an address may be a model's for another method."""


def test_everything_that_the_description_allows_is_answered_as_it_says(
    alone: Service, tmp_path: Path
) -> None:
    ann = alone.account("schemathesis", "1000000")
    (tmp_path / "schemathesis.toml").write_text(UNTOLD)

    ran = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{alone.url}/openapi.json"),
            *("--header", f"x-api-key: {ann.key}", "--max-examples", EXAMPLES),
            *("--seed", "1", "--no-color", "--suppress-health-check", "all"),
        ],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=10 * PATIENCE,
    )

    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr


AGAIN = ("could not be counted", "a round failed and is made again: _recover", "jobs wait in the")
"""What a door says again and again while its database is away: once to everybody."""


def told(service: Service, words: str) -> list[str]:
    return [line for line in service.log.read_text().splitlines() if words in line]


def test_what_breaks_inside_is_told_by_a_number_and_nothing_more(folder: Path) -> None:
    service = Service.at(folder, "--workers", "0", log_level="debug")
    with service.start() as process:
        try:
            until(service.is_ready)
            hook = {"webhook_url": "https://example.com/", "event": {"types": ["*"]}}
            assert (
                httpx.post(f"{service.url}/webhook/add", json=hook, verify=NO_TLS).status_code
                == 200
            )
            with closing(sqlite3.connect(folder / "tilewright.db")) as shell, shell:
                shell.execute("update webhooks set events = 'no JSON'")
            body = fault(httpx.get(f"{service.url}/webhook/get", verify=NO_TLS), 500, "internal")
            ready = httpx.get(f"{service.url}/ready", verify=NO_TLS).status_code
            counted = samples(service)["tilewright_requests_total", ("GET", "/webhook/get", "500")]
            with closing(sqlite3.connect(folder / "tilewright.db")) as shell, shell:
                shell.execute("alter table jobs rename to gone")
            unready = httpx.get(f"{service.url}/ready", verify=NO_TLS)
            until(lambda: min(len(told(service, words)) for words in AGAIN) >= 3)
        finally:
            process.terminate()
            process.wait(PATIENCE)

    for words in AGAIN:
        levels = [line.split()[2] for line in told(service, words)]
        assert levels[0] in ("ERROR", "WARNING")
        assert set(levels[1:]) == {"DEBUG"}
    assert (unready.status_code, unready.json()["database"]) == (503, False)
    assert body["request_id"] in body["error"]
    assert "JSON" not in body["error"]
    assert f"internal error {body['request_id']}" in service.log.read_text()
    assert "JSONDecodeError" in service.log.read_text()
    assert (ready, counted) == (200, 1)
