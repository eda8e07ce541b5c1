"""A day of a fleet: 1 to 1,000 workers that come and go, and where the database ends.

    python -m bench.fleet.simulate

The arrivals are drawn: a day's wave, and one key that drops a crowd of jobs at ten. Workers are
kept as KEDA and the autoscaler of Kubernetes keep them at their defaults. Seconds of a tile are
given below with their origin; what a job costs the database is measured here, as CPU of PostgreSQL,
which hardly depends on what else the machine does.
"""

import heapq
import math
import os
import statistics
import tempfile
import time
from collections import defaultdict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tests.database.postgres import Cluster
from tests.jobs.people import ENGINE, accept, somebody, tile, wish
from tilewright.accounts import Caller
from tilewright.database import open_database, reading, writing
from tilewright.jobs import claim, eta, find, finish, position, renew

DAY = 86400.0
SIZES = (1, 10, 100, 1000)
"""Workers that the busiest hour needs."""

TICK, SETTLE = 15.0, 300.0
"""Seconds between two looks of the autoscaler; it takes away what it did not want for so long."""

CROWD_AT, CROWD_SECONDS = 10 * 3600.0, 600.0
"""When one key drops a crowd of jobs: what the busiest fleet makes in ten minutes."""

POLLS_A_JOB, RENEW_SECONDS = 10, 5.0
"""A client polls with growing pauses; a worker renews its lease so often."""


class Kind(NamedTuple):
    """A worker of one engine: seconds of a tile, of its first start, and where they come from."""

    name: str
    seconds: float
    spread: float
    start: float
    origin: str


KINDS = (
    Kind("synthesis", 3.2, 0.2, 40.0, "a tile measured (bench.speed); a pod's start assumed"),
    Kind("qwen", 16.9, 0.1, 240.0, "a tile computed (166.7 TFLOP a step); node and load assumed"),
)


class Found(NamedTuple):
    """What came of a day: waits in seconds, of the crowd and of all others."""

    others: list[float]
    crowd: list[float]
    worker_hours: float
    most: int


def arrivals(peak: int, kind: Kind, chance: np.random.Generator) -> list[tuple[float, int]]:
    """Moments and keys, in order. Key 0 is the crowd; the busiest hour takes 9 of 10 workers."""
    top = 0.9 * peak / kind.seconds
    many = chance.poisson(top * DAY)
    moments = np.sort(chance.uniform(0, DAY, many))
    wave = 0.5 - 0.5 * np.cos(2 * math.pi * (moments / DAY - 4 / 24))  # least at four at night
    kept = moments[chance.uniform(0, 1, many) < 0.05 + 0.95 * wave**2]
    keys = chance.integers(1, 200, len(kept))
    crowd = int(peak / kind.seconds * CROWD_SECONDS)
    both = [*zip(kept.tolist(), keys.tolist(), strict=True), *[(CROWD_AT, 0)] * crowd]
    return sorted(both)


class Line:
    """Who waits: in turns, as `jobs/turn.py` has them, or by who came first."""

    def __init__(self, fair: bool) -> None:
        self._fair = fair
        self._heap: list[tuple[int, float, int]] = []
        self._own: dict[int, deque[int]] = defaultdict(deque)

    def __len__(self) -> int:
        return len(self._heap)

    def come(self, at: float, key: int) -> None:
        turn = 0
        if self._fair:
            own = self._own[key]
            turn = max(self._heap[0][0] if self._heap else 0, own[-1] + 1 if own else 0)
            own.append(turn)
        heapq.heappush(self._heap, (turn, at, key))

    def next(self) -> tuple[float, int]:
        _, at, key = heapq.heappop(self._heap)
        if self._fair:
            self._own[key].popleft()
        return at, key


class Fleet:
    """Workers of one kind through one day."""

    def __init__(self, kind: Kind, most: int, fixed: int | None, chance: np.random.Generator):
        self._kind, self._most, self._fixed = kind, most, fixed
        self._free = fixed or 0
        self._busy = self._starting = self._excess = self._high = 0
        self._wanted: deque[int] = deque(maxlen=int(SETTLE / TICK))
        self._events: list[tuple[float, str]] = [(0.0, "tick")]
        self._chance = chance
        self._seconds = 0.0

    def day(self, coming: list[tuple[float, int]], fair: bool = True) -> Found:
        line = Line(fair)
        waits: tuple[list[float], list[float]] = ([], [])
        upcoming = iter([*coming, (math.inf, 0)])
        moment, key = next(upcoming)
        while moment < math.inf or line or self._busy:
            if moment <= self._events[0][0]:
                now = moment
                line.come(moment, key)
                moment, key = next(upcoming)
            else:
                now, what = heapq.heappop(self._events)
                self._happen(what, now, len(line))
            while self._free and line:
                came, whose = line.next()
                waits[whose == 0].append(now - came)
                self._free -= 1
                self._busy += 1
                heapq.heappush(self._events, (now + self._takes(), "done"))
        return Found(waits[0], waits[1], self._seconds / 3600, self._high)

    def _happen(self, what: str, now: float, waiting: int) -> None:
        if what == "done":
            self._busy -= 1
            if self._excess:
                self._excess -= 1
            else:
                self._free += 1
        elif what == "up":
            self._starting -= 1
            self._free += 1
        else:
            self._scale(now, waiting)
            heapq.heappush(self._events, (now + TICK, "tick"))

    def _scale(self, now: float, waiting: int) -> None:
        there = self._free + self._busy + self._starting - self._excess
        self._high = max(self._high, there)
        self._seconds += there * TICK
        if self._fixed is not None:
            return
        self._wanted.append(min(self._most, waiting + self._busy))
        target = max(self._wanted) if self._wanted[-1] < there else self._wanted[-1]
        more = min(target - there, max(4, there))  # doubled, or 4 more, every 15 s
        for _ in range(max(0, more)):
            self._starting += 1
            heapq.heappush(self._events, (now + self._kind.start, "up"))
        fewer = max(0, there - target)
        idle = min(fewer, self._free)
        self._free -= idle
        self._excess += min(fewer - idle, self._busy - self._excess)

    def _takes(self) -> float:
        return self._kind.seconds * math.exp(self._chance.normal(0, self._kind.spread))


def told(kind: Kind, peak: int) -> None:
    """One line of the table."""

    def chance() -> np.random.Generator:
        return np.random.default_rng(7)

    coming = arrivals(peak, kind, chance())
    came = Fleet(kind, peak, None, chance()).day(coming)
    stays = Fleet(kind, peak, peak, chance()).day(coming)
    first = Fleet(kind, peak, peak, chance()).day(coming, fair=False)
    cells = [
        f"{kind.name}, {peak:,}",
        f"{len(coming):,}",
        *(_waits(one.others) for one in (came, stays, first)),
        f"{came.worker_hours:,.0f}",
        f"{came.worker_hours / stays.worker_hours:.0%}",
    ]
    print(f"| {' | '.join(cells)} |", flush=True)


def _waits(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    last = len(ordered) - 1
    return ", ".join(f"{ordered[int(last * share)]:.1f}" for share in (0.5, 0.95, 0.99, 1))


# --- the database -----------------------------------------------------------------------------


def cpu_of(cluster: Cluster) -> float:
    """Seconds of processor of all processes of that server until now, the ended ones too."""
    assert cluster.server is not None
    found, total = [cluster.server.pid], 0.0
    for pid in found:
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            found += [int(child) for child in children.read_text().split()]
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += sum(int(field) for field in fields[11:15])
    return total / os.sysconf("SC_CLK_TCK")


def steps(cluster: Cluster) -> dict[str, float]:
    """Seconds of PostgreSQL's processor for each step of a job."""
    database = open_database(cluster.new_database())
    caller = somebody(database, "100000")
    count, cost = 1500, {}

    def timed(name: str, step: Callable[[int], None]) -> None:
        before = cpu_of(cluster)
        for number in range(count):
            step(number)
        cost[name] = (cpu_of(cluster) - before) / count

    ids: list[str] = []
    claimed = []

    def submit(_: int) -> None:
        with writing(database) as tx:
            ids.append(accept(tx, caller, wish(), time.time()).job.id)

    def take(_: int) -> None:
        with writing(database) as tx:
            claimed.append(claim(tx, ENGINE, "worker", time.time()))

    def poll(number: int) -> None:
        with reading(database) as tx:
            job = find(tx, caller.account_id, ids[number], time.time())
            position(tx, job)
            eta(tx, job, 10, time.time())

    def keep(number: int) -> None:
        job = claimed[number]
        assert job is not None
        with writing(database) as tx:
            renew(tx, job.id, job.attempt, time.time())

    def done(number: int) -> None:
        job = claimed[number]
        assert job is not None
        with writing(database) as tx:
            finish(tx, job.id, job.attempt, tile(job), time.time())

    for name, step in (
        ("submit", submit),
        ("claim", take),
        ("poll", poll),
        ("renew", keep),
        ("finish", done),
    ):
        timed(name, step)
    database.dispose()
    return cost


def hot(cluster: Cluster) -> float:
    """Submits a second by 8 threads for one account, over those for 8 accounts; in turns."""
    database = open_database(cluster.new_database())
    people = [somebody(database, "100000", name=f"person {number}") for number in range(8)]

    def submits(caller: Caller) -> None:
        for _ in range(40):
            with writing(database) as tx:
                accept(tx, caller, wish(), time.time())

    walls: dict[str, list[float]] = {"one": [], "many": []}
    with ThreadPoolExecutor(8) as threads:
        for _ in range(6):
            for name, who in (("one", people[:1] * 8), ("many", people)):
                began = time.perf_counter()
                list(threads.map(submits, who))
                walls[name].append(time.perf_counter() - began)
    database.dispose()
    return statistics.median(walls["many"]) / statistics.median(walls["one"])


def limits(cost: dict[str, float], ratio: float) -> None:
    """Where the database ends, for each kind of worker."""
    told_cost = ", ".join(f"{name} {1000 * one:.2f}" for name, one in cost.items())
    print(f"\nPostgreSQL, ms of CPU for each: {told_cost}")
    print(f"submits/s of one account to those of eight: {ratio:.2f}")
    for kind in KINDS:
        fixed = cost["submit"] + cost["claim"] + cost["finish"]
        polls = POLLS_A_JOB * cost["poll"] + kind.seconds / RENEW_SECONDS * cost["renew"]
        whole = fixed + polls
        print(
            f"{kind.name}: {1000 * whole:.1f} ms a job, so one core of it carries "
            f"{1 / whole:.0f} jobs/s or {kind.seconds / whole:,.0f} workers that are never idle"
        )


def main() -> None:
    """The days, then the database."""
    for kind in KINDS:
        print(f"{kind.name}: {kind.seconds} s a tile, {kind.start:g} s to start: {kind.origin}")
    print("\nSeconds in the queue (p50, p95, p99, most) of all but the crowd")
    print(
        "| workers at most | jobs a day | 0 to most | always most | the same, first come "
        "| worker hours | of always most |"
    )
    for kind in KINDS:
        for peak in SIZES:
            if peak / kind.seconds < 100:  # three million jobs a day; more take minutes to draw
                told(kind, peak)
    with tempfile.TemporaryDirectory(prefix="tilewright-simulate-") as name:
        Path(name).chmod(0o755)
        cluster = Cluster(Path(name))
        cluster.start()
        try:
            limits(steps(cluster), hot(cluster))
        finally:
            cluster.stop()


if __name__ == "__main__":
    main()
