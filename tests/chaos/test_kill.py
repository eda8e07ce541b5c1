"""kill -9 of anything, at any moment: nothing accepted is lost, and nobody is charged twice."""

import random
import shutil
import threading
from pathlib import Path

from sqlalchemy import update

from tests.chaos.service import PHOTO, Service, alive, children, kill
from tests.serving import until
from tilewright.client import Client, ServiceError
from tilewright.database import reading, writing
from tilewright.database.tables import jobs

ROUNDS = 20
CLIENTS = 4
PAUSE = "pause=0.004"


class Crowd:
    """Clients that submit one job after the other, look at some and cancel some, until told."""

    def __init__(self, service: Service) -> None:
        self.accepted: list[str] = []
        self.wrong: list[BaseException] = []
        self._service = service
        self._enough = threading.Event()
        self._threads = [threading.Thread(target=self._go, args=[n]) for n in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._enough.set()
        for thread in self._threads:
            thread.join()

    def goes_on(self, jobs: int) -> None:
        """Wait until so many more were accepted, or something went wrong."""
        enough = len(self.accepted) + jobs
        until(lambda: len(self.accepted) >= enough or self.wrong)
        assert self.wrong == []

    def _go(self, number: int) -> None:
        chance = random.Random(number)
        try:
            with self._service.client() as client:
                turn = 0
                while not self._enough.is_set():
                    turn += 1
                    self._once(client, f"stone{number}x{turn} {PAUSE}", chance.random())
        except BaseException as error:
            self.wrong.append(error)

    def _once(self, client: Client, prompt: str, dice: float) -> None:
        """The client waits through every restart by itself; a submit that got lost is sent again
        with its key, and is one job.
        """
        job = client.submit_async(prompt=prompt, image_1=f"data:image/png;base64,{PHOTO}")
        self.accepted.append(job.request_id)
        if dice < 0.1:
            job.cancel()
        elif dice < 0.5:
            assert job.status()["request_id"] == job.request_id
        self._enough.wait(0.02)


def test_twenty_kills_in_a_row_lose_nothing_and_charge_once(tmp_path: Path) -> None:
    chance = random.Random(20)
    victims = (["door", "queue", "worker"] * ROUNDS)[:ROUNDS]
    chance.shuffle(victims)
    with Service(tmp_path) as there:
        there.start()
        workers = [there.hire(), there.hire()]
        crowd = Crowd(there)
        for what in victims:
            crowd.goes_on(chance.randint(1, 40))
            match what:
                case "door":
                    there.kill()
                    there.start()
                case "queue":
                    kill(there.queue_pid())
                case "worker":
                    victim = workers.pop(chance.randrange(2))
                    victim.kill()
                    victim.wait()
                    workers.append(there.hire())
        crowd.stop()
        assert crowd.wrong == []
        there.all_end()
        there.check(crowd.accepted)
        assert len(set(crowd.accepted)) == len(crowd.accepted)
        assert set(crowd.accepted) == set(there.states())


def lease_is_over(there: Service) -> None:
    """As if the time had passed in which a dead worker might still be heard."""
    with writing(there.database) as tx:
        tx.execute(update(jobs).where(jobs.c.state == "PROCESSING").values(lease_until=0.0))


def test_a_job_that_kills_its_workers_fails_and_is_refunded(tmp_path: Path) -> None:
    with Service(tmp_path) as there:
        there.start()
        poison = there.submit("poison die")
        for _ in range(3):
            worker = there.hire()
            worker.wait(60)
            lease_is_over(there)
        there.hire()
        good = there.submit("good")
        there.all_end()

        answer = there.get(f"/v2/requests/{poison}")
        assert (answer.status_code, answer.json()["code"]) == (422, "worker_lost")
        assert there.ran("poison").count("tick") == 3
        assert there.state(good) == "COMPLETED"
        there.check([poison, good])


def test_a_killed_service_leaves_no_process_behind(tmp_path: Path) -> None:
    with Service(tmp_path) as there:
        there.start("--workers", "1")
        assert there.door is not None
        door = there.door.pid
        until(lambda: len(children(door)) == 2)
        family = children(door)
        there.kill()
        until(lambda: not any(alive(pid) for pid in family))


def test_the_queues_store_may_be_deleted_under_waiting_jobs(tmp_path: Path) -> None:
    with Service(tmp_path) as there:
        there.start()
        accepted = [there.submit(f"stone{number}") for number in range(100)]
        shutil.rmtree(tmp_path / "nats" / "jetstream")
        accepted += [there.submit(f"brick{number}") for number in range(20)]
        kill(there.queue_pid())
        there.hire()
        there.all_end()
        assert set(there.states().values()) == {"COMPLETED"}
        there.check(accepted)


def attempts(there: Service) -> dict[str, tuple[int, int]]:
    with reading(there.database) as tx:
        rows = tx.execute(jobs.select()).all()
    return {row.id: (row.attempt, row.losses) for row in rows}


def test_a_running_job_does_not_notice_that_the_door_is_killed(tmp_path: Path) -> None:
    with Service(tmp_path) as there:
        there.start()
        there.hire()
        job = there.submit("long ticks=100 pause=0.02")
        until(lambda: "tick" in there.ran("long"))
        there.kill()
        there.start()
        there.all_end()
        assert there.state(job) == "COMPLETED"
        assert attempts(there)[job] == (1, 0)


def test_a_client_waits_through_a_kill_of_the_server(tmp_path: Path) -> None:
    with Service(tmp_path) as there, there.client() as client:
        there.start()
        there.hire()
        job = client.submit_async(
            prompt="long ticks=100 pause=0.02", image_1=f"data:image/png;base64,{PHOTO}"
        )
        found: list[object] = []

        def wait() -> None:
            try:
                found.append(job.wait(interval=0.05)["status"])
            except ServiceError as error:
                found.append(error)

        waiting = threading.Thread(target=wait)
        waiting.start()
        until(lambda: "tick" in there.ran("long"))
        there.kill()
        there.start()
        waiting.join()
        assert found == ["COMPLETED"]
