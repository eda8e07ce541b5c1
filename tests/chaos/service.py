"""The real service in real processes, which tests may kill; only the engine does nothing."""

import base64
import io
import os
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
from PIL import Image
from sqlalchemy import Engine, select

from tests.database.ready import put_database
from tests.house.tree import HOUSE
from tests.ports import free_port
from tests.serving import NO_TLS, until
from tilewright.accounts import create_account, create_key, differences, grant
from tilewright.client import Client
from tilewright.database import open_database, reading, writing
from tilewright.database.tables import jobs, ledger

GRANTED = Decimal(1000)
ENDED = {"COMPLETED", "FAILED"}


def photo() -> str:
    """The smallest photo that is taken, as base64."""
    file = io.BytesIO()
    Image.new("RGB", (64, 64), (120, 90, 60)).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


PHOTO = photo()


class Service:
    """One data folder, one port, a key with credits; a door, and workers beside it.

    The workers' engine does what the prompt says: see `tests.queue.engines`.
    """

    def __init__(self, folder: Path, database_url: str | None = None, **more: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.door: subprocess.Popen[bytes] | None = None
        self.workers: list[subprocess.Popen[bytes]] = []
        (folder / "diary").mkdir(parents=True, exist_ok=True)
        self._settings = {"TILEWRIGHT_DATA_DIR": str(folder), **more}
        url = database_url or f"sqlite:///{folder / 'tilewright.db'}"
        if database_url is not None:
            self._settings["TILEWRIGHT_DATABASE_URL"] = url
        if database_url is None:
            put_database(folder / "tilewright.db")
        self.database: Engine = open_database(url)
        with writing(self.database) as tx:
            account = create_account(tx, f"chaos-{self.port}", time.time())
            _, self.key = create_key(tx, account, "chaos", time.time())
            grant(tx, account, GRANTED, "for the tests", time.time())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in [*self.workers, *([self.door] if self.door else [])]:
            process.kill()
            process.wait()
        self.database.dispose()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, *more: str) -> None:
        """Start the door, and wait until it is ready."""
        words = [*("-m", "tilewright", "serve", "--port", str(self.port)), *(more or NO_WORKERS)]
        with (self.folder / "log").open("ab") as log:
            self.door = subprocess.Popen(
                [sys.executable, *words],
                cwd=HOUSE,
                env={**os.environ, **self._settings},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        door = self.door
        until(lambda: self.ready() or door.poll() is not None)
        assert door.poll() is None, (self.folder / "log").read_text()[-2000:]

    def ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/ready", timeout=5, verify=NO_TLS).status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """End the door as a power cut would; what it started must end by itself."""
        assert self.door is not None
        self.door.kill()
        self.door.wait()

    def hire(self) -> "subprocess.Popen[bytes]":
        """One more worker, which waits for the queue if there is none yet."""
        words = ["-m", "tests.queue.worker_process", str(self.folder), "15", "20"]
        with (self.folder / "worker.log").open("ab") as log:
            worker = subprocess.Popen([sys.executable, *words], cwd=HOUSE, stdout=log, stderr=log)
        self.workers.append(worker)
        return worker

    def queue_pid(self) -> int:
        """The process of the embedded queue server, once it is there: one that was killed is soon
        replaced, and until then the file names the dead.
        """

        def named() -> int:
            return int((self.folder / "nats" / "nats.pid").read_text() or 0)

        until(lambda: alive(named()))
        return named()

    def client(self) -> Client:
        return Client(self.key, self.url)

    def post(self, prompt: str, timeout: float = 30, **more: object) -> httpx.Response:
        """One submit, as it is answered."""
        return httpx.post(
            f"{self.url}/v2/qwen-image-edit-plus-texture-extract",
            json={"prompt": prompt, "image_1": PHOTO, **more},
            headers={"x-api-key": self.key},
            timeout=timeout,
            verify=NO_TLS,
        )

    def submit(self, prompt: str) -> str:
        """A submit that is accepted: its id."""
        answer = self.post(prompt)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["request_id"])

    def get(self, path: str) -> httpx.Response:
        headers = {"x-api-key": self.key}
        return httpx.get(f"{self.url}{path}", headers=headers, timeout=30, verify=NO_TLS)

    def states(self) -> dict[str, str]:
        """Every job that was accepted, and its state: the database's word."""
        with reading(self.database) as tx:
            return {row.id: row.state for row in tx.execute(select(jobs.c.id, jobs.c.state))}

    def state(self, job: str) -> str:
        return self.states()[job]

    def all_end(self) -> None:
        until(lambda: set(self.states().values()) <= ENDED)

    def ran(self, name: str) -> list[str]:
        """What the engine wrote down about the prompt that begins with that word."""
        path = self.folder / "diary" / name
        return path.read_text().splitlines() if path.exists() else []

    def check(self, accepted: list[str]) -> None:
        """Every accepted job ended, once, was settled once, and still answers."""
        states = self.states()
        assert set(accepted) <= set(states)
        assert set(states.values()) <= ENDED
        with reading(self.database) as tx:
            assert differences(tx) == []
            settled = select(ledger.c.job_id, ledger.c.kind).where(ledger.c.job_id.is_not(None))
            kinds = [tuple(row) for row in tx.execute(settled)]
        assert len(kinds) == len(set(kinds))
        charged = {job for job, kind in kinds if kind == "charge"}
        assert charged == {job for job, state in states.items() if state == "COMPLETED"}
        headers = {"x-api-key": self.key}
        with httpx.Client(base_url=self.url, headers=headers, verify=NO_TLS) as http:
            for job in accepted:
                answer = http.get(f"/v2/requests/{job}", timeout=30)
                assert answer.status_code == {"COMPLETED": 200, "FAILED": 422}[states[job]]
                assert answer.json()["status"] == states[job]


NO_WORKERS = ("--workers", "0")


def alive(pid: int) -> bool:
    """Whether a process runs; one that is dead and only not yet buried does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def children(pid: int) -> list[int]:
    """The processes that a process started."""
    found = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for path in found for child in path.read_text().split()]


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
