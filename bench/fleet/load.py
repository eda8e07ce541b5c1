"""What a door bears on PostgreSQL: so many submits and polls a second for a minute, and a peer.

    python -m bench.fleet.load [SECONDS]

PostgreSQL keeps its promises here (fsync), and shares the machine with the door, the queue, a
worker whose engine makes nothing, and those who ask. Requests are sent when they are due, however
late the answers come; each is timed from the moment it was due. The peer is LitServe, as in
`bench.service`.
"""

import asyncio
import itertools
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from bench import service as alone
from bench.load import HEAD_END, Answer, Client, load, request, run
from bench.service import (
    SLUG,
    Service,
    cpu,
    milli,
    percentiles,
    process,
    rate,
    service,
    spans,
    spent,
    tree,
)
from tests.database.postgres import Cluster
from tilewright.queue.loop import new_loop

SUBMITS, POLLS = 200.0, 1000.0
"""A second: the bars."""

SUBMIT_P99, PICK_UP_P50 = 100.0, 100.0
"""Milliseconds: the bars."""

CLIENTS = 32

HANDS = 6
"""Workers that help between two parts. One alone, which waits for the disk at each claim, tile and
outcome, would take minutes for what was sent."""

PATIENCE = 300.0
"""Seconds: for them to end it."""

DOORS = (2, 3)
"""Processes at one port, to be seen what more than one of them help."""

POLLED = 50
MANY = 500
SECONDS = 60.0


class Told(NamedTuple):
    """What a paced run saw: seconds from when each was due, the wrong answers, and the rate."""

    seconds: list[float]
    wrong: list[str]
    rate: float


# --- the other process: requests when they are due --------------------------------------------


class Paced(Client):
    """One that sends the next request when it is due, and the last one was answered."""

    def __init__(self, dues: Iterator[float], requests: Iterator[bytes], told: Told) -> None:
        super().__init__()
        self._loop = asyncio.get_running_loop()
        self._dues, self._requests, self._told = dues, requests, told
        self._due = 0.0

    def ask(self) -> None:
        due = next(self._dues, None)
        if due is None:
            self.end()
            return
        self._due = due
        self._loop.call_later(max(0.0, due - time.monotonic()), self._send)

    def answered(self, got: bytes) -> None:
        self._told.seconds.append(time.monotonic() - self._due)
        if not got.startswith(b"HTTP/1.1 200"):
            self._told.wrong.append(got.partition(HEAD_END)[0].decode())

    def _send(self) -> None:
        self.transport.write(next(self._requests))


async def paced(port: int, a_second: float, seconds: float, requests: Iterator[bytes]) -> Told:
    """Send them evenly over some connections, each of which waits for its answer."""
    told = Told([], [], 0.0)
    began = time.monotonic()
    dues = iter([began + number / a_second for number in range(int(a_second * seconds))])
    await run(port, CLIENTS, lambda: Paced(dues, requests, told))
    return told._replace(rate=len(told.seconds) / (time.monotonic() - began))


def submits(key: str, image: str) -> Iterator[bytes]:
    """The same request with a number in it, which has always the same length."""
    body = {"prompt": "stone from the wall paced-NUMBER", "image_1": image}
    before, _, after = request("POST", f"/v2/{SLUG}", key, body).partition(b"NUMBER")
    for number in itertools.count():
        yield b"%b%06d%b" % (before, number, after)


def child(port: str, a_second: str, seconds: str) -> None:
    """Standard input names the key, and a photo or the ids that are polled."""
    told = json.load(sys.stdin)
    if "image" in told:
        each = submits(told["key"], told["image"])
    else:
        paths = [f"/v2/requests/{job}/status" for job in told["jobs"]]
        each = itertools.cycle([request("GET", path, told["key"]) for path in paths])
    with asyncio.Runner(loop_factory=new_loop) as runner:
        found = runner.run(paced(int(port), float(a_second), float(seconds), each))
    json.dump(found, sys.stdout)


# --- this process -----------------------------------------------------------------------------


def asked(there: Service, a_second: float, seconds: float, **told: object) -> subprocess.Popen[str]:
    line = [sys.executable, "-m", "bench.fleet.load", "child"]
    process = subprocess.Popen(
        [*line, str(there.port), str(a_second), str(seconds)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    json.dump({"key": there.key, **told}, process.stdin)
    process.stdin.close()
    return process


def heard(process: subprocess.Popen[str]) -> Told:
    assert process.stdout is not None
    with process:
        return Told(*json.load(process.stdout))


def show(what: str, found: Told, aim: float) -> None:
    wrong = f", {len(found.wrong)} WRONG: {found.wrong[0]}" if found.wrong else ""
    met = "met" if found.rate >= 0.99 * aim and not found.wrong else "MISSED"
    print(
        f"{what}: {found.rate:.0f}/s ({aim:.0f} asked for: {met}), "
        f"{percentiles(found.seconds)}{wrong}",
        flush=True,
    )


class Fleet(NamedTuple):
    """The service and its database, and what they and those who ask take of the two cores."""

    service: Service
    database: Cluster

    def cpu(self) -> dict[str, float]:
        """Seconds of processor until now, of each part; of callers, those that have ended."""
        assert self.database.server is not None
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        parts = {"PostgreSQL": cpu(tree(self.database.server.pid))}
        return {**self.service.cpu(), **parts, "callers": ended.ru_utime + ended.ru_stime}

    def rest(self) -> None:
        """Until nothing waits or runs, with more hands."""
        folder = str(self.service.folder)
        hands = [sys.executable, "-m", "bench.nothing", folder, f"{folder}/diary"]
        with ExitStack() as stack:
            for _ in range(HANDS):
                stack.enter_context(process(hands))
            self.service.rest()


def sustained(fleet: Fleet, seconds: float) -> None:
    """Submits alone, polls alone, both at once."""
    there = fleet.service
    jobs = some_jobs(there)
    before = fleet.cpu()
    found = heard(asked(there, SUBMITS, seconds, image=there.photo))
    show("submits alone", found, SUBMITS)
    spent(fleet, before, len(found.seconds), "submit, the jobs ended meanwhile included")
    fleet.rest()
    before = fleet.cpu()
    found = heard(asked(there, POLLS, seconds, jobs=jobs))
    show("polls alone", found, POLLS)
    spent(fleet, before, len(found.seconds), "poll")
    both(fleet, seconds, jobs)


def some_jobs(there: Service) -> list[str]:
    """Jobs to be polled, which have ended."""
    body = {"prompt": there.prompt(), "image_1": there.photo}
    some = [alone.get(there.port, f"/v2/{SLUG}", there.key, "POST", body) for _ in range(POLLED)]
    there.rest()
    return [one["request_id"] for one in some]


def both(fleet: Fleet, seconds: float, jobs: list[str]) -> None:
    """Submits and polls at once."""
    there, before = fleet.service, fleet.cpu()
    asking = (
        asked(there, SUBMITS, seconds, image=there.photo),
        asked(there, POLLS, seconds, jobs=jobs),
    )
    submitted, polled = (heard(one) for one in asking)
    now = fleet.cpu()
    show("submits beside polls", submitted, SUBMITS)
    show("polls beside submits", polled, POLLS)
    cores = ", ".join(f"{part} {(now[part] - before[part]) / seconds:.2f}" for part in now)
    p99 = milli(submitted.seconds, 99)
    print(f"    p99 of a submit: {p99:.1f} ms (bar {SUBMIT_P99:g}); cores: {cores}", flush=True)
    fleet.rest()


def picked_up(there: Service) -> None:
    """From the first byte of the POST to the engine's first step, one job at a time."""
    alone.starts(there)
    print(f"    bar of its p50: {PICK_UP_P50:g} ms", flush=True)


def most(fleet: Fleet) -> float:
    """As many submits as it takes, for the ratio to the peer; and what a whole job takes."""
    there, before = fleet.service, fleet.cpu()
    found: list[Answer] = load(there.port, 16, [there.submit(there.prompt()) for _ in range(MANY)])
    print(f"submits, 16 clients: {rate(found):.0f}/s, {percentiles(spans(found))}", flush=True)
    there.rest()
    spent(fleet, before, MANY, "job from its submit to its end")
    return rate(found)


def polls_most(there: Service) -> float:
    body = {"prompt": there.prompt(), "image_1": there.photo}
    job = alone.get(there.port, f"/v2/{SLUG}", there.key, "POST", body)["request_id"]
    there.rest()
    one = request("GET", f"/v2/requests/{job}/status", there.key)
    found = load(there.port, 16, [one] * 16 * MANY)
    print(f"polls, 16 clients: {rate(found):.0f}/s, {percentiles(spans(found))}", flush=True)
    return rate(found)


def main(seconds: float) -> None:
    """Print the figures."""
    print("load of the machine before: {:.1f} {:.1f} {:.1f}".format(*os.getloadavg()))
    alone.floor()
    alone.OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tilewright-load-") as name:
        Path(name).chmod(0o755)
        cluster = Cluster(Path(name))
        cluster.start(("max_connections=200",))
        try:
            with service(TILEWRIGHT_DATABASE_URL=cluster.new_database()) as there:
                there.patience = PATIENCE
                fleet = Fleet(there, cluster)
                sustained(fleet, seconds)
                picked_up(there)
                ours, polled = most(fleet), polls_most(there)
            for doors in DOORS:
                print(f"{doors} doors at one port:", flush=True)
                with service(doors, TILEWRIGHT_DATABASE_URL=cluster.new_database()) as there:
                    there.patience = PATIENCE
                    both(Fleet(there, cluster), seconds, some_jobs(there))
        finally:
            cluster.stop()
    theirs = alone.peer()["many"]
    print(f"submits/s, ours to the peer's calls/s: {ours / theirs:.2f}")
    print(f"polls/s, ours to the peer's calls/s: {polled / theirs:.2f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        child(*sys.argv[2:])
    else:
        main(float(sys.argv[1]) if sys.argv[1:] else SECONDS)
