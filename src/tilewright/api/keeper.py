"""Answers the queue's questions about jobs from the database."""

import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine

from tilewright.api.meters import Meters
from tilewright.contract import IMAGES
from tilewright.database import reading, stating, writing
from tilewright.jobs import (
    Completed,
    Failure,
    Job,
    claim,
    finish,
    give_back,
    how_many_wait,
    orphans,
    renew,
)
from tilewright.store import Blobs
from tilewright.telemetry.traces import past_span


class JobsKeeper:
    """What `queue.Carrier` asks, each question one transaction. Called from threads."""

    def __init__(
        self, database: Engine, blobs: Blobs, meters: Meters, clock: Callable[[], float]
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._meters = meters
        self._clock = clock

    def waiting(self, engine: str, most: int) -> int:
        """How many jobs wait for an engine, counted up to `most`."""
        with reading(self._database) as tx:
            return how_many_wait(tx, engine, most)

    def claim(self, engine: str, worker: str) -> dict[str, Any] | None:
        """The best job that waits for that engine, which the worker now has; None if none does."""
        began = time.time()
        with stating(self._database) as tx:
            taken = claim(tx, engine, worker, self._clock())
        if taken is None:
            return None
        try:
            granted = self._granted(taken)
        except Exception:  # its places cannot be signed: somebody else may try
            self.hand_back(taken.id, taken.attempt)
            raise
        trace = taken.options.get("traceparent")
        past_span("wait", trace, taken.created_at, job_id=taken.id)
        past_span("claim", trace, began, job_id=taken.id, attempt=taken.attempt)
        return granted

    def renew(self, job: str, attempt: int) -> bool:
        """Whether the job is still this attempt's."""
        with stating(self._database) as tx:
            return renew(tx, job, attempt, self._clock())

    def finish(self, job: str, attempt: int, outcome: dict[str, Any]) -> bool:
        """Whether the outcome was taken."""
        made = (
            Completed(outcome["output"])
            if outcome["state"] == "COMPLETED"
            else Failure(outcome["error"], outcome["code"])
        )
        with writing(self._database) as tx:
            ended = finish(tx, job, attempt, made, self._clock())
        if ended is not None:
            self._meters.end(ended)
        elif isinstance(made, Completed):
            self._drop(made.output["blob"])
        return ended is not None

    def hand_back(self, job: str, attempt: int) -> bool:
        """Whether the job went back to the queue."""
        with stating(self._database) as tx:
            return give_back(tx, job, attempt)

    def _granted(self, job: Job) -> dict[str, Any]:
        """All that the worker needs: where the photos are, where the tile goes."""
        photos = (job.inputs.get(name) for name in IMAGES)
        return {
            "job": job.id,
            "attempt": job.attempt,
            "slug": job.slug,
            "request": job.request,
            "inputs": [photo and self._blobs.lend(photo) for photo in photos],
            "tile": self._blobs.room(),
            "trace": job.options.get("traceparent"),
        }

    def _drop(self, blob: str) -> None:
        """Delete the tile of an outcome that comes too late.

        Not if a row knows it: another door took the same outcome then, and the worker, which did
        not hear that, asked again here.
        """
        with reading(self._database) as tx:
            lost = orphans(tx, [blob])
        self._blobs.discard(*lost)
