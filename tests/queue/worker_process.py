"""A worker as a process of its own, with the engine that writes a diary."""

import logging
import sys
from functools import partial
from pathlib import Path

from tests.queue.engines import DiaryEngine
from tilewright.queue import read_address
from tilewright.store import open_blobs
from tilewright.worker import Worker, run_worker


def main(folder: str, lease: str, grace: str, engine: str = "synthesis", hang: str = "60") -> None:
    logging.basicConfig(level=logging.INFO)
    home = Path(folder)
    worker = Worker(
        partial(read_address, home / "nats.json"),
        open_blobs(home / "blobs"),
        lambda: DiaryEngine(home / "diary"),
        engine,
        lease=float(lease),
        grace=float(grace),
        hang=float(hang),
    )
    run_worker(worker)


if __name__ == "__main__":
    main(*sys.argv[1:])
