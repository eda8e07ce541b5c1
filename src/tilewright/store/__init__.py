"""Results and uploads: files under random names, reached by links that we sign."""

from tilewright.store.blobs import BlobGone, Blobs, BlobStat, is_blob_name, open_blobs
from tilewright.store.links import Links, load_secret

__all__ = [
    "BlobGone",
    "BlobStat",
    "Blobs",
    "Links",
    "is_blob_name",
    "load_secret",
    "open_blobs",
]
