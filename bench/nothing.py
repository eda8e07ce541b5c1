"""A worker process whose engine makes nothing, and tells when it began and stopped.

The product has no way to be given another engine. So the service is started without workers, and
this process builds the product's own `Worker` around an engine of its own.
"""

import logging
import sys
import time
from functools import partial
from pathlib import Path

from tests.queue.engines import report
from tilewright.contract import Cancelled, TileRequest
from tilewright.engine import Outcome, Photos, Tick
from tilewright.queue import read_address
from tilewright.store import LentBlobs
from tilewright.worker import Worker, run_worker

LONG = "long"
"""In a prompt: tick until stopped."""

TICK_SECONDS = 0.001
TILE = b"nothing"


class Nothing:
    """Writes `began WORD SECONDS` and `stopped WORD SECONDS` into a file, flushed at once.

    WORD is the last of the prompt.
    Seconds are those of the system's monotonic clock, which all processes of a machine share.
    """

    name = "nothing"
    version = "1"

    def __init__(self, diary: Path) -> None:
        self._diary = diary.open("a", buffering=1)

    def check(self, request: TileRequest) -> None:
        """Everything can be asked."""

    def run(self, request: TileRequest, photos: Photos, tick: Tick) -> Outcome:
        self._note("began", request.prompt)
        try:
            while LONG in request.prompt:
                tick("nothing", 0.5)
                time.sleep(TICK_SECONDS)
            tick("nothing", 0.5)
        except Cancelled:
            self._note("stopped", request.prompt)
            raise
        return Outcome(TILE, report(request))

    def _note(self, what: str, prompt: str) -> None:
        self._diary.write(f"{what} {prompt.split()[-1]} {time.monotonic()}\n")


def main(folder: str, diary: str) -> None:
    logging.basicConfig()
    home = Path(folder)
    address = partial(read_address, home / "nats.json")
    blobs = LentBlobs(home / "blobs")
    run_worker(Worker(address, blobs, lambda: Nothing(Path(diary)), "synthesis"))


if __name__ == "__main__":
    main(*sys.argv[1:])
