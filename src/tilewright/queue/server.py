"""The embedded NATS server: a child process, started again when it dies, ended when we end."""

import json
import logging
import re
import secrets
import socket
import subprocess
import threading
import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from tilewright.contract import QueueUnavailable
from tilewright.queue.address import (
    FILE_NAME,
    Address,
    read_address,
    write_address,
    write_private,
)
from tilewright.queue.orphan import end_orphan
from tilewright.queue.program import command

LOG = logging.getLogger(__name__)

HOST = "127.0.0.1"
TOKEN_BYTES = 32
ANY_PORT = -1
"""By which the server takes a free one: whoever chose it before might find it taken by then."""
LISTENS = re.compile(r"Listening for client connections on \S+:(\d+)$")
READY = "Server is ready"
PREFIX = re.compile(r"^\[\d+\] [\d/]+ [\d:.]+ ")
SEVERITY = re.compile(r"\[(ERR|FTL|WRN)\]")

START_SECONDS = 10.0
"""A start takes 35 ms; a loaded machine may need seconds."""

STOP_SECONDS = 5.0
"""After which an orderly end is no longer waited for. What is lost then is not the truth."""

SHORTEST_PAUSE, LONGEST_PAUSE = 0.05, 2.0
"""Seconds before a child that died is started again; doubled while it keeps dying."""

LINES_KEPT = 2

CONFIG = """\
# Written anew at every start of the door.
listen: "{host}:{port}"
server_name: "tilewright"
authorization {{ token: {token} }}
jetstream {{ store_dir: {store}, max_memory_store: 16MB }}
"""


class QueueServer:
    """NATS with JetStream on this machine, reachable from here only, with a token.

        with QueueServer(data_folder) as address: ...

    One thread starts the child, reads its log, and starts it again on the same port when it dies.
    It must be one thread that lives as long as the child: Linux kills the child when the *thread*
    that started it ends (see `program.LAUNCH`), and this one ends after its child only.

    folder: DATA_DIR; its `nats` holds the store, and its `nats.json` tells workers the address.
    The caller makes sure that no second door uses the folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = (folder / "nats").resolve()
        self._config = self._folder / "nats.conf"
        self._pid_file = self._folder / "nats.pid"
        self._address_file = folder / FILE_NAME
        self._child: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()  # around the child, against a close in mid-start
        self._settled = threading.Event()  # the first start has succeeded or failed
        self._stopping = threading.Event()
        self._ready = False
        self._last_lines: deque[str] = deque(maxlen=LINES_KEPT)
        self._thread = threading.Thread(target=self._keep, name="nats-server", daemon=True)
        self._port, self._token = ANY_PORT, ""

    @property
    def pid(self) -> int | None:
        """The process id of the child that runs now."""
        child = self._child
        return child.pid if child is not None and child.returncode is None else None

    def start(self) -> Address:
        """Start the child and wait until it answers. Raises `QueueUnavailable`."""
        if end_orphan(self._pid_file, self._config):
            LOG.warning("ended the queue server that an earlier run left behind")
        command(self._config)  # refuses here, before any thread, where there is no program
        self._port, self._token = self._last() or (ANY_PORT, secrets.token_urlsafe(TOKEN_BYTES))
        self._thread.start()
        self._settled.wait(START_SECONDS)
        if not self._ready:
            self.close()
            raise QueueUnavailable(
                f"the queue server did not start; its last words: {self._last_words() or 'none'}"
            )
        address = Address(f"nats://{HOST}:{self._port}", self._token)
        write_address(self._address_file, address)
        return address

    def close(self) -> None:
        """End the child in order, and everything that watches it. May be called twice.

        The address stays in its file: the next start takes the same one, so that workers that
        outlive this door find the next.
        """
        self._stopping.set()
        with self._lock:
            child = self._child
            if child is not None and child.returncode is None:
                child.terminate()
        if not self._thread.is_alive():
            return
        self._thread.join(STOP_SECONDS)
        if self._thread.is_alive() and child is not None:
            child.kill()
            self._thread.join()

    def __enter__(self) -> Address:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _last(self) -> tuple[int, str] | None:
        """Port and token of the last run, if that port is free.

        A token is never kept with a port that somebody else has: they would be told it.
        """
        try:
            kept = read_address(self._address_file)
            port = urlsplit(kept.url).port
        except (QueueUnavailable, ValueError):
            return None
        return (port, kept.token) if kept.token and port and _is_free(port) else None

    def _keep(self) -> None:
        """The thread: run the child, again and again, until told to stop."""
        pause = SHORTEST_PAUSE
        while not self._stopping.is_set():
            self._ready = False
            started = time.monotonic()
            try:
                self._run_child()
            except OSError as error:  # a full disk, or no memory to start anything
                self._last_lines.append(str(error))
            first = not self._settled.is_set()
            if self._stopping.is_set() or first:
                self._settled.set()
                break
            lasted = time.monotonic() - started > LONGEST_PAUSE
            pause = SHORTEST_PAUSE if lasted else min(2 * pause, LONGEST_PAUSE)
            LOG.warning("the queue server died and is started again: %s", self._last_words())
            self._stopping.wait(pause)
        with suppress(OSError):
            self._pid_file.unlink()

    def _run_child(self) -> None:
        """Start the child and stay with it until it has ended."""
        self._write_config()
        with self._lock:
            if self._stopping.is_set():
                return
            self._child = child = subprocess.Popen(
                command(self._config),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                # A Ctrl-C in the terminal is for us; we end the child when our work is done.
                start_new_session=True,
            )
        with child:
            try:
                write_private(self._pid_file, str(child.pid))
            except OSError:
                child.kill()
                raise
            assert child.stderr is not None
            for line in child.stderr:
                self._heed(line.strip())

    def _write_config(self) -> None:
        """At every start, since the whole folder may have been deleted under a running child."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        text = CONFIG.format(
            host=HOST,
            port=self._port,
            token=json.dumps(self._token),
            store=json.dumps(str(self._folder)),
        )
        write_private(self._config, text)

    def _last_words(self) -> str:
        return " | ".join(PREFIX.sub("", line) for line in self._last_lines)

    def _heed(self, line: str) -> None:
        self._last_lines.append(line)
        LOG.log(logging.WARNING if SEVERITY.search(line) else logging.DEBUG, "nats: %s", line)
        if found := LISTENS.search(line):
            self._port = int(found[1])  # for good, also if it is started again
        if READY in line:
            self._ready = True
            self._settled.set()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # Like the server: a port whose old connections only linger is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True
