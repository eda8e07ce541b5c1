"""A service whose one worker has the engine that writes a diary: it costs next to nothing."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.house.tree import HOUSE
from tests.serving import PATIENCE, Service, serving

LEASE, GRACE = "15", "2"


@contextmanager
def diarist(folder: Path, **settings: str) -> Iterator[Service]:
    """A door, and one worker that does what prompts say: `name ticks=5 pause=0.01`."""
    (folder / "diary").mkdir(parents=True)
    with serving(folder, "--workers", "0", **settings) as door:
        command = [sys.executable, "-m", "tests.queue.worker_process", str(folder), LEASE, GRACE]
        with (folder / "worker.log").open("ab") as log:
            worker = subprocess.Popen(command, cwd=HOUSE, stdout=log, stderr=log)
        with worker:
            try:
                yield door
            finally:
                worker.terminate()
                try:
                    worker.wait(PATIENCE)
                finally:
                    worker.kill()
