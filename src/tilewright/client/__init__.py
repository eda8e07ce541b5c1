"""The client of a Tilewright server; knows nothing of the server but its address."""

from tilewright.client.client import Client
from tilewright.client.errors import (
    InferenceFailed,
    InferenceTimeout,
    ServiceError,
    Unreachable,
)
from tilewright.client.events import Event
from tilewright.client.job import Job
from tilewright.client.quick import run, run_sync, submit_async

__all__ = [
    "Client",
    "Event",
    "InferenceFailed",
    "InferenceTimeout",
    "Job",
    "ServiceError",
    "Unreachable",
    "run",
    "run_sync",
    "submit_async",
]
