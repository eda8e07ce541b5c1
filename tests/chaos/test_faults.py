"""The disk is full, the database is locked, the operator is impatient, the doors are two."""

import base64
import resource
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.chaos.service import Service
from tests.database.postgres import Cluster
from tests.house.tree import HOUSE
from tests.serving import until
from tilewright.accounts import differences
from tilewright.database import reading
from tilewright.database.tables import jobs
from tilewright.queue import QueueServer

POLLS = 40

WALL = base64.b64encode((HOUSE / "examples" / "old_brick_grey.jpg").read_bytes()).decode()


@contextmanager
def full_disk(pid: int, room: int = 0) -> Iterator[None]:
    """Every write of a process beyond `room` bytes of a file fails, as on a full disk."""
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


@contextmanager
def locked(service: Service) -> Iterator[None]:
    """Another program holds the database."""
    holder = sqlite3.connect(service.folder / "tilewright.db", isolation_level=None, timeout=30)
    holder.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        holder.execute("ROLLBACK")
        holder.close()


def losses(service: Service) -> int:
    with reading(service.database) as tx:
        return sum(tx.scalars(select(jobs.c.losses)))


def test_a_full_disk_is_told_and_survived(tmp_path: Path) -> None:
    with Service(tmp_path) as there:
        there.start()
        there.hire()
        accepted = [there.submit("before")]
        there.all_end()
        assert there.door is not None
        with full_disk(there.door.pid):
            answer = there.post("refused")
            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) > 0
            assert answer.json()["code"] in ("database_busy", "store_unusable")
            assert "disk" in answer.json()["error"]
            assert there.get(f"/v2/requests/{accepted[0]}/status").status_code == 200
            told = there.get("/ready")
            assert (told.status_code, told.json()["store"]) == (200, False)
            assert "the disk may be full" in " ".join(told.json()["problems"])
        until(lambda: there.get("/ready").json()["store"])
        accepted.append(there.submit("after"))
        there.all_end()
        assert set(there.states()) == set(accepted)
        there.check(accepted)
        known = {path.name for path in (tmp_path / "blobs").iterdir()}
        assert len(known) == 4  # two photos and two tiles


def test_a_full_disk_in_mid_job_loses_no_job(tmp_path: Path) -> None:
    with Service(tmp_path) as there:
        there.start()
        there.hire()
        job = there.submit("long ticks=20 pause=0.02")
        until(lambda: "tick" in there.ran("long"))
        assert there.door is not None
        with full_disk(there.door.pid):
            until(lambda: "end" in there.ran("long"))
        there.all_end()
        assert there.state(job) == "COMPLETED"
        there.check([job])


def test_a_worker_whose_disk_is_full_fails_the_job_with_that_reason(tmp_path: Path) -> None:
    with Service(tmp_path) as there:
        there.start()
        worker = there.hire()
        with full_disk(worker.pid, room=60):  # for the engine's diary, not for a tile
            job = there.submit("first")
            there.all_end()
        answer = there.get(f"/v2/requests/{job}")
        assert (answer.status_code, answer.json()["code"]) == (422, "store_unusable")
        assert "the disk may be full" in answer.json()["error"]
        after = there.submit("after")
        there.all_end()
        assert there.state(after) == "COMPLETED"
        there.check([job, after])


def test_while_the_database_is_locked_submits_wait_and_polls_go_on(tmp_path: Path) -> None:
    with Service(tmp_path) as there:
        there.start()
        there.hire()
        first = there.submit("long ticks=100 pause=0.02")
        until(lambda: "tick" in there.ran("long"))
        answers: list[int] = []
        waiting = [
            threading.Thread(target=lambda: answers.append(there.post("waits").status_code))
            for _ in range(POLLS)
        ]
        with locked(there):
            for thread in waiting:
                thread.start()
            for _ in range(POLLS):
                assert there.get(f"/v2/requests/{first}/status").status_code == 200
            assert answers == []
        for thread in waiting:
            thread.join()
        assert answers == [200] * POLLS
        there.all_end()
        assert losses(there) == 0
        there.check(list(there.states()))


def test_a_long_lock_costs_no_running_job_its_worker(tmp_path: Path) -> None:
    """Longer than a lease, which nobody can renew meanwhile."""
    with Service(tmp_path) as there:
        there.start()
        there.hire()
        first = there.submit("long ticks=850 pause=0.02")
        until(lambda: "tick" in there.ran("long"))
        began = time.monotonic()
        with locked(there):
            answer = there.post("refused", timeout=40)
            until(lambda: time.monotonic() > began + 16)
        assert answer.status_code in (200, 503)
        if answer.status_code == 503:
            assert answer.json()["code"] == "database_busy"
            assert int(answer.headers["retry-after"]) > 0
        there.all_end()
        assert losses(there) == 0
        assert there.ran("long").count("end") == 1
        there.check([first])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_told_to_stop_in_mid_job_it_finishes_or_hands_back(number: int, tmp_path: Path) -> None:
    """With its own worker and the real engine."""
    with Service(tmp_path) as there:
        there.start("--workers", "1")
        job = there.submit("Extract stone texture from the wall.")
        until(lambda: there.state(job) != "QUEUED")
        assert there.door is not None
        there.door.send_signal(number)
        assert there.door.wait(60) == 0
        assert there.state(job) in ("QUEUED", "COMPLETED", "FAILED")
        assert losses(there) == 0
        with reading(there.database) as tx:
            assert differences(tx) == []


def test_an_operator_says_how_long_a_job_may_finish(tmp_path: Path) -> None:
    """Not at all here: of a tile that takes seconds the job is handed back."""
    with Service(tmp_path, TILEWRIGHT_GRACE_SECONDS="0") as there:
        there.start("--workers", "1")
        answer = there.post("Extract stone texture from the wall.", image_1=WALL)
        job = answer.json()["request_id"]
        until(lambda: there.state(job) != "QUEUED")
        assert there.door is not None
        there.door.terminate()
        assert there.door.wait(60) == 0
        assert there.state(job) == "QUEUED"
        assert losses(there) == 0


def test_told_twice_it_does_not_wait_for_the_job(tmp_path: Path) -> None:
    with Service(tmp_path, TILEWRIGHT_GRACE_SECONDS="600") as there:
        there.start("--workers", "1")
        answer = there.post("Extract stone texture.", image_1=WALL, width=4096)
        job = answer.json()["request_id"]
        until(lambda: there.state(job) != "QUEUED")
        assert there.door is not None
        there.door.send_signal(signal.SIGINT)
        there.door.send_signal(signal.SIGTERM)
        assert there.door.wait(60) == 0
        assert there.state(job) == "QUEUED"
        assert losses(there) == 0


def test_two_doors_share_one_database_and_one_dies(tmp_path: Path, cluster: Cluster) -> None:
    url = cluster.ready_database()
    with QueueServer(tmp_path) as queue:
        assert queue.token is not None
        common = {
            "TILEWRIGHT_NATS_URL": queue.url,
            "TILEWRIGHT_NATS_TOKEN": queue.token,
            "TILEWRIGHT_STORE_URL": str(tmp_path / "blobs"),
        }
        with (
            Service(tmp_path, url, **common) as left,
            Service(tmp_path / "right", url, **common) as right,
        ):
            left.start()
            right.start()
            left.hire()
            right.key = left.key
            accepted = []
            for turn in range(30):
                accepted.append((left, right)[turn % 2].submit(f"stone{turn} pause=0.01"))
            left.kill()
            accepted += [right.submit(f"brick{turn}") for turn in range(10)]
            right.all_end()
            right.check(accepted)
