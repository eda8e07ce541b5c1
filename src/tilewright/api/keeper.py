"""Answers the queue's questions about jobs from the database."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine

from tilewright.contract import IMAGES
from tilewright.database import reading, writing
from tilewright.jobs import (
    Completed,
    Failure,
    Job,
    claim,
    finish,
    give_back,
    orphans,
    ready,
    renew,
)
from tilewright.store import Blobs


class JobsKeeper:
    """What `queue.Carrier` asks, each question one transaction. Called from threads."""

    def __init__(self, database: Engine, blobs: Blobs, clock: Callable[[], float]) -> None:
        self._database = database
        self._blobs = blobs
        self._clock = clock

    def ready(self, limit: int) -> list[tuple[str, int]]:
        """The best so many queued jobs with their generations."""
        with reading(self._database) as tx:
            return [(found.job_id, found.generation) for found in ready(tx, limit)]

    def claim(self, job: str, generation: int, worker: str) -> dict[str, Any] | None:
        """The job, which the worker now has; None if it is not to be had."""
        with writing(self._database) as tx:
            taken = claim(tx, job, generation, worker, self._clock())
            # Within: of a claim whose places could not be signed nothing stays.
            return None if taken is None else self._granted(taken)

    def renew(self, job: str, attempt: int) -> bool:
        """Whether the job is still this attempt's."""
        with writing(self._database) as tx:
            return renew(tx, job, attempt, self._clock())

    def finish(self, job: str, attempt: int, outcome: dict[str, Any]) -> bool:
        """Whether the outcome was taken."""
        made = (
            Completed(outcome["output"])
            if outcome["state"] == "COMPLETED"
            else Failure(outcome["error"], outcome["code"])
        )
        with writing(self._database) as tx:
            taken = finish(tx, job, attempt, made, self._clock())
        if not taken and isinstance(made, Completed):
            self._drop(made.output["blob"])
        return taken

    def hand_back(self, job: str, attempt: int) -> bool:
        """Whether the job went back to the queue."""
        with writing(self._database) as tx:
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
