"""Blobs as a worker has them: read and written where a door says, without keys to the store."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tilewright.store.blobs import unusable
from tilewright.store.folder import FolderBlobs

if TYPE_CHECKING:
    from tilewright.store.signed import SignedBlobs


class LentBlobs:
    """A place is a signed address or, where door and worker share a machine, a name in the folder.

    folder: where the door on this machine keeps its blobs; it is looked at only if one is named.
    authority: a file with certificates (PEM) that are believed besides the usual ones.
    check: called while we wait for the store; what it raises ends the waiting.
    """

    def __init__(self, folder: Path, authority: Path | None = None) -> None:
        self._path = folder
        self._authority = authority

    def read(self, place: str, check: Callable[[], None]) -> bytes:
        """The whole blob. Raises `BlobGone` and `StoreUnusable`."""
        if _is_address(place):
            return self._signed.read(place, check)
        return self._folder.get(place)

    def write(self, place: str, data: bytes, check: Callable[[], None]) -> None:
        """Put the blob there, and on the disk. Raises `StoreUnusable`."""
        if _is_address(place):
            self._signed.write(place, data, check)
        else:
            self._folder.write(place, data)
            self._folder.settle(place)

    @cached_property
    def _folder(self) -> FolderBlobs:
        if not self._path.is_dir():
            sentence = (
                f"the door keeps its photos in a folder, and {self._path} is not here: workers on "
                "other machines need a door with TILEWRIGHT_STORE_URL=s3://..."
            )
            raise unusable(FileNotFoundError(sentence))
        return FolderBlobs(self._path)

    @cached_property
    def _signed(self) -> SignedBlobs:
        from tilewright.store.signed import SignedBlobs

        return SignedBlobs(self._authority)


def _is_address(place: str) -> bool:
    return "://" in place
