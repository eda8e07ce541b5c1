"""A worker as a process of its own, with the engine that writes a diary."""

import sys
from contextlib import nullcontext
from functools import partial
from pathlib import Path

from tests.queue.engines import DiaryEngine
from tilewright.queue import read_address
from tilewright.settings import load_settings
from tilewright.store import LentBlobs
from tilewright.telemetry.logs import start_logging
from tilewright.telemetry.port import health_port
from tilewright.telemetry.vitals import Vitals
from tilewright.worker import Worker, depart, run_worker


def main(folder: str, lease: str, grace: str, engine: str = "synthesis", hang: str = "60") -> None:
    settings = load_settings()
    start_logging(settings.log_format, "debug")
    home = Path(folder)
    worker = Worker(
        partial(read_address, home / "nats.json"),
        LentBlobs(home / "blobs"),
        lambda: DiaryEngine(home / "diary"),
        engine,
        lease=float(lease),
        grace=float(grace),
        hang=float(hang),
        vitals=(vitals := Vitals()),
    )
    port = settings.health_port
    with nullcontext() if port is None else health_port(port, vitals):
        run_worker(worker)
    depart(worker)


if __name__ == "__main__":
    main(*sys.argv[1:])
