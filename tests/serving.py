"""The service as a process of its own, as an operator starts it."""

import json
import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple, Self

import httpx

from tests.cli.command import Finished, asked
from tests.database.ready import put_database
from tests.house.tree import HOUSE
from tests.ports import free_port
from tilewright.accounts import create_account, create_key, grant
from tilewright.database import open_database, writing
from tilewright.settings import PREFIX

PATIENCE = 60.0
"""Seconds for what takes one on an idle machine."""

SOONEST, LATEST, SHARE = 0.01, 0.1, 0.1
"""Seconds between two looks at something awaited: a tenth of what it has taken so far. Looks cost
both sides, and take the cores from what is awaited."""

LOOPBACK = "127.0.0.0/8"

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For plain lines to this machine: otherwise httpx reads the certificates of all authorities for
each client and each single call, which takes 20 ms of a core."""


class Account(NamedTuple):
    """Somebody who may ask."""

    name: str
    key: str
    key_id: str
    account_id: str

    def line(self, service: "Service") -> httpx.Client:
        """A connection that the service knows as this one's."""
        headers = {"x-api-key": self.key}
        return httpx.Client(base_url=service.url, headers=headers, timeout=PATIENCE, verify=NO_TLS)


class Service:
    """One data folder and the process that serves it."""

    def __init__(self, folder: Path, environment: dict[str, str], options: tuple[str, ...]) -> None:
        self.folder = folder
        self.environment = environment
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder.with_name(f"{folder.name}.log")
        self.command = ["serve", "--port", str(self.port), *options]

    @classmethod
    def at(cls, folder: Path, *options: str, **settings: str) -> Self:
        """What `tilewright serve` with these options would be; `serving` says what they are."""
        return cls(folder, _environment(folder, settings), options)

    @property
    def database(self) -> str:
        """Its address."""
        usual = f"sqlite:///{self.folder / 'tilewright.db'}"
        return self.environment.get(f"{PREFIX}DATABASE_URL", usual)

    def start(self) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "tilewright", *self.command],
                stdout=log,
                stderr=log,
                env=self.environment,
                cwd=HOUSE,
            )

    def is_ready(self) -> bool:
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.url}/ready", verify=NO_TLS).status_code == 200
        return False

    def cli(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Another command on the same folder, which may not end by itself."""
        return subprocess.run(
            [sys.executable, "-m", "tilewright", *arguments],
            env=self.environment,
            cwd=HOUSE,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    def operator(self, *arguments: str) -> Finished:
        """What an operator types on the same folder, without another process."""
        ours = {name: self.environment[name] for name in self.environment if PREFIX in name}
        return asked(*arguments, cwd=HOUSE, env=ours)

    def account(self, name: str, dollars: str = "100", **limits: Any) -> Account:
        """A new account with a key and credits, at once. limits: those of `create_key`."""
        engine = open_database(self.database)
        with writing(engine) as tx:
            account = create_account(tx, name, now := time.time())
            key, secret = create_key(tx, account, "key", now, **limits)
            grant(tx, account, Decimal(dollars), "", now)
        engine.dispose()
        return Account(name, secret, key.id, account)

    def account_by_command(self, name: str, dollars: str, *options: str) -> Account:
        """The same as an operator makes it."""
        made = self.operator("keys", "create", name, "--json", *options)
        assert made.code == 0, made.err
        key = json.loads(made.out)
        added = self.operator("credits", "add", name, dollars)
        assert added.code == 0, added.err
        return Account(name, key["key"], key["id"], key["account_id"])


@contextmanager
def serving(folder: Path, *options: str, **settings: str) -> Iterator[Service]:
    """`tilewright serve` until the block ends; then it must go in peace and have no errors logged.

    It finds its database up to date; others start without one.
    options: more of the command line. settings: `public_url="..."` is TILEWRIGHT_PUBLIC_URL.
    """
    service = Service.at(folder, *options, **settings)
    if "database_url" not in settings:
        put_database(folder / "tilewright.db")
    with service.start() as process:
        try:
            until(lambda: service.is_ready() or process.poll() is not None)
            assert process.poll() is None, service.log.read_text()
            yield service
            assert process.poll() is None, service.log.read_text()
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE) == 0, service.log.read_text()
        finally:
            process.kill()
    assert "Traceback" not in service.log.read_text(), service.log.read_text()


def _environment(folder: Path, settings: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    stated = {"data_dir": str(folder), "allowed_networks": LOOPBACK, **settings}
    return kept | {PREFIX + name.upper(): value for name, value in stated.items()}


def until(condition: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """What `condition` gives as soon as it is true; another process brings it about."""
    begin = time.monotonic()
    while not (found := condition()):
        passed = time.monotonic() - begin
        assert passed < patience, "it did not come about in time"
        time.sleep(min(max(SOONEST, SHARE * passed), LATEST))
    return found
