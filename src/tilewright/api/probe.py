"""Whether the store takes photos: asked once for all who want to know, and not waited for long."""

from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock

from tilewright.contract import StoreUnusable
from tilewright.store import Blobs

PIECE = bytes(4096)
"""What is put there: as long as the disk's smallest piece."""

PATIENCE_SECONDS = 2.0
"""Kubernetes waits 5 s for /ready, Prometheus 10 s for /metrics, and an S3 client as long again."""


class StoreProbe:
    """A store that hangs must not make a door seem dead: whoever asks is told no in time."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._lock = Lock()
        self._thread = ThreadPoolExecutor(1, "store-probe")
        self._asked: Future[bool] | None = None

    def takes_photos(self) -> bool:
        """What the store answers now; False while it does not."""
        with self._lock:
            if self._asked is None or self._asked.done():
                self._asked = self._thread.submit(self._ask)
            asked = self._asked
        try:
            return asked.result(PATIENCE_SECONDS)
        except TimeoutError:
            return False

    def _ask(self) -> bool:
        try:
            self._blobs.delete(self._blobs.put(PIECE))
        except StoreUnusable:
            return False
        return True
