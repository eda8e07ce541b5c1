"""Blobs: bytes under a random name, whole or not at all, wherever they lie."""

import logging
import re
import secrets
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import obstore
from anyio import to_thread
from obstore.exceptions import BaseError
from obstore.store import ObjectStore

from tilewright.contract import StoreUnusable

LOG = logging.getLogger(__name__)

NAME_BYTES = 16
"""128 bits: a name cannot be guessed, nor drawn twice."""

NAME = re.compile(rf"[0-9a-f]{{{2 * NAME_BYTES}}}")


class BlobGone(Exception):
    """There is no blob of that name: it was deleted, or never put."""


class BlobStat(NamedTuple):
    """Size in bytes, and when it was put, in UNIX seconds."""

    size: int
    put_at: float


class Room(NamedTuple):
    """A new name, and the place where a worker puts the blob that is to bear it."""

    name: str
    place: str


class Blobs(ABC):
    """A store of blobs. All methods block: the network or the disk may be slow.

    Whatever the store itself refuses is a `StoreUnusable`.
    """

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    @abstractmethod
    def lend(self, name: str) -> str:
        """The place where a worker finds a blob: see `LentBlobs`."""

    @abstractmethod
    def room(self) -> Room:
        """Where a worker puts its tile; nothing is there until it does."""

    @abstractmethod
    def write(self, name: str, data: bytes) -> None:
        """Keep `data` under a new name; nobody sees the blob before it is whole."""

    def put(self, data: bytes) -> str:
        """Keep `data` and return its new name. Of what raises, nothing is kept."""
        name = new_name()
        self.write(name, data)
        return name

    async def keep(self, data: bytes, *, at_once: bool) -> str:
        """The same, while the event loop goes on. at_once: it may wait, if that is quicker."""
        return await to_thread.run_sync(self.put, data)

    def get(self, name: str) -> bytes:
        """The whole blob. Raises `BlobGone`."""
        try:
            return bytes(obstore.get(self._store, checked(name)).bytes())
        except FileNotFoundError:
            raise BlobGone(name) from None
        except (BaseError, OSError) as error:
            raise unusable(error) from error

    def stat(self, name: str) -> BlobStat | None:
        """Size and age of a blob; None if there is none of that name."""
        try:
            found = obstore.head(self._store, checked(name))
        except (FileNotFoundError, BlobGone):
            return None
        except (BaseError, OSError) as error:
            raise unusable(error) from error
        return BlobStat(found["size"], found["last_modified"].timestamp())

    def delete(self, *names: str) -> None:
        """Remove blobs; a name that is not there is no fault, so it may run twice."""
        try:
            self._delete([name for name in names if is_blob_name(name)])
        except (BaseError, OSError) as error:
            raise unusable(error) from error

    def discard(self, *names: str) -> bool:
        """Remove blobs if the store lets us; False, if not, and somebody must come again."""
        try:
            self.delete(*names)
        except StoreUnusable:
            return False
        return True

    def put_before(self, moment: float) -> list[str]:
        """Names of all blobs put before `moment` (UNIX seconds).

        Whoever knows which names are still told somewhere can find by it those that a worker put
        and, killed at that instant, told nobody.
        """
        limit = datetime.fromtimestamp(moment, UTC)
        try:
            return [
                found["path"]
                for page in obstore.list(self._store)
                for found in page
                if found["last_modified"] < limit and is_blob_name(found["path"])
            ]
        except (BaseError, OSError) as error:
            raise unusable(error) from error

    @abstractmethod
    def check(self) -> None:
        """Raise a `StoreUnusable` that says what to put right before a door starts."""

    def clean(self) -> int:
        """Remove what a killed process left half-written, as only folders have it; how many."""
        return 0

    @abstractmethod
    def _delete(self, names: Sequence[str]) -> None: ...


def new_name() -> str:
    """A name that no blob ever had."""
    return secrets.token_hex(NAME_BYTES)


def is_blob_name(text: str) -> bool:
    """Whether `text` could be the name of a blob: no path ever is."""
    return NAME.fullmatch(text) is not None


def checked(name: str) -> str:
    """The name itself. Raises `BlobGone` for what could never be one."""
    if not is_blob_name(name):
        raise BlobGone(name)
    return name


def unusable(error: Exception) -> StoreUnusable:
    """What a caller is told; the log is told the rest."""
    LOG.error("the store failed: %s", first_line(error))
    return StoreUnusable(
        "photos and tiles cannot be stored or read at the moment, the disk may be full or the "
        "object store away; try again later"
    )


def first_line(error: BaseException | None) -> str:
    """What happened; the lines behind the first tell obstore's own affairs."""
    return str(error).strip().partition("\n")[0]
