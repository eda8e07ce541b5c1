"""A PostgreSQL of our own for each process of the tests, and a database of either kind."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import Engine, make_url

from tests.database.ready import put_database
from tests.ports import free_port
from tilewright.database import open_database

MISSING = (
    "the tests need a PostgreSQL server and found none in PATH or /usr/lib/postgresql; "
    "install Debian's package `postgresql`"
)

QUICK = ("fsync=off", "full_page_writes=off", "max_connections=200")

DIES_WITH_US = '"$0" "$@" & read -r _; kill -QUIT $!; wait'
"""For the shell: a server that ends when our end of its standard input does, however that is."""

KINDS = ("sqlite", "postgresql")

START_SECONDS = 60.0
USUAL_PORT = 5432
PARTS = ("cert", "key")


def program(name: str) -> str:
    """Where a program of PostgreSQL lies; Debian keeps them out of PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = shutil.which(name) or (str(debian[-1]) if debian else None)
    if found is None:
        pytest.fail(MISSING)
    return found


class Cluster:
    """A server that nobody else knows; it listens on a socket in its own folder.

    host: where it listens besides. inside: the words that run a command on that host, if it is not
    this one. certificate: a file with a certificate and its key (PEM), without which nobody comes
    in by `host`.
    """

    def __init__(
        self,
        folder: Path,
        host: str = "",
        inside: tuple[str, ...] = (),
        certificate: Path | None = None,
    ) -> None:
        self.folder = folder
        self.host = host
        self.port = free_port() if host and not inside else USUAL_PORT
        self._inside = inside
        self._certificate = certificate
        self._settings: tuple[str, ...] = QUICK
        self._first: str | None = None
        self.data = folder / "data"
        self.who: pwd.struct_passwd | None = None
        self.server: subprocess.Popen[bytes] | None = None
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            self.who = _somebody()
            os.chown(folder, self.who.pw_uid, self.who.pw_gid)

    def start(self, settings: tuple[str, ...] = QUICK) -> None:
        self._run("initdb", "--auth=trust", "--username=tests", "--no-sync", "-D", str(self.data))
        if self.host:
            kind = "hostssl" if self._certificate else "host"
            rules = f"local all all trust\n{kind} all all all trust\n"
            (self.data / "pg_hba.conf").write_text(rules)
        self._settings = settings
        self.serve()

    def restart(self) -> None:
        """End it as a crash would, and start it again; connections break."""
        self.stop()
        self.serve()

    def serve(self) -> None:
        listens = [f"unix_socket_directories={self.folder}", f"listen_addresses={self.host}"]
        settings = [*listens, f"port={self.port}", *self._settings]
        if self._certificate is not None:
            settings += ["ssl=on", *(f"ssl_{part}_file={self._own_pem()}" for part in PARTS)]
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

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """All its processes stand still meanwhile: it takes what is sent, and answers nothing."""
        first = int((self.data / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{first}/task/{first}/children")
        os.kill(first, signal.SIGSTOP)  # from here on it makes no more of them
        stopped = [first, *map(int, children.read_text().split())]
        try:
            for process in stopped[1:]:
                os.kill(process, signal.SIGSTOP)
            yield
        finally:
            for process in reversed(stopped):
                os.kill(process, signal.SIGCONT)

    def stop(self) -> None:
        if self.server is not None:
            self.server.communicate()  # closes its standard input

    def new_database(self) -> str:
        """The address of an empty database."""
        return self._created("template1")

    def ready_database(self) -> str:
        """The address of one that holds what a migration makes; a copy takes a third of its time.

        Only here: a copy is not made while somebody is at the first.
        """
        if self._first is None:
            open_database(address := self.new_database()).dispose()
            self._first = str(make_url(address).database)
        return self._created(self._first)

    def _created(self, like: str) -> str:
        name = f"t{uuid4().hex}"
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{like}"'.encode())
        if self.host:
            return f"postgresql://tests@{self.host}:{self.port}/{name}"
        return self._address(name)

    def _address(self, name: str) -> str:
        return f"postgresql://tests@/{name}?host={self.folder}&port={self.port}"

    def _own_pem(self) -> Path:
        """The certificate as PostgreSQL wants it: nobody else may read the key."""
        assert self._certificate is not None
        pem = self.folder / "certificate.pem"
        pem.touch(mode=0o600)
        pem.write_bytes(self._certificate.read_bytes())
        if self.who is not None:
            os.chown(pem, self.who.pw_uid, self.who.pw_gid)
        return pem

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
def running_cluster(
    host: str = "", inside: tuple[str, ...] = (), certificate: Path | None = None
) -> Iterator[Cluster]:
    """A server in a folder that its own user can reach, gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="tilewright-pg-"))
    server = Cluster(folder, host, inside, certificate)
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


@pytest.fixture(params=KINDS)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty database is, or can be made: the promises hold on both kinds."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'tilewright.db'}"
    server: Cluster = request.getfixturevalue("cluster")
    return server.new_database()


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database that is ready for use, of either kind."""
    if request.param == "sqlite":
        put_database(file := tmp_path / "tilewright.db")
        address = f"sqlite:///{file}"
    else:
        server: Cluster = request.getfixturevalue("cluster")
        address = server.ready_database()
    engine = open_database(address)
    yield engine
    engine.dispose()
