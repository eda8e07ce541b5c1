"""Takes a job, runs the engine in a thread, tells how it goes and how it ended."""

from tilewright.worker.make import LOST
from tilewright.worker.work import (
    GRACE_SECONDS,
    HAND_BACK_SECONDS,
    STOP_SECONDS,
    Worker,
    depart,
    run_worker,
)

__all__ = [
    "GRACE_SECONDS",
    "HAND_BACK_SECONDS",
    "LOST",
    "STOP_SECONDS",
    "Worker",
    "depart",
    "run_worker",
]
