"""The data folder, and the database and the store, which may lie elsewhere."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tilewright.contract import FieldFault, InvalidRequest
from tilewright.service.port import Busy
from tilewright.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tilewright.database import Step
    from tilewright.store import Blobs

LOCK, DATABASE, BLOBS = "lock", "tilewright.db", "blobs"
"""Names in the data folder."""


def open_data(settings: Settings) -> Engine:
    """The database, up to date; its folder is made if need be."""
    from tilewright.database import open_database, open_migrated

    return (open_database if settings.migrate else open_migrated)(_database_url(settings))


def migrate_data(settings: Settings) -> Step:
    """Bring the database up to date; from where to where."""
    from tilewright.database import migrate_database

    return migrate_database(_database_url(settings))


def look_at_data(settings: Settings) -> Step:
    """What `migrate_data` would do."""
    from tilewright.database import look_at_database

    return look_at_database(_database_url(settings))


def _database_url(settings: Settings) -> str:
    return settings.database_url or f"sqlite:///{data_folder(settings) / DATABASE}"


def data_folder(settings: Settings) -> Path:
    """The folder, made if need be; raise `InvalidRequest` if it cannot be."""
    folder = settings.folder()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        sentence = f"{folder} cannot be made: {error.strerror}; name another folder"
        raise InvalidRequest([FieldFault("TILEWRIGHT_DATA_DIR", sentence)]) from None
    return folder


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Nobody else serves this folder meanwhile. The system frees the lock of a killed process."""
    with (folder / LOCK).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise Busy(
                f"process {file.read().strip() or 'unknown'} serves {folder} already; stop it, or "
                "set TILEWRIGHT_DATA_DIR to another folder"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def open_store(settings: Settings) -> Blobs:
    """Where photos and tiles are kept; raise `InvalidRequest` for half a pair of keys."""
    from tilewright.store import Access, open_blobs

    if (settings.store_key_id is None) != (settings.store_secret is None):
        sentence = "must be set together with TILEWRIGHT_STORE_KEY_ID, or not at all"
        raise InvalidRequest([FieldFault("TILEWRIGHT_STORE_SECRET", sentence)])
    access = Access(
        settings.store_endpoint,
        settings.store_region,
        settings.store_key_id,
        settings.store_secret,
        settings.ca_file,
    )
    return open_blobs(settings.store_url or blobs_folder(settings), access)


def blobs_folder(settings: Settings) -> Path:
    """Where door and worker of one machine have their blobs; a folder that may not exist."""
    if settings.store_url and "://" not in settings.store_url:
        return Path(settings.store_url)
    return settings.folder() / BLOBS
