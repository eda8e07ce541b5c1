"""Parts that take what is sent and never answer: doors say so, and do not hang with them."""

import asyncio
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.database.postgres import Cluster
from tests.serving import NO_TLS, PATIENCE, serving, until
from tilewright.api.operations import PROBLEMS
from tilewright.api.probe import Probe, takes_photos
from tilewright.store import Access, open_blobs

ASKERS = 50
"""More than a door has threads to answer in."""

SOON = 20.0
"""Seconds, of which an answer takes two and a crowded machine the rest."""


def is_open(connection: socket.socket) -> bool:
    """Whether who is at its other end still waits for an answer."""
    connection.setblocking(False)
    try:
        while connection.recv(65536):
            pass
    except BlockingIOError:
        return True
    return False


def test_nobody_waits_as_long_as_the_store_may_take_and_it_is_asked_once_for_all() -> None:
    async def asked(probe: Probe[bool]) -> list[bool | None]:
        return await asyncio.gather(*(probe.answer() for _ in range(3)))

    with socket.create_server(("127.0.0.1", 0)) as silent:
        access = Access(f"http://127.0.0.1:{silent.getsockname()[1]}", "here", "id", "a secret")
        probe = Probe("the store", partial(takes_photos, open_blobs("s3://tiles", access)))

        assert asyncio.run(asked(probe)) == [None] * 3
        connection, _ = silent.accept()
        with connection:
            assert is_open(connection), "the store could still have answered"
        silent.setblocking(False)
        with pytest.raises(BlockingIOError):
            silent.accept()


def test_a_probe_that_breaks_says_so_and_asks_again() -> None:
    answers = iter([ZeroDivisionError, "well"])

    def ask() -> str:
        if (answer := next(answers)) is ZeroDivisionError:
            raise ZeroDivisionError
        return str(answer)

    async def asked() -> str | None:
        probe = Probe("it", ask)
        with pytest.raises(ZeroDivisionError):
            await probe.answer()
        return await probe.answer()

    assert asyncio.run(asked()) == "well"


LEAVES = """
import asyncio, threading
from tilewright.api.probe import Probe
assert asyncio.run(Probe("it", threading.Event().wait).answer()) is None
"""


def test_a_part_that_hangs_for_ever_keeps_no_process_from_its_end() -> None:
    assert subprocess.run([sys.executable, "-c", LEAVES], timeout=PATIENCE).returncode == 0


def test_a_door_whose_database_hangs_lives_and_says_what_is_wrong(
    folder: Path, cluster: Cluster
) -> None:
    database = cluster.ready_database()
    with serving(folder, "--workers", "0", database_url=database) as service:
        picture = f"{service.url}/uploads/{uuid4()}/photo.png"
        ask = partial(httpx.get, timeout=PATIENCE, verify=NO_TLS)
        with ThreadPoolExecutor(ASKERS) as askers:
            with cluster.frozen():  # each is given a connection of its own by it
                waits = [askers.submit(ask, picture) for _ in range(ASKERS)]
                ask(f"{service.url}/ready")
            assert {wait.result().status_code for wait in waits} <= {404, 503}
            with cluster.frozen():
                waits = [askers.submit(ask, picture) for _ in range(ASKERS)]
                answers = [
                    ask(f"{service.url}{path}", timeout=SOON)
                    for path in ("/ready", "/metrics", "/live")
                ]
                assert not all(wait.done() for wait in waits), "the database answered"
        until(service.is_ready)

    ready, told, live = answers
    body = ready.json()
    assert (ready.status_code, body["ready"], body["database"]) == (503, False, False)
    assert PROBLEMS["database"] in body["problems"]
    assert 'tilewright_part_ready{part="database"} 0.0' in told.text
    assert 'tilewright_part_ready{part="store"} 1.0' in told.text
    assert live.status_code == 200
    log = service.log.read_text()
    for words in ("the database does not answer within 2 s", "the database answers again"):
        assert 1 <= log.count(f"WARNING tilewright.api.probe: {words}") <= 2
