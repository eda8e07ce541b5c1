"""`tilewright worker` with the engine that writes a diary; told where the queue is, no more."""

import logging
import sys
from pathlib import Path

from tests.queue.engines import DiaryEngine
from tilewright.queue import Address
from tilewright.settings import load_settings
from tilewright.store import LentBlobs
from tilewright.worker import Worker, run_worker


def main(folder: str) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(message)s")
    settings = load_settings()
    assert settings.nats_url is not None
    address = Address(settings.nats_url, settings.nats_token)
    home = Path(folder)
    blobs = LentBlobs(home / "no such folder")
    run_worker(Worker(lambda: address, blobs, lambda: DiaryEngine(home / "diary"), "synthesis"))


if __name__ == "__main__":
    main(*sys.argv[1:])
