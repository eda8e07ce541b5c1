"""The compose file is a fleet: what it starts, started here as plain processes, makes tiles."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.database.postgres import Cluster
from tests.deploy.composed import FOLDER, Missing, example, filled, mounted, read, services
from tests.deploy.image import environment, health_check
from tests.deploy.program import check_command, check_settings
from tests.house.tree import HOUSE
from tests.serving import NO_TLS, PATIENCE, free_port, until
from tests.store.s3 import S3
from tilewright.client import Client
from tilewright.queue.program import find_program
from tilewright.queue.subjects import STREAM

SECRETS = ("POSTGRES_PASSWORD", "TILEWRIGHT_NATS_TOKEN", "TILEWRIGHT_LINK_SECRET")
DRAWN = "0123456789abcdef" * 3

DOORS, WORKERS = ("first", "second"), ("one", "two")

SLUG = "qwen-image-edit-plus-texture-extract"
PROMPT = "Extract fallen leaves texture from the forest floor."
SIDE = 300

Service = dict[str, Any]


class Fleet:
    """The services of compose.yaml as processes of this machine.

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
        found = httpx.get(
            f"http://127.0.0.1:{self.monitor}/jsz", params=query, verify=NO_TLS
        ).json()
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


@pytest.fixture
def leaves(tmp_path: Path) -> Path:
    """A small photo of leaves."""
    path = tmp_path / "leaves.jpg"
    with Image.open(HOUSE / "examples" / "oak_leaves.jpg") as photo:
        photo.thumbnail((SIDE, SIDE))
        photo.save(path)
    return path


@pytest.fixture
def fleet(tmp_path: Path, cluster: Cluster, s3: S3) -> Iterator[Fleet]:
    """Two doors without a worker, on a database that was brought up to date once."""
    started = Fleet(tmp_path, cluster.new_database(), s3)
    try:
        started.start_queue()
        started.exec("migrate")
        for name in DOORS:
            started.start(name, "door")
        until(lambda: all(started.asks(f"{started.url(name)}/ready") for name in DOORS))
        yield started
    finally:
        started.kill()


def test_it_makes_tiles_through_all_doors_and_goes_to_zero_and_back(
    fleet: Fleet, leaves: Path, tmp_path: Path
) -> None:
    refused = httpx.post(f"{fleet.url('first')}/v2/{SLUG}", json={"prompt": PROMPT})
    assert refused.status_code == 401
    key = fleet.exec("door", "keys", "create", "studio").split()
    secret = next(word for word in key if word.startswith("tw_"))
    fleet.exec("door", "credits", "add", "studio", "1")

    with contextlib.ExitStack() as stack:
        first, second = (stack.enter_context(Client(secret, fleet.url(name))) for name in DOORS)
        jobs = [
            door.submit_async(SLUG, prompt=PROMPT, image_1=str(leaves), width=256, height=256)
            for door in (first, second)
        ]
        until(lambda: fleet.lag() == len(jobs))

        for name in WORKERS:
            fleet.start(name, "worker")
        until(lambda: second.job(jobs[0].request_id).status()["status"] == "PROCESSING")
        assert fleet.lag() > 0, "who works is wanted still"
        for door, job in zip((second, first), jobs, strict=True):
            assert door.job(job.request_id).wait(timeout=PATIENCE * 3)["status"] == "COMPLETED"
        until(lambda: fleet.lag() == 0)
        assert all(fleet.well(name) for name in fleet.ports)
        tile = httpx.get(second.job(jobs[0].request_id).wait()["output"], follow_redirects=True)
        assert tile.headers["content-type"] == "image/webp"

    fleet.leave()


def test_docker_compose_takes_it() -> None:
    """As far as its own schema is not needed to say so: every name that is used is there."""
    whole = read()
    for name, one in whole["services"].items():
        assert one["image"].count("/") <= 1, "images have plain names"
        assert set(one.get("networks", ())) <= set(whole["networks"]), name
        assert set(one.get("depends_on", ())) <= set(whole["services"]), name
        for volume in one.get("volumes", ()):
            place = volume.split(":")[0]
            assert place in whole["volumes"] or (FOLDER / place).is_file(), name


def test_nothing_starts_without_its_secrets() -> None:
    with pytest.raises(Missing):
        services(filled())
    assert all(f"\n{name}=\n" in example() for name in SECRETS)


def test_programs_know_their_commands_and_settings() -> None:
    ours = {
        name: one
        for name, one in services(
            filled(**dict.fromkeys((*SECRETS, "TILEWRIGHT_STORE_SECRET"), DRAWN))
        ).items()
        if one["image"].startswith("tilewright:")
    }
    assert set(ours) == {"door", "worker", "worker-qwen", "weights", "migrate"}
    check_settings(environment())
    for one in ours.values():
        check_command(one["command"])
        check_settings(one.get("environment", {}))


def test_our_containers_are_closed() -> None:
    for name, one in read()["services"].items():
        if one["image"].startswith("tilewright:"):
            assert one["read_only"], name
            assert one["cap_drop"] == ["ALL"], name
            assert one["security_opt"] == ["no-new-privileges:true"], name


def test_workers_reach_the_queue_and_know_no_database() -> None:
    found = services(filled(**dict.fromkeys((*SECRETS, "TILEWRIGHT_STORE_SECRET"), DRAWN)))

    for name in ("worker", "worker-qwen"):
        assert set(found[name]["environment"]) == {
            *("TILEWRIGHT_NATS_URL", "TILEWRIGHT_NATS_TOKEN", "TILEWRIGHT_LOG_FORMAT"),
        }
        assert "records" not in found[name]["networks"]
