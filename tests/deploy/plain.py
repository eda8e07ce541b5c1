"""The services of the compose file as plain processes of this machine."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.deploy.composed import filled, mounted, services
from tests.deploy.image import health_check
from tests.house.tree import HOUSE
from tests.ports import free_port
from tests.serving import NO_TLS, PATIENCE, until
from tests.store.s3 import S3
from tilewright.queue.program import find_program
from tilewright.queue.subjects import STREAM

SECRETS = ("POSTGRES_PASSWORD", "TILEWRIGHT_NATS_TOKEN", "TILEWRIGHT_LINK_SECRET")
DRAWN = "0123456789abcdef" * 3

DOORS, WORKERS = ("first", "second"), ("one", "two")

Service = dict[str, Any]


class Fleet:
    """Each container is one process.

    PostgreSQL and the store are an operator's own, as env.example says that they may be.
    """

    def __init__(self, folder: Path, database_url: str, store: S3) -> None:
        self.folder = folder
        self.nats, self.monitor = free_port(), free_port()
        self.ports = {name: free_port() for name in (*DOORS, *WORKERS)}
        self.environment = filled(
            **dict.fromkeys(SECRETS, DRAWN),
            **store.settings("fleet"),
            TILEWRIGHT_DATABASE_URL=database_url,
            TILEWRIGHT_NATS_URL=f"nats://127.0.0.1:{self.nats}",
            TILEWRIGHT_PUBLIC_URL=self.url("first"),
        )
        self.services = services(self.environment)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def url(self, door: str) -> str:
        return f"http://127.0.0.1:{self.ports[door]}"

    def command(self, service: Service, port: int | None = None) -> list[str]:
        """The same command; a port of the machine has only one of it."""
        words = [str(port) if word == "8000" else word for word in service["command"]]
        return [sys.executable, "-m", "tilewright", *words]

    def settings(self, name: str, service: Service) -> dict[str, str]:
        """What the container would see, its folders ours."""
        data = self.folder / name
        data.mkdir(exist_ok=True)
        return {
            **{"PATH": os.environ["PATH"], "PYTHONPATH": str(HOUSE)},
            **{"TILEWRIGHT_DATA_DIR": str(data), "HOME": str(data)},
            **service["environment"],
        }

    def start(self, name: str, kind: str) -> None:
        """One container of a service."""
        service = self.services[kind]
        self._spawn(name, self.command(service, self.ports[name]), self.settings(name, service))

    def start_queue(self) -> None:
        """NATS with its own command and file; the ports and the folder are the machine's."""
        service = self.services["nats"]
        config = mounted(service, service["command"][1])
        ours = ["-p", str(self.nats), "-m", str(self.monitor), "-sd", str(self.folder / "nats")]
        self._spawn("nats", [find_program(), "-c", str(config), *ours], service["environment"])
        until(lambda: self.asks(f"http://127.0.0.1:{self.monitor}/healthz"))

    def exec(self, kind: str, *words: str) -> str:
        """`docker compose exec` or `run`: what it printed."""
        service = self.services[kind]
        done = subprocess.run(
            [sys.executable, "-m", "tilewright", *(words or service["command"])],
            env=self.settings(kind, service),
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def well(self, name: str) -> bool:
        """What the image's own health check says of a container."""
        done = subprocess.run(
            health_check(self.ports[name]),
            env={"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
            capture_output=True,
            check=False,
        )
        return done.returncode == 0

    def asks(self, url: str) -> bool:
        try:
            return httpx.get(url, verify=NO_TLS).status_code == 200
        except httpx.TransportError:
            return False

    def lag(self) -> int:
        """Jobs for the synthesis engine, as KEDA reads them: from NATS's monitor."""
        query = {"acc": "$G", "consumers": "true", "config": "true"}
        monitor = f"http://127.0.0.1:{self.monitor}/jsz"
        found = httpx.get(monitor, params=query, verify=NO_TLS).json()
        for account in found.get("account_details", ()):
            for stream in account.get("stream_detail", ()):
                for one in stream.get("consumer_detail") or ():
                    if (stream["name"], one["name"]) == (STREAM, "synthesis"):
                        return int(one["num_pending"] + one["num_ack_pending"])
        return -1

    def leave(self) -> None:
        """SIGTERM for all, the queue's server last; each goes in peace within its grace time."""
        for name in [*reversed([*self.ports]), "nats"]:
            if process := self.processes.pop(name, None):
                process.terminate()
                code = process.wait(PATIENCE)
                log = (self.folder / f"{name}.log").read_text()
                assert code == 0, f"{name}: {log}"
                assert "Traceback" not in log, f"{name}: {log}"

    def kill(self) -> None:
        for process in self.processes.values():
            process.kill()
            process.wait()

    def _spawn(self, name: str, words: list[str], variables: Mapping[str, str]) -> None:
        with (self.folder / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(
                words, env=dict(variables), cwd=self.folder, stdout=log, stderr=log
            )

    def new_key(self, name: str) -> str:
        """The secret of a key whose account has credits."""
        made = self.exec("door", "keys", "create", name).split()
        self.exec("door", "credits", "add", name, "1")
        return next(word for word in made if word.startswith("tw_"))


@contextmanager
def fleet_without_workers(folder: Path, database_url: str, store: S3) -> Iterator[Fleet]:
    """Two doors, on a database that was brought up to date once."""
    started = Fleet(folder, database_url, store)
    try:
        started.start_queue()
        started.exec("migrate")
        for name in DOORS:
            started.start(name, "door")
        until(lambda: all(started.asks(f"{started.url(name)}/ready") for name in DOORS))
        yield started
    finally:
        started.kill()
