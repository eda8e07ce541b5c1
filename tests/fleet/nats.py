"""A NATS server as an operator runs it: without us, with a token, encrypted or not."""

import os
import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.database.postgres import DIES_WITH_US
from tests.ports import free_port
from tilewright.queue.program import find_program

TOKEN = "the token of the tests"
START_SECONDS = 20.0
PORT = 4222

JETSTREAM = """
jetstream {{ store_dir: "{folder}/jetstream", max_memory_store: 64MB, max_file_store: 1GB }}
"""

CONFIG = """
listen: "{host}:{port}"
{lock}
{jetstream}
{tls}
"""


class Nats:
    """lock: the part of its configuration that says who may come in.

    certificate: a file with a certificate and its key (PEM), for tls.

    inside: the words that run a command on `host`, if it is not this one.
    """

    def __init__(
        self,
        folder: Path,
        host: str = "127.0.0.1",
        certificate: Path | None = None,
        inside: tuple[str, ...] = (),
        lock: str = f'authorization {{ token: "{TOKEN}" }}',
        jetstream: bool = True,
    ) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        self._host = host
        self._port = PORT if inside else free_port()
        self._inside = inside
        self._process: subprocess.Popen[bytes] | None = None
        tls = f'tls {{ cert_file: "{certificate}", key_file: "{certificate}" }}'
        config = CONFIG.format(
            host=host,
            port=self._port,
            lock=lock,
            jetstream=JETSTREAM.format(folder=folder) if jetstream else "",
            tls=tls if certificate else "",
        )
        (folder / "nats.conf").write_text(config)
        self.url = f"{'tls' if certificate else 'nats'}://{host}:{self._port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    @property
    def settings(self) -> dict[str, str]:
        """All that a worker is told."""
        return {"TILEWRIGHT_NATS_URL": self.url, "TILEWRIGHT_NATS_TOKEN": TOKEN}

    def start(self) -> None:
        """Start it, and wait until it says that it is ready."""
        log = self._folder / "log"
        words = [*self._inside, "sh", "-c", DIES_WITH_US, find_program()]
        words += ["-c", str(self._folder / "nats.conf")]
        with log.open("wb") as told:
            self._process = subprocess.Popen(
                words, stdin=subprocess.PIPE, stdout=told, stderr=told, start_new_session=True
            )
        end = time.monotonic() + START_SECONDS
        while b"Server is ready" not in log.read_bytes():
            assert time.monotonic() < end, log.read_text()
            assert self._process.poll() is None, log.read_text()
            time.sleep(0.02)

    def kill(self) -> None:
        """End the server as a power cut would."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.communicate()
