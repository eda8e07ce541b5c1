"""Doors and workers of one fleet, each a process that may be killed, on parts that are real."""

import os
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import httpx
from sqlalchemy import Engine

from tests.chaos.service import GRANTED
from tests.fleet.nats import Nats
from tests.house.tree import HOUSE
from tests.ports import free_port
from tests.serving import NO_TLS, until
from tests.store.s3 import S3
from tilewright.accounts import create_account, create_key, grant
from tilewright.database import open_database, writing
from tilewright.store import Blobs

PREFIX = "fleet"
PORT = 8000


class Host(NamedTuple):
    """A machine, or what stands for one: its address, and the words that run a command on it."""

    address: str = "127.0.0.1"
    inside: tuple[str, ...] = ()


class Process:
    """One door or one worker; it may be killed and started again."""

    def __init__(self, words: list[str], log: Path, settings: dict[str, str]) -> None:
        self._words = words
        self._log = log
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._words,
                cwd=HOUSE,
                env={**os.environ, **self._settings},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """As a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    @property
    def lives(self) -> bool:
        return self._process is not None and self._process.poll() is None


class Fleet:
    """One key with credits; the doors share everything but their folders, the workers nothing.

    The workers' engine does what the prompt says: see `tests.queue.engines`.
    local_url: the database's address from here; database_url: the same from the doors.
    """

    def __init__(
        self,
        folder: Path,
        database_url: str,
        nats: Nats,
        s3: S3,
        doors: tuple[Host, ...] = (Host(), Host()),
        workers: tuple[Host, ...] = (Host(), Host(), Host()),
    ) -> None:
        self.folder = folder
        (folder / "diary").mkdir(parents=True)
        self.blobs: Blobs = s3.blobs(PREFIX)
        self.database: Engine = open_database(database_url)
        with writing(self.database) as tx:
            account = create_account(tx, "fleet", time.time())
            _, self.key = create_key(tx, account, "fleet", time.time())
            grant(tx, account, GRANTED, "for the tests", time.time())
        common = {
            "TILEWRIGHT_DATABASE_URL": database_url,
            "TILEWRIGHT_LINK_SECRET": "known to all of the doors",
            **nats.settings,
            **s3.settings(PREFIX),
        }
        self.urls: list[str] = []
        self.doors = [self._door(host, number, common) for number, host in enumerate(doors)]
        self.workers = [
            self._worker(host, number, nats.settings) for number, host in enumerate(workers)
        ]

    def __enter__(self) -> Self:
        for process in [*self.doors, *self.workers]:
            process.start()
        until(lambda: all(map(self.ready, self.urls)))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in [*self.doors, *self.workers]:
            process.kill()
        self.database.dispose()

    def ready(self, url: str) -> bool:
        """Whether all that the door needs works."""
        try:
            told = httpx.get(f"{url}/ready", timeout=5, verify=NO_TLS).json()
        except httpx.TransportError:
            return False
        return all(told[part] for part in ("database", "queue", "store"))

    def _door(self, host: Host, number: int, settings: dict[str, str]) -> Process:
        port = PORT if host.inside else free_port()
        self.urls.append(f"http://{host.address}:{port}")
        words = [*host.inside, sys.executable, "-m", "tilewright", "serve", "--workers", "0"]
        words += ["--host", host.address, "--port", str(port)]
        own = {"TILEWRIGHT_DATA_DIR": str(self.folder / f"door{number}")}
        return Process(words, self.folder / f"door{number}.log", {**settings, **own})

    def _worker(self, host: Host, number: int, settings: dict[str, str]) -> Process:
        words = [*host.inside, sys.executable, "-m", "tests.fleet.worker_process", str(self.folder)]
        return Process(words, self.folder / f"worker{number}.log", settings)
