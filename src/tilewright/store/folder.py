"""Blobs that are files in a folder of this machine, which the workers beside the door see too."""

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import obstore
from obstore.exceptions import BaseError, GenericError
from obstore.store import LocalStore

from tilewright.store.blobs import NAME, Blobs, Room, checked, new_name, unusable

STAGED = re.compile(rf"{NAME.pattern}#\d+")
"""What obstore's LocalStore calls a file until it is whole; it never lists or reads such names."""

MOST_TRIES = 3
"""Of one write. See `FolderBlobs.write`."""


class FolderBlobs(Blobs):
    """The folder is made if it is missing, for its owner only."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        super().__init__(LocalStore(prefix=folder))
        self._folder = folder

    def lend(self, name: str) -> str:
        """Its name: a worker has the same folder."""
        return name

    def room(self) -> Room:
        """The name is the place as well."""
        name = new_name()
        return Room(name, name)

    def write(self, name: str, data: bytes) -> None:
        """Keep `data` under a new name; nobody sees the blob before it is whole."""
        for _ in range(MOST_TRIES - 1):
            # A door that started meanwhile took our half-written file for a killed run's
            # (see `clean`). Nothing of it is left, so it is written again.
            with suppress(GenericError):
                self._create(name, data)
                return
        try:
            self._create(name, data)
        except (BaseError, OSError) as error:
            raise unusable(error) from error

    async def keep(self, data: bytes, *, at_once: bool) -> str:
        """Without a thread of Python's, which would wait for its turn. What fails is tried anew."""
        if at_once:
            return self.put(data)
        name = new_name()
        try:
            await obstore.put_async(self._store, name, data, mode="create")
        except (BaseError, OSError):
            return await super().keep(data, at_once=at_once)
        return name

    def check(self) -> None:
        """Nothing: it was made when it was opened, and on a full disk a door gives what it has."""

    def settle(self, name: str) -> None:
        """Wait until the disk has the blob, which no power cut takes then."""
        try:
            for path in (self._folder / checked(name), self._folder):
                _sync(path)
        except OSError as error:
            raise unusable(error) from error

    def clean(self) -> int:
        """Remove what a killed process left half-written; how many there were.

        To be called when a door starts. A worker that is writing at this moment loses its file
        before it is whole, notices, and writes again.
        """
        staged = [path for path in self._folder.iterdir() if STAGED.fullmatch(path.name)]
        for path in staged:
            path.unlink(missing_ok=True)
        return len(staged)

    def _create(self, name: str, data: bytes) -> None:
        obstore.put(self._store, name, data, mode="create")

    def _delete(self, names: Sequence[str]) -> None:
        for name in names:
            with suppress(FileNotFoundError):
                obstore.delete(self._store, name)


def _sync(path: Path) -> None:
    """A file, or the names in a folder."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
