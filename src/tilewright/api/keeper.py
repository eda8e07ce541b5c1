"""Answers the queue's questions about jobs from the database."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine

from tilewright.contract import IMAGES
from tilewright.database import reading, writing
from tilewright.jobs import Completed, Failure, claim, finish, give_back, how_many_wait, renew


class JobsKeeper:
    """What `queue.Carrier` asks, each question one transaction. Called from threads."""

    def __init__(self, database: Engine, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def waiting(self, engine: str, most: int) -> int:
        """How many jobs wait for an engine, counted up to `most`."""
        with reading(self._database) as tx:
            return how_many_wait(tx, engine, most)

    def claim(self, engine: str, worker: str) -> dict[str, Any] | None:
        """The best job that waits for that engine, which the worker now has; None if none does."""
        with writing(self._database) as tx:
            taken = claim(tx, engine, worker, self._clock())
        if taken is None:
            return None
        return {
            "job": taken.id,
            "attempt": taken.attempt,
            "slug": taken.slug,
            "request": taken.request,
            "inputs": [taken.inputs.get(name) for name in IMAGES],
            "trace": taken.options.get("traceparent"),
        }

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
            return finish(tx, job, attempt, made, self._clock())

    def hand_back(self, job: str, attempt: int) -> bool:
        """Whether the job went back to the queue."""
        with writing(self._database) as tx:
            return give_back(tx, job, attempt)
