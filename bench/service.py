"""What the service costs beside the engine: an engine that makes nothing, over HTTP, and a peer.

    python -m bench.service

The peer is LitServe, in an environment of its own that is made in bench/out at the first run.
"""

import base64
import http.client
import io
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from PIL import Image

from bench.load import load, request
from bench.nothing import LONG

OUT = Path("bench/out")
PEER = OUT / "peer"
PROMPT = "Extract stone texture from the wall. Extract into a texture image."
SLUG = "qwen-image-edit-plus-texture-extract"
PATIENCE = 60.0
MEBIBYTE = 1 << 20

TILEWRIGHT = [sys.executable, "-m", "tilewright"]
ALONE, MANY, POLLS, STARTS, CANCELS, JOBS = 400, 2000, 8000, 200, 20, 500
CLIENTS = 16

Figures = dict[str, float]
"""What both can do: for the ratio."""


# --- small things -----------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def photo() -> str:
    """A small photo as base64: the service reads its header and keeps it, for each submit."""
    file = io.BytesIO()
    Image.effect_noise((128, 128), 60).save(file, "JPEG", quality=80)
    return base64.b64encode(file.getvalue()).decode()


def get(port: int, path: str, key: str = "", method: str = "GET", body: Any = None) -> Any:
    """The JSON of one answer, over a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"x-api-key": key} if key else {}
    if body is not None:
        headers["Content-Type"] = "application/json"
    connection.request(method, path, json.dumps(body) if body is not None else None, headers)
    with connection.getresponse() as response:
        return json.load(response)


def until(condition: Any, what: str, patience: float = PATIENCE) -> Any:
    """What `condition` gives, as soon as it is true."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.0005)
    raise TimeoutError(what)


def answers(port: int, path: str) -> bool:
    try:
        get(port, path)
    except (OSError, http.client.HTTPException, ValueError):
        return False
    return True


def percentiles(seconds: list[float]) -> str:
    return f"p50 {milli(seconds, 50):.2f} ms, p99 {milli(seconds, 99):.2f} ms"


def milli(seconds: list[float], percent: int) -> float:
    return statistics.quantiles(seconds, n=100, method="inclusive")[percent - 1] * 1000


def tree(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    for one in found:
        for children in Path(f"/proc/{one}/task").glob("*/children"):
            found += [int(child) for child in children.read_text().split()]
    return found


def memory(pids: list[int], kind: str = "Pss:") -> float:
    """MB of all these processes. Pss counts a shared page once, Rss for each who shares it."""
    total = 0
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except (ProcessLookupError, FileNotFoundError):
            continue  # it has ended
        total += next(int(line.split()[1]) for line in text.splitlines() if kind in line)
    return total / 1024


def cpu(pids: list[int]) -> float:
    """Seconds of processor that these processes have used, by themselves and in the system."""
    fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids]
    return sum(int(one[11]) + int(one[12]) for one in fields) / os.sysconf("SC_CLK_TCK")


def name_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ").strip()[-60:]


@contextmanager
def process(line: list[str], **more: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is told to end, and then ended."""
    with subprocess.Popen(line, start_new_session=True, **more) as child:
        try:
            yield child
        finally:
            child.terminate()
            with suppress(subprocess.TimeoutExpired):
                child.wait(40)
            with suppress(ProcessLookupError):  # the peer leaves its own children behind
                os.killpg(child.pid, signal.SIGKILL)


class Peak(threading.Thread):
    """Watches the memory of processes."""

    def __init__(self, pids: list[int]) -> None:
        super().__init__(daemon=True)
        self.pids, self.peak = pids, 0.0
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.1):
            self.peak = max(self.peak, memory(self.pids))


# --- Tilewright -------------------------------------------------------------------------------


class Service:
    """A door with a key and credits, and our worker beside it."""

    def __init__(self, folder: Path, port: int, key: str, door: int, worker: int) -> None:
        self.folder, self.port, self.key = folder, port, key
        self.door, self.worker = door, worker
        self.photo = photo()
        self.patience = PATIENCE
        self.number = 0

    def pids(self) -> list[int]:
        return [*tree(self.door), *tree(self.worker)]

    def cpu(self) -> dict[str, float]:
        """Seconds of processor until now, of each part."""
        first, *others = tree(self.door)
        doors = [first, *(pid for pid in others if name_of(pid).endswith("--with-parent"))]
        queue = [pid for pid in others if pid not in doors]
        return {"door": cpu(doors), "worker": cpu(tree(self.worker)), "queue": cpu(queue)}

    def prompt(self, word: str = "short") -> str:
        self.number += 1
        return f"{PROMPT} {word}-{self.number}"

    def submit(self, prompt: str, image: str | None = None) -> bytes:
        body = {"prompt": prompt, "image_1": image or self.photo}
        return request("POST", f"/v2/{SLUG}", self.key, body)

    def diary(self) -> list[list[str]]:
        return [line.split() for line in (self.folder / "diary").read_text().splitlines()]

    def noted(self, what: str, prompt: str) -> float | None:
        word = prompt.split()[-1]
        found = [line for line in self.diary()[-50:] if line[:2] == [what, word]]
        return float(found[0][2]) if found else None

    def rest(self) -> None:
        """Until nothing waits or runs."""

        def idle() -> bool:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            connection.request("GET", "/metrics")
            with connection.getresponse() as response:
                text = response.read().decode()
            busy = ("tilewright_queued_jobs{", "tilewright_running_jobs{")
            told = [line for line in text.splitlines() if line.startswith(busy)]
            assert told, "the door does not tell what waits and runs"
            if all(line.endswith(" 0.0") for line in told):
                return True
            time.sleep(0.2)
            return False

        until(idle, "the queue to be empty", self.patience)


@contextmanager
def service(doors: int = 1, **settings: str) -> Iterator[Service]:
    """Doors at one port and a worker; settings are more variables of their environment."""
    with tempfile.TemporaryDirectory(prefix="tilewright-bench-") as name:
        folder, port = Path(name), free_port()
        ours = {**os.environ, "TILEWRIGHT_DATA_DIR": name, **settings}

        def command(*words: str) -> str:
            done = subprocess.run(
                [*TILEWRIGHT, *words], env=ours, check=True, stdout=subprocess.PIPE, text=True
            )
            return done.stdout

        made = command("keys", "create", "bench")
        key = next(word for word in made.split() if word.startswith("tw_"))
        command("credits", "add", "bench", "1000000")
        line = [*TILEWRIGHT, "serve", "--workers", "0", "--port", str(port), "--doors", str(doors)]
        with process(line, env=ours, stdout=subprocess.DEVNULL) as door:
            until(lambda: answers(port, "/health"), "the door")
            hands = [sys.executable, "-m", "bench.nothing", name, str(folder / "diary")]
            with process(hands) as worker:
                there = Service(folder, port, key, door.pid, worker.pid)
                get(port, f"/v2/{SLUG}", key, "POST", {"prompt": "first", "image_1": there.photo})
                until((folder / "diary").exists, "the worker")
                there.rest()
                yield there


def floor() -> None:
    """What this machine is like today: shared ones are twice as slow at times, and so are we."""
    with tempfile.TemporaryDirectory(prefix="tilewright-bench-") as name:
        began = time.perf_counter()
        for number in range(ALONE):
            Path(name, str(number)).write_bytes(bytes(9000))
        made = time.perf_counter()
        sum(number * number for number in range(1_000_000))
        counted = time.perf_counter()
    print(f"the machine: a file of 9 KB {1000 * (made - began) / ALONE:.3f} ms, ", end="")
    print(f"a million squares in Python {1000 * (counted - made):.0f} ms")


def start() -> None:
    """The command as people type it: until it answers, and what it takes at rest."""
    walls = []
    for turn in range(3):
        with tempfile.TemporaryDirectory(prefix="tilewright-bench-") as name:
            port = free_port()
            began = time.monotonic()
            with process(
                [*TILEWRIGHT, "serve", "--port", str(port)],
                env={**os.environ, "TILEWRIGHT_DATA_DIR": name},
                stdout=subprocess.DEVNULL,
            ) as door:
                until(lambda port=port: answers(port, "/health"), "the door")
                walls.append(time.monotonic() - began)
                if turn == 2:
                    until(lambda door=door: len(tree(door.pid)) >= 3, "the worker and the queue")
                    time.sleep(3)
                    pids = tree(door.pid)
                    parts = [f"{name_of(pid)} {memory([pid]):.0f}" for pid in pids]
                    print(
                        f"at rest: {memory(pids):.0f} MB (Pss), {memory(pids, 'Rss:'):.0f} MB (Rss)"
                    )
                    print(*(f"    {part}" for part in parts), sep="\n")
    print(f"up: {', '.join(f'{wall:.2f}' for wall in walls)} s, the first with a new database")


def spans(found: list[Any]) -> list[float]:
    return [answer.answered - answer.sent for answer in found]


def rate(found: list[Any]) -> float:
    began, ended = min(one.sent for one in found), max(one.answered for one in found)
    return float(len(found) / (ended - began))


class Spender(Protocol):
    """What uses the processor, part by part."""

    def cpu(self) -> dict[str, float]:
        """Seconds of processor until now, of each part."""


def spent(there: Spender, before: dict[str, float], count: int, what: str) -> float:
    """Say what each of `count` took since `before`, in ms of processor; all parts together.

    Steadier than any time on the clock: it hardly depends on what else the machine does.
    """
    now = there.cpu()
    each = {part: 1000 * (now[part] - before[part]) / count for part in now}
    whole = sum(each.values())
    told = ", ".join(f"{part} {milliseconds:.2f}" for part, milliseconds in each.items())
    print(f"    CPU a {what}: {whole:.2f} ms ({told})", flush=True)
    return whole


def submits(there: Service, what: str, image: str | None = None) -> Figures:
    before = there.cpu()
    alone = load(there.port, 1, [there.submit(there.prompt(), image) for _ in range(ALONE)])
    print(f"submit, 1 client, {what}: {percentiles(spans(alone))}", flush=True)
    there.rest()
    spent(there, before, ALONE, "job")
    before = there.cpu()
    many = load(there.port, CLIENTS, [there.submit(there.prompt(), image) for _ in range(MANY)])
    last = many[-1].answered
    print(f"submit, {CLIENTS} clients, {what}: {rate(many):.0f}/s, {percentiles(spans(many))}")
    there.rest()
    ended = time.monotonic()
    began = min(one.sent for one in many)
    print(
        f"    and done {ended - last:.1f} s later: {MANY / (ended - began):.0f} jobs/s", flush=True
    )
    spent(there, before, MANY, "job")
    return {"alone": milli(spans(alone), 50), "many": rate(many)}


def polls(there: Service) -> float:
    body = {"prompt": there.prompt(), "image_1": there.photo}
    job = get(there.port, f"/v2/{SLUG}", there.key, "POST", body)["request_id"]
    there.rest()
    one = request("GET", f"/v2/requests/{job}/status", there.key)
    alone = load(there.port, 1, [one] * 1000)
    before = there.cpu()
    many = load(there.port, CLIENTS, [one] * POLLS)
    print(f"status, 1 client: {percentiles(spans(alone))}")
    print(f"status, {CLIENTS} clients: {rate(many):.0f}/s, {percentiles(spans(many))}", flush=True)
    spent(there, before, POLLS, "poll")
    return rate(many)


def starts(there: Service) -> None:
    """From the first byte of the POST to the engine's first step, one job at a time."""
    waits = []
    for _ in range(STARTS):
        body = {"prompt": (prompt := there.prompt()), "image_1": there.photo}
        began = time.monotonic()
        get(there.port, f"/v2/{SLUG}", there.key, "POST", body)
        waits.append(until(lambda p=prompt: there.noted("began", p), "the job") - began)
    print(f"POST to job start: {percentiles(waits)}", flush=True)


def cancels(there: Service) -> None:
    """From the first byte of the POST to the engine's end."""
    waits = []
    for _ in range(CANCELS):
        body = {"prompt": (prompt := there.prompt(LONG)), "image_1": there.photo}
        job = get(there.port, f"/v2/{SLUG}", there.key, "POST", body)["request_id"]
        until(lambda p=prompt: there.noted("began", p), "the job")
        time.sleep(0.05)
        began = time.monotonic()
        get(there.port, f"/v2/requests/{job}/cancel", there.key, "POST")
        waits.append(until(lambda p=prompt: there.noted("stopped", p), "the stop") - began)
    print(f"cancel of a running job: {percentiles(waits)}, most {max(waits) * 1000:.1f} ms")


def flat(there: Service) -> None:
    """Memory over many jobs, each polled and its result fetched."""
    pids = there.pids()
    watch = Peak(pids)
    watch.start()
    seen = [memory(pids)]
    for _ in range(4):
        wishes = [there.submit(there.prompt()) for _ in range(JOBS // 4)]
        ids = [one.body["request_id"] for one in load(there.port, CLIENTS, wishes)]
        there.rest()
        asks = [request("GET", f"/v2/requests/{one}", there.key) for one in ids]
        load(there.port, CLIENTS, asks)
        seen.append(memory(pids))
    watch.over.set()
    watch.join()
    told = " ".join(f"{one:.0f}" for one in seen)
    print(f"memory over {JOBS} jobs: {told} MB, peak {watch.peak:.0f} MB", flush=True)


# --- the peer ---------------------------------------------------------------------------------


def peer() -> Figures:
    """LitServe: the answer to its POST is the result itself; nothing is kept or queued."""
    python = (PEER / "bin" / "python").absolute()
    if not python.exists():
        venv.create(PEER, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "litserve"], check=True)
    port, image = free_port(), photo()
    began = time.monotonic()
    line = [str(python), "bench/litserve_door.py", str(port)]
    with process(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as door:
        one = request("POST", "/predict", None, {"prompt": "short", "image_1": image})
        ask = {"prompt": "first", "image_1": image}

        def ready() -> bool:
            try:
                return "output" in get(port, "/predict", "", "POST", ask)
            except (OSError, http.client.HTTPException, ValueError):
                return False

        until(ready, "the peer")
        print(f"peer up: {time.monotonic() - began:.2f} s")
        pids = tree(door.pid)
        print(f"peer at rest: {memory(pids):.0f} MB (Pss), {memory(pids, 'Rss:'):.0f} MB (Rss)")
        alone, many = load(port, 1, [one] * ALONE), load(port, CLIENTS, [one] * MANY)
    print(f"peer, 1 client: {percentiles(spans(alone))}")
    print(f"peer, {CLIENTS} clients: {rate(many):.0f}/s, {percentiles(spans(many))}", flush=True)
    return {"alone": milli(spans(alone), 50), "many": rate(many)}


def main() -> None:
    """Print the figures."""
    OUT.mkdir(parents=True, exist_ok=True)
    print("load of the machine before: {:.1f} {:.1f} {:.1f}".format(*os.getloadavg()))
    floor()
    start()
    with service() as there:
        ours = submits(there, "photo in the request")
        starts(there)
        polled = polls(there)
        cancels(there)
        flat(there)
    theirs = peer()
    print(f"submit p50, ours to the peer's whole call: {ours['alone'] / theirs['alone']:.2f}")
    print(f"submits/s, ours to the peer's calls/s: {ours['many'] / theirs['many']:.2f}")
    print(f"polls/s, ours to the peer's calls/s: {polled / theirs['many']:.2f}")


if __name__ == "__main__":
    main()
