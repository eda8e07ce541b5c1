"""Several door processes at one port are one service: whichever answers, it says the same."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from tests.api.people import ASYNC, wish
from tests.database.postgres import Cluster
from tests.ports import free_port
from tests.serving import PATIENCE, Account, Service, serving, until

LISTENS = "0A"
"""The state of a socket, as the system writes it."""

DOORS = 2
ASKED = 16
"""Connections: that one of two doors gets them all happens once in 32,768 times."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, cluster: Cluster) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("doors") / "data"
    options = ("--workers", "0", "--doors", str(DOORS))
    with serving(folder, *options, database_url=cluster.ready_database()) as service:
        until(lambda: listening(service) == DOORS)
        yield service
    assert beside(service) == []


def listening(service: Service) -> int:
    """How many sockets take connections at its port."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(line[1].endswith(f":{service.port:04X}") and line[3] == LISTENS for line in lines)


def beside(service: Service) -> list[int]:
    """The processes of the doors that were started by the first."""
    words = "\0".join(["serve", "--host", "127.0.0.1", "--port", str(service.port)])
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError):
            line = (folder / "cmdline").read_text()
            found += [int(folder.name)] if words in line and "--with-parent" in line else []
    return found


@contextmanager
def anybody(ann: Account, service: Service) -> Iterator[httpx.Client]:
    """A new connection, which any of the doors may get."""
    with ann.line(service) as line:
        yield line


def test_an_order_is_taken_once_and_counted_in_full_whichever_door_it_comes_to(
    service: Service,
) -> None:
    ann = service.account("ann", "1")
    jobs = set()
    for _ in range(ASKED):
        with anybody(ann, service) as line:
            answer = line.post(ASYNC, json=wish(), headers={"idempotency-key": "one"})
            jobs.add(answer.json()["request_id"])
    (job,) = jobs
    told = [
        f'tilewright_requests_total{{method="POST",route="/v2/{{slug}}",status="200"}} {ASKED}.0',
        'tilewright_queued_jobs{engine="synthesis"} 1.0',
    ]
    for _ in range(ASKED):
        with anybody(ann, service) as line:
            assert line.get(f"/v2/requests/{job}").json()["status"] == "QUEUED"
            assert line.get("/v1/get-user-credits").json() == {"credits": 0.98}
            assert set(told) <= set(line.get("/metrics").text.splitlines())


def test_a_door_that_was_killed_comes_back(service: Service) -> None:
    (one,) = beside(service)

    os.kill(one, signal.SIGKILL)

    until(lambda: beside(service) not in ([], [one]) and listening(service) == DOORS)


def test_doors_go_with_the_first(folder: Path, cluster: Cluster) -> None:
    options = ("--workers", "0", "--doors", str(DOORS))
    service = Service.at(folder, *options, database_url=cluster.ready_database())
    with service.start() as first:
        until(lambda: listening(service) == DOORS)
        first.kill()
        first.wait(PATIENCE)

    until(lambda: beside(service) == [] and listening(service) == 0)


@pytest.mark.parametrize("named", [True, False])
def test_several_doors_on_sqlite_are_refused(folder: Path, named: bool) -> None:
    settings = {"database_url": f"sqlite:///{folder}/named.db"} if named else {}
    service = Service.at(folder, **settings)

    refused = service.cli("serve", "--port", str(free_port()), "--doors", "2")

    assert refused.returncode == 2
    assert "set TILEWRIGHT_DATABASE_URL to a PostgreSQL database" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
