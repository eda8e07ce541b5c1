"""A real S3-compatible store in a process of its own, which can be told to refuse for a while."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from tests.house.tree import HOUSE
from tests.ports import free_port
from tilewright.store import Access, Blobs, open_blobs

BUCKET, KEY_ID, SECRET = "tiles", "AKIDTESTS", "a secret of the tests"


class S3:
    """Knows one bucket and one key. `address` is a prefix of its own for each asker.

    host: the address that it listens on. certificate: a file with a certificate and its key (PEM),
    for https; `authority` is then the file of who signed it.
    """

    def __init__(
        self,
        folder: Path,
        host: str = "127.0.0.1",
        certificate: Path | None = None,
        authority: Path | None = None,
        inside: tuple[str, ...] = (),
    ) -> None:
        self._flag = folder / "refuse"
        self._host = host
        self._port = free_port() if not inside else 9000
        self._certificate = certificate
        self._authority = authority
        self._inside = inside
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        words = [*self._inside, sys.executable, "-m", "tests.store.s3_process"]
        words += [self._host, str(self._port), str(self._flag)]
        words += [str(self._certificate)] if self._certificate else []
        self._process = subprocess.Popen(
            words, cwd=HOUSE, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            self._process.communicate()  # closes its standard input, and so ends it

    @property
    def endpoint(self) -> str:
        return f"http{'s' if self._certificate else ''}://{self._host}:{self._port}"

    @property
    def access(self) -> Access:
        return Access(self.endpoint, "us-east-1", KEY_ID, SECRET, self._authority)

    def blobs(self, prefix: str) -> Blobs:
        return open_blobs(f"s3://{BUCKET}/{prefix}", self.access)

    def settings(self, prefix: str) -> dict[str, str]:
        """What a door is told of it."""
        return {
            "TILEWRIGHT_STORE_URL": f"s3://{BUCKET}/{prefix}",
            "TILEWRIGHT_STORE_ENDPOINT": self.endpoint,
            "TILEWRIGHT_STORE_KEY_ID": KEY_ID,
            "TILEWRIGHT_STORE_SECRET": SECRET,
        }

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Every request is answered 503 meanwhile."""
        self._flag.touch()
        try:
            yield
        finally:
            self._flag.unlink()


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    """One for each process of pytest-xdist."""
    with S3(tmp_path_factory.mktemp("s3")) as store:
        yield store
