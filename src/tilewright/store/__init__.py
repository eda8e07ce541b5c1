"""Results and uploads: blobs under random names, reached by links that we sign."""

from pathlib import Path

from tilewright.store.blobs import BlobGone, Blobs, BlobStat, Room, is_blob_name
from tilewright.store.bucket import SCHEME, Access, BucketBlobs
from tilewright.store.folder import FolderBlobs
from tilewright.store.lent import LentBlobs
from tilewright.store.links import Links, load_secret

__all__ = [
    "Access",
    "BlobGone",
    "BlobStat",
    "Blobs",
    "LentBlobs",
    "Links",
    "Room",
    "is_blob_name",
    "load_secret",
    "open_blobs",
]


def open_blobs(place: Path | str, access: Access | None = None) -> Blobs:
    """The store in a folder, or at s3://BUCKET/PREFIX."""
    if isinstance(place, str) and place.startswith(SCHEME):
        return BucketBlobs(place, access or Access())
    return FolderBlobs(Path(place))
