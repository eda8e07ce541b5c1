"""Blobs: bytes under a random name, whole or not at all, in a folder or any obstore address."""

import logging
import os
import re
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import obstore
from obstore.exceptions import BaseError, GenericError
from obstore.store import LocalStore, MemoryStore, ObjectStore, from_url

from tilewright.contract import StoreUnusable

LOG = logging.getLogger(__name__)

NAME_BYTES = 16
"""128 bits: a name cannot be guessed, nor drawn twice."""

NAME = re.compile(rf"[0-9a-f]{{{2 * NAME_BYTES}}}")
STAGED = re.compile(rf"{NAME.pattern}#\d+")
"""What obstore's LocalStore calls a file until it is whole; it never lists or reads such names."""

MOST_TRIES = 3
"""Of one write, each time under another name. See `Blobs.put`."""


class BlobGone(Exception):
    """There is no blob of that name: it was deleted, or never put."""


class BlobStat(NamedTuple):
    """Size in bytes, and when it was put, in UNIX seconds."""

    size: int
    put_at: float


class Blobs:
    """A store of blobs. All methods block: the network or the disk may be slow.

    folder: where the store is a folder, so that `clean` can look into it.
    """

    def __init__(self, store: ObjectStore, folder: Path | None = None) -> None:
        self._store = store
        self._folder = folder

    def put(self, data: bytes) -> str:
        """Keep `data` and return its new name. Nobody sees the blob before it is whole.

        Raises `StoreUnusable`, and nothing is kept then.
        """
        for _ in range(MOST_TRIES - 1):
            try:
                return self._create(data)
            except GenericError:
                # A door that started meanwhile took our half-written file for a killed run's
                # (see `clean`). Nothing of it is left, so it is written again.
                continue
        try:
            return self._create(data)
        except (BaseError, OSError) as error:
            raise _unusable(error) from error

    def settle(self, name: str) -> None:
        """Wait until the disk has the blob, which no power cut takes then. The clouds have it."""
        if self._folder is None:
            return
        try:
            for path in (self._folder / _checked(name), self._folder):
                _sync(path)
        except OSError as error:
            raise _unusable(error) from error

    def get(self, name: str) -> bytes:
        """The whole blob. Raises `BlobGone`."""
        try:
            return bytes(obstore.get(self._store, _checked(name)).bytes())
        except FileNotFoundError:
            raise BlobGone(name) from None

    def stat(self, name: str) -> BlobStat | None:
        """Size and age of a blob; None if there is none of that name."""
        try:
            found = obstore.head(self._store, _checked(name))
        except (FileNotFoundError, BlobGone):
            return None
        return BlobStat(found["size"], found["last_modified"].timestamp())

    def delete(self, *names: str) -> None:
        """Remove blobs; a name that is not there is no fault, so it may run twice."""
        for name in names:
            try:
                obstore.delete(self._store, _checked(name))
            except (FileNotFoundError, BlobGone):
                continue

    def put_before(self, moment: float) -> list[str]:
        """Names of all blobs put before `moment` (UNIX seconds).

        Whoever knows which names are still told somewhere can find by it those that a worker put
        and, killed at that instant, told nobody.
        """
        limit = datetime.fromtimestamp(moment, UTC)
        return [
            found["path"]
            for page in obstore.list(self._store)
            for found in page
            if found["last_modified"] < limit and is_blob_name(found["path"])
        ]

    def clean(self) -> int:
        """Remove what a killed process left half-written in a folder; how many there were.

        To be called when a door starts. A worker that is writing at this moment loses its file
        before it is whole, notices, and writes again.
        """
        if self._folder is None:
            return 0  # the clouds keep nothing half-written under a name
        staged = [path for path in self._folder.iterdir() if STAGED.fullmatch(path.name)]
        for path in staged:
            path.unlink(missing_ok=True)
        return len(staged)

    def _create(self, data: bytes) -> str:
        name = secrets.token_hex(NAME_BYTES)
        obstore.put(self._store, name, data, mode="create")
        return name


def open_blobs(place: Path | str) -> Blobs:
    """The store in a folder (made if missing, for its owner only), or at an obstore address.

    Addresses are s3://bucket/prefix, gs://..., az://..., memory:///.
    """
    if isinstance(place, str) and "://" in place:
        return Blobs(_at_address(place))
    folder = Path(place)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Blobs(LocalStore(prefix=folder), folder)


def _unusable(error: Exception) -> StoreUnusable:
    LOG.error("the store takes nothing: %s", error)
    return StoreUnusable(
        "photos and tiles cannot be stored at the moment, the disk may be full; try again later"
    )


def _sync(path: Path) -> None:
    """A file, or the names in a folder."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def is_blob_name(text: str) -> bool:
    """Whether `text` could be the name of a blob: no path ever is."""
    return NAME.fullmatch(text) is not None


def _at_address(address: str) -> ObjectStore:
    return MemoryStore() if address.startswith("memory:") else from_url(address)


def _checked(name: str) -> str:
    if not is_blob_name(name):
        raise BlobGone(name)
    return name
