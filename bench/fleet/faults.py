"""Two minutes of faults under 1,000 jobs: each ends once, and database and store agree.

    python -m bench.fleet.faults --rounds 10
    python -m bench.fleet.faults --partitions    # hosts in network namespaces, as root

Two doors and three workers (the engine does nothing but wait) on PostgreSQL, NATS and an
S3-compatible store, which are real. Every second or two something is killed with -9; PostgreSQL
crashes twice, and the store refuses for ten seconds. With --partitions each part is a host of its
own, whose cable is pulled for a while.
"""

import argparse
import random
import shutil
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from bench.fleet.hosts import Hosts, move_into
from tests.chaos.service import ENDED
from tests.database.postgres import Cluster, running_cluster
from tests.fleet.audit import audit, states
from tests.fleet.clients import Clients
from tests.fleet.fleet import Fleet, Host
from tests.fleet.nats import Nats
from tests.serving import until
from tests.store.s3 import S3

DOORS, WORKERS = 2, 3
PAUSE = 0.2
"""Seconds that the engine waits for each job: 1,000 of them keep three workers busy for 67."""

SHORTEST, LONGEST = 0.5, 2.5
"""Seconds between two kills."""

CUT_SECONDS = (2.0, 20.0)
"""A cable is pulled for so long: shorter and longer than the lease of a job."""

REFUSED_SECONDS = 10.0
CALM_SECONDS = 400.0
"""For all to end once nothing is killed any more; a lost job's lease takes 15 s."""


class Street(NamedTuple):
    """All that can fail."""

    cluster: Cluster
    nats: Nats
    s3: S3
    fleet: Fleet
    hosts: Hosts
    named: dict[str, Host]


@contextmanager
def street(folder: Path, partitions: bool) -> Iterator[Street]:
    hosts, named = Hosts(), {}
    with ExitStack() as stack:
        stack.callback(hosts.close)
        parts = ["here", "database", "queue", "store"]
        parts += [f"door{n}" for n in range(DOORS)] + [f"worker{n}" for n in range(WORKERS)]
        named = {name: hosts.add() if partitions else Host() for name in parts}
        if partitions:
            move_into(named["here"])
        where = named["database"]
        cluster = stack.enter_context(
            running_cluster(where.address if partitions else "", where.inside)
        )
        where = named["queue"]
        nats = stack.enter_context(Nats(folder / "nats", where.address, inside=where.inside))
        where = named["store"]
        s3 = stack.enter_context(S3(folder, where.address, inside=where.inside))
        fleet = Fleet(
            folder / "fleet",
            cluster.new_database(),
            nats,
            s3,
            tuple(named[f"door{n}"] for n in range(DOORS)),
            tuple(named[f"worker{n}"] for n in range(WORKERS)),
        )
        yield Street(cluster, nats, s3, stack.enter_context(fleet), hosts, named)


class Faults:
    """What happens to a street for so many seconds, drawn by `chance`."""

    def __init__(self, there: Street, seconds: float, chance: random.Random) -> None:
        self.done: Counter[str] = Counter()
        self._there = there
        self._chance = chance
        self._end = time.monotonic() + seconds
        self._seconds = seconds
        plans: list[Callable[[], None]] = [self._kill, self._crash_twice, self._refuse]
        if there.named["here"].inside:
            plans.append(self._cut)
        self._threads = [threading.Thread(target=plan) for plan in plans]

    def pass_by(self) -> None:
        """Begin, and come back when all is over and everything runs again."""
        for thread in self._threads:
            thread.start()
        for thread in self._threads:
            thread.join()
        until(self._all_run)

    def _all_run(self) -> bool:
        self._start_what_gave_up()
        return all(map(self._there.fleet.ready, self._there.fleet.urls))

    def _kill(self) -> None:
        fleet = self._there.fleet
        while self._wait(self._chance.uniform(SHORTEST, LONGEST)):
            self._start_what_gave_up()
            dice = self._chance.random()
            if dice < 0.05:
                self._there.nats.kill()
                self._there.nats.start()
                self.done["queue killed"] += 1
                continue
            what = "door" if dice < 0.4 else "worker"
            victim = self._chance.choice(fleet.doors if what == "door" else fleet.workers)
            victim.kill()
            victim.start()
            self.done[f"{what} killed"] += 1

    def _start_what_gave_up(self) -> None:
        """A door that comes up while what it needs is away says so and ends; its supervisor's task
        is to start it again.
        """
        for process in (*self._there.fleet.doors, *self._there.fleet.workers):
            if not process.lives:
                self.done["gave up at its start"] += 1
                process.start()

    def _crash_twice(self) -> None:
        for _ in range(2):
            if self._wait(self._seconds / 3.5):
                self._there.cluster.restart()
                self.done["database crashed"] += 1

    def _refuse(self) -> None:
        if self._wait(self._seconds * 0.45):
            with self._there.s3.refusing():
                time.sleep(REFUSED_SECONDS)
            self.done["store refused"] += 1

    def _cut(self) -> None:
        others = [name for name in self._there.named if name != "here"]
        while self._wait(self._chance.uniform(SHORTEST, LONGEST)):
            name = self._chance.choice(others)
            with self._there.hosts.cut(self._there.named[name]):
                time.sleep(self._chance.uniform(*CUT_SECONDS))
            self.done["cable pulled"] += 1

    def _wait(self, seconds: float) -> bool:
        """Whether the time of faults is not over after these seconds."""
        time.sleep(min(seconds, max(0.0, self._end - time.monotonic())))
        return time.monotonic() < self._end


def one(number: int, jobs: int, seconds: float, partitions: bool, folder: Path) -> str:
    """A round; what happened in it. Raises `AssertionError` for a broken promise."""
    began = time.monotonic()
    with street(folder, partitions) as there:
        clients = Clients(there.fleet, jobs, lambda job: f"stone{job} pause={PAUSE}")
        clients.start()
        faults = Faults(there, seconds, random.Random(number))
        faults.pass_by()
        clients.join()
        until(lambda: all(map(there.fleet.ready, there.fleet.urls)))
        calm = time.monotonic()
        until(lambda: set(states(there.fleet.database).values()) <= ENDED, CALM_SECONDS)
        rest = time.monotonic() - calm
        told = audit(there.fleet, clients.accepted)
    happened = ", ".join(f"{name} {times}" for name, times in sorted(faults.done.items()))
    return (
        f"{len(clients.accepted)} jobs ended once: {told['COMPLETED']} completed, "
        f"{told['FAILED']} failed or cancelled; {told['swept']} orphans swept; {happened}; "
        f"{time.monotonic() - began:.0f} s, {rest:.0f} of them after the last fault"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--first", type=int, default=1, help="number of the first round: its seed")
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--partitions", action="store_true")
    asked = parser.parse_args()
    for number in range(asked.first, asked.first + asked.rounds):
        folder = Path(tempfile.mkdtemp(prefix="tilewright-faults-"))
        print(f"round {number} in {folder}, which stays if a promise is broken", flush=True)
        print("   ", one(number, asked.jobs, asked.seconds, asked.partitions, folder), flush=True)
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
