"""Each request is for one engine, said from the start; one that no worker has is waited for."""

import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from tests.api.people import ASYNC, Customer, customers, fault, fields, wish
from tests.house.tree import HOUSE
from tests.serving import NO_TLS, PATIENCE, Service, serving, until
from tilewright.database import open_database, reading
from tilewright.jobs import find

PATIENT = 4.0
"""Seconds that a job waits for a worker of its engine; one that loads says so within three."""


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A door to a fleet of both engines, no worker of which is there."""
    folder = tmp_path_factory.mktemp("fleet") / "data"
    (folder / "diary").mkdir(parents=True)
    fleet = {"engines": "synthesis, qwen", "no_worker_seconds": str(PATIENT)}
    with serving(folder, "--workers", "0", **fleet) as door:
        yield door


@pytest.fixture(scope="module")
def ledger(fleet: Service) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{fleet.folder / 'tilewright.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def ann(fleet: Service, ledger: Engine) -> Iterator[Customer]:
    with customers(fleet, ledger) as customer:
        yield customer


@pytest.mark.parametrize(
    ("wishes", "engine"),
    [
        ({}, "synthesis"),
        ({"engine": "auto"}, "synthesis"),
        ({"engine": "qwen"}, "qwen"),
        ({"engine": "synthesis", "elements": 4}, "synthesis"),
        ({"mode": "fast"}, "qwen"),
        ({"seamless": "x"}, "qwen"),
        ({"elements": 4}, "synthesis"),
        ({"straighten": False}, "synthesis"),
        ({"width": 2048, "height": 2048}, "synthesis"),
    ],
)
def test_a_request_is_for_the_first_engine_that_can_do_all_of_it(
    wishes: dict[str, Any], engine: str, ann: Customer, ledger: Engine
) -> None:
    job = ann.submit(**wishes)
    with reading(ledger) as tx:
        assert find(tx, None, job, time.time()).engine == engine


@pytest.mark.parametrize(
    ("wishes", "field", "words"),
    [
        ({"engine": "qwen", "elements": 4}, "elements", "by the synthesis engine only"),
        ({"engine": "synthesis", "steps": 4}, "steps", "by the qwen engine only"),
        ({"mode": "fast", "elements": 4}, "mode", "by the qwen engine only"),
        ({"engine": "qwen", "straighten": False}, "straighten", "by the synthesis engine only"),
        ({"engine": "diffusion"}, "engine", "qwen"),
    ],
)
def test_what_no_engine_can_do_is_refused(
    wishes: dict[str, Any], field: str, words: str, ann: Customer
) -> None:
    assert words in fields(ann.http.post(ASYNC, json=wish(**wishes)))[field]


def test_an_engine_that_is_not_offered_is_refused(waiting: Customer) -> None:
    refused = fields(waiting.http.post(ASYNC, json=wish(engine="qwen")))
    assert "this service has synthesis" in refused["engine"]


def test_a_job_without_a_worker_says_so_and_is_refunded_in_the_end(ann: Customer) -> None:
    before = ann.balance()
    job = ann.submit(engine="qwen")
    status = ann.status(job)
    if status["status"] == "QUEUED":  # a machine may be slow
        assert status["waiting_for"].startswith("a worker of the qwen engine: none is running")
        assert status["eta_seconds"] is None
    failed = ann.result(job)
    assert (failed["status"], failed["code"]) == ("FAILED", "no_worker")
    assert "no worker of the qwen engine was there for 4 s" in failed["error"]
    assert ann.balance() == before


def test_a_job_whose_engine_has_a_worker_is_waited_for(fleet: Service, ann: Customer) -> None:
    """However long the worker is busy with others."""
    command = [sys.executable, "-m", "tests.queue.worker_process", str(fleet.folder), "15", "2"]
    with subprocess.Popen([*command, "qwen"], cwd=HOUSE) as worker:
        try:
            until(lambda: httpx.get(f"{fleet.url}/ready", verify=NO_TLS).json()["workers"] == 1)
            seconds = PATIENT + 3
            first = ann.submit(engine="qwen", prompt=f"busy ticks={10 * seconds:.0f} pause=0.1")
            second = ann.submit(engine="qwen", prompt="after")
            until(lambda: ann.status(first)["status"] == "PROCESSING")
            assert ann.status(second)["waiting_for"] is None
            assert ann.result(second)["status"] == "COMPLETED"
        finally:
            worker.terminate()
            worker.wait(PATIENCE)
    until(lambda: httpx.get(f"{fleet.url}/ready", verify=NO_TLS).json()["workers"] == 0)


def test_only_a_key_that_may_asks_for_priority(
    fleet: Service, ledger: Engine, ann: Customer
) -> None:
    answer = ann.http.post(ASYNC, json=wish(priority="high"))
    assert "--priority" in fault(answer, 403, "forbidden")["error"]
    ann.submit(priority="normal")

    with customers(fleet, ledger, priority=True) as bob:
        urgent, usual = bob.submit(priority="high"), bob.submit()
        with reading(ledger) as tx:
            assert [find(tx, None, job, time.time()).priority for job in (urgent, usual)] == [-1, 0]


def test_the_operator_makes_such_a_key_by_the_command(fleet: Service) -> None:
    account = fleet.account_by_command("important", "1", "--priority")
    with account.line(fleet) as http:
        answer = http.post(ASYNC, json=wish(priority="high"))
        assert answer.status_code == 200, answer.text
