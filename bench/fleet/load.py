"""What one door bears on PostgreSQL: so many submits and polls a second for a minute, and a peer.

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
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from bench import service as alone
from bench.load import Answer, load, request
from bench.service import SLUG, Service, milli, percentiles, rate, service, spans, spent
from tests.database.postgres import Cluster

SUBMITS, POLLS = 200.0, 1000.0
"""A second: the bars."""

SUBMIT_P99, PICK_UP_P50 = 100.0, 100.0
"""Milliseconds: the bars."""

CLIENTS = 32

PATIENCE = 900.0
"""Seconds: for the one worker, which syncs each claim and each outcome, to end what was sent."""

POLLED = 50
MANY = 2000
SECONDS = 60.0


class Told(NamedTuple):
    """What a paced run saw: seconds from when each was due, the wrong answers, and the rate."""

    seconds: list[float]
    wrong: int
    rate: float


# --- the other process: requests when they are due --------------------------------------------


async def paced(port: int, a_second: float, seconds: float, next_one: Callable[[], bytes]) -> Told:
    """Send them evenly over some connections, each of which waits for its answer."""
    took: list[float] = []
    wrong = 0
    began = time.monotonic()
    dues = iter([began + number / a_second for number in range(int(a_second * seconds))])

    async def client() -> None:
        nonlocal wrong
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for due in dues:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            writer.write(next_one())
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
            await reader.readexactly(length)
            took.append(time.monotonic() - due)
            wrong += not head.startswith(b"HTTP/1.1 200")
        writer.close()

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return Told(took, wrong, len(took) / (time.monotonic() - began))


def submits(key: str, image: str) -> Iterator[bytes]:
    for number in itertools.count():
        body = {"prompt": f"stone from the wall paced-{number}", "image_1": image}
        yield request("POST", f"/v2/{SLUG}", key, body)


def child(port: str, a_second: str, seconds: str) -> None:
    """Standard input names the key, and a photo or the ids that are polled."""
    told = json.load(sys.stdin)
    if "image" in told:
        each = submits(told["key"], told["image"])
    else:
        paths = [f"/v2/requests/{job}/status" for job in told["jobs"]]
        each = itertools.cycle([request("GET", path, told["key"]) for path in paths])
    found = asyncio.run(paced(int(port), float(a_second), float(seconds), lambda: next(each)))
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
    wrong = f", {found.wrong} WRONG" if found.wrong else ""
    met = "met" if found.rate >= 0.99 * aim and not found.wrong else "MISSED"
    print(
        f"{what}: {found.rate:.0f}/s ({aim:.0f} asked for: {met}), "
        f"{percentiles(found.seconds)}{wrong}",
        flush=True,
    )


def sustained(there: Service, seconds: float) -> None:
    """Submits alone, polls alone, both at once."""
    body = {"prompt": there.prompt(), "image_1": there.photo}
    some = [alone.get(there.port, f"/v2/{SLUG}", there.key, "POST", body) for _ in range(POLLED)]
    jobs = [one["request_id"] for one in some]
    there.rest()
    before = there.cpu()
    found = heard(asked(there, SUBMITS, seconds, image=there.photo))
    show("submits alone", found, SUBMITS)
    there.rest()
    spent(there, before, len(found.seconds), "job")
    show("polls alone", heard(asked(there, POLLS, seconds, jobs=jobs)), POLLS)

    both = (
        asked(there, SUBMITS, seconds, image=there.photo),
        asked(there, POLLS, seconds, jobs=jobs),
    )
    submitted, polled = (heard(one) for one in both)
    show("submits beside polls", submitted, SUBMITS)
    show("polls beside submits", polled, POLLS)
    p99 = milli(submitted.seconds, 99)
    print(f"    p99 of a submit: {p99:.1f} ms (bar {SUBMIT_P99:g})", flush=True)
    there.rest()


def picked_up(there: Service) -> None:
    """From the first byte of the POST to the engine's first step, one job at a time."""
    alone.starts(there)
    print(f"    bar of its p50: {PICK_UP_P50:g} ms", flush=True)


def most(there: Service) -> float:
    """As many submits as it takes, for the ratio to the peer."""
    found: list[Answer] = load(there.port, 16, [there.submit(there.prompt()) for _ in range(MANY)])
    print(f"submits, 16 clients: {rate(found):.0f}/s, {percentiles(spans(found))}", flush=True)
    there.rest()
    return rate(found)


def polls_most(there: Service) -> float:
    body = {"prompt": there.prompt(), "image_1": there.photo}
    job = alone.get(there.port, f"/v2/{SLUG}", there.key, "POST", body)["request_id"]
    there.rest()
    one = request("GET", f"/v2/requests/{job}/status", there.key)
    found = load(there.port, 16, [one] * 4 * MANY)
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
                sustained(there, seconds)
                picked_up(there)
                ours, polled = most(there), polls_most(there)
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
