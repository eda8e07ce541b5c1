"""A PostgreSQL of our own for each process of the tests, and a database of either kind."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import Engine

from tilewright.database import open_database

MISSING = (
    "the tests need a PostgreSQL server and found none in PATH or /usr/lib/postgresql; "
    "install Debian's package `postgresql`"
)

QUICK = ("fsync=off", "full_page_writes=off", "max_connections=200")

DIES_WITH_US = '"$0" "$@" & read -r _; kill -QUIT $!; wait'
"""For the shell: a server that ends when our end of its standard input does, however that is."""

START_SECONDS = 60.0


def program(name: str) -> str:
    """Where a program of PostgreSQL lies; Debian keeps them out of PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = shutil.which(name) or (str(debian[-1]) if debian else None)
    if found is None:
        pytest.fail(MISSING)
    return found


class Cluster:
    """A server that nobody else knows; it listens on a socket in its own folder.

    host: where it listens besides, on the usual port. inside: the words that run a command on that
    host, if it is not this one.
    """

    def __init__(self, folder: Path, host: str = "", inside: tuple[str, ...] = ()) -> None:
        self.folder = folder
        self.host = host
        self._inside = inside
        self.data = folder / "data"
        self.who: pwd.struct_passwd | None = None
        self.server: subprocess.Popen[bytes] | None = None
        self.stated = QUICK
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            self.who = _somebody()
            os.chown(folder, self.who.pw_uid, self.who.pw_gid)

    def start(self, settings: tuple[str, ...] = QUICK) -> None:
        self._run("initdb", "--auth=trust", "--username=tests", "--no-sync", "-D", str(self.data))
        with (self.data / "pg_hba.conf").open("a") as rules:
            rules.write("host all all all trust\n")
        self.stated = settings
        self.serve()

    def restart(self) -> None:
        """End it as a crash would, and start it again; connections break."""
        self.stop()
        self.serve()

    def serve(self) -> None:
        listens = [f"unix_socket_directories={self.folder}", f"listen_addresses={self.host}"]
        settings = [*listens, *self.stated]
        options = [word for setting in settings for word in ("-c", setting)]
        self.server = self._spawn(
            ["sh", "-c", DIES_WITH_US, program("postgres"), "-D", str(self.data), *options],
            "server",
        )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if time.monotonic() > deadline or self.server.poll() is not None:
                pytest.fail(f"PostgreSQL did not start: {self._told('server')}")
            time.sleep(0.02)

    def stop(self) -> None:
        if self.server is not None:
            self.server.communicate()  # closes its standard input

    def new_database(self) -> str:
        """The address of an empty database."""
        name = f"t{uuid4().hex}"
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return f"postgresql://tests@{self.host}/{name}" if self.host else self._address(name)

    def _address(self, name: str) -> str:
        return f"postgresql://tests@/{name}?host={self.folder}"

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._address("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, name: str, *rest: str) -> None:
        process = self._spawn([program(name), *rest], name)
        process.communicate()
        if process.returncode != 0:
            pytest.fail(f"{name} failed: {self._told(name)}")

    def _spawn(self, line: list[str], name: str) -> subprocess.Popen[bytes]:
        become: list[str] = []
        if self.who is not None:
            ids = (f"--reuid={self.who.pw_uid}", f"--regid={self.who.pw_gid}", "--clear-groups")
            become = ["setpriv", *ids]
        with (self.folder / f"{name}.log").open("wb") as log:
            return subprocess.Popen(
                [*self._inside, *become, *line],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )

    def _told(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()


def _somebody() -> pwd.struct_passwd:
    names = {user.pw_name: user for user in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


@contextmanager
def running_cluster(host: str = "", inside: tuple[str, ...] = ()) -> Iterator[Cluster]:
    """A server in a folder that its own user can reach, gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="tilewright-pg-"))
    server = Cluster(folder, host, inside)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """One for each process of pytest-xdist."""
    with running_cluster() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty database is, or can be made: the promises hold on both kinds."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'tilewright.db'}"
    server: Cluster = request.getfixturevalue("cluster")
    return server.new_database()


@pytest.fixture
def database(address: str) -> Iterator[Engine]:
    """A database that is ready for use."""
    engine = open_database(address)
    yield engine
    engine.dispose()
