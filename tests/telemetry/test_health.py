"""A worker's own port tells the truth about it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.api.people import ASYNC, wish
from tests.house.tree import HOUSE
from tests.ports import free_port
from tests.serving import NO_TLS, PATIENCE, Service, serving, until
from tilewright.telemetry.vitals import DEAD_SECONDS, Vitals


class Told(NamedTuple):
    """What a worker's port says."""

    url: str

    def problems(self) -> list[str] | None:
        """None while nobody answers."""
        try:
            answer = httpx.get(f"{self.url}/ready", verify=NO_TLS)
        except httpx.TransportError:
            return None
        body: dict[str, Any] = answer.json()
        assert (answer.status_code, body["ready"]) in ((200, True), (503, False))
        assert bool(body["problems"]) != body["ready"]
        return list(body["problems"])

    def samples(self) -> dict[tuple[str, ...], float]:
        text = httpx.get(f"{self.url}/metrics", verify=NO_TLS).text
        return {
            (sample.name, *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }


@contextmanager
def working(service: Service, *command: str) -> Iterator[Told]:
    """A worker with a port, until the block ends."""
    port = free_port()
    variables = service.environment | {"TILEWRIGHT_HEALTH_PORT": str(port)}
    line = [sys.executable, "-m", *(command or ("tilewright", "worker"))]
    with (
        service.folder.with_name("worker.log").open("ab") as log,
        subprocess.Popen(line, cwd=HOUSE, env=variables, stdout=log, stderr=log) as worker,
    ):
        try:
            yield Told(f"http://127.0.0.1:{port}")
        finally:
            worker.terminate()
            worker.wait(PATIENCE)


def test_a_worker_that_lost_its_queue_lives_and_is_not_ready(tmp_path: Path) -> None:
    with ExitStack() as first, ExitStack() as stack:
        door = first.enter_context(serving(tmp_path / "data", "--workers", "0"))
        told = stack.enter_context(working(door))
        until(lambda: told.problems() == [])
        assert httpx.get(f"{told.url}/live", verify=NO_TLS).json() == {"live": True}
        assert httpx.get(f"{told.url}/other", verify=NO_TLS).status_code == 404
        samples = told.samples()
        assert samples["tilewright_worker_ready",] == 1
        assert samples["tilewright_worker_busy",] == 0
        assert samples["process_resident_memory_bytes",] > 0

        taken = door.cli("worker", "--health-port", told.url.rpartition(":")[2])
        assert taken.returncode == 2
        assert "name another with --health-port" in taken.stderr

        first.close()
        until(lambda: told.problems() == ["the queue does not answer"])
        assert httpx.get(f"{told.url}/live", verify=NO_TLS).status_code == 200
        with serving(tmp_path / "data", "--workers", "0"):
            until(lambda: told.problems() == [])
            stack.close()
    log = (tmp_path / "worker.log").read_text()
    lacks, has, leaves = " waits for the queue: ", " has a line to the queue\n", " was told to go: "
    assert log.index(lacks) < log.index(has) < log.index(leaves)
    assert log.count(" is ready for jobs ") == 1


def test_a_worker_whose_engine_is_broken_is_not_ready(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    (folder / "diary").mkdir(parents=True)
    diary = ("tests.queue.worker_process", str(folder), "15", "2")
    with serving(folder, "--workers", "0") as door, working(door, *diary) as told:

        def submit(prompt: str, number: int = 1) -> None:
            for _ in range(number):
                answer = httpx.post(f"{door.url}{ASYNC}", json=wish(prompt=prompt), verify=NO_TLS)
                assert answer.status_code == 200

        submit("bad break", 3)
        until(lambda: told.problems() == ["the engine broke on the last 3 jobs"])
        assert told.samples()["tilewright_worker_jobs_total", "engine_broke"] == 3
        submit("good")
        until(lambda: told.problems() == [])
        assert told.samples()["tilewright_worker_jobs_total", "completed"] == 1


def test_a_worker_that_loads_or_hangs_says_so() -> None:
    now = 0.0
    vitals = Vitals(lambda: now)
    vitals.connected = lambda: True
    assert (vitals.lives(), vitals.problems()) == (True, ["it loads its engine"])

    vitals.loading = False
    vitals.beat()
    assert (vitals.lives(), vitals.problems()) == (True, [])
    now += DEAD_SECONDS
    assert (vitals.lives(), vitals.problems()) == (False, ["its event loop hangs"])
    vitals.beat()
    vitals.leaving = True
    assert vitals.problems() == ["it was told to go and takes no more jobs"]
