"""Stands where the database will stand: keeps jobs in memory, by the same rules."""

import threading
import time
from dataclasses import dataclass, field
from typing import Any

from tilewright.store import Room
from tilewright.store.blobs import new_name

LEASE_SECONDS = 15.0
ENGINE = "synthesis"
"""Of jobs and workers, unless a test says otherwise."""


@dataclass
class Row:
    """One job, and all that ever happened to it."""

    job: str
    request: dict[str, Any]
    inputs: list[str | None]
    engine: str = ENGINE
    state: str = "QUEUED"
    generation: int = 0
    attempt: int = 0
    worker: str | None = None
    lease_until: float = 0.0
    outcome: dict[str, Any] | None = None
    claimed_at: float = 0.0
    workers: list[str] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)


class MemoryKeeper:
    """A keeper of jobs for one process. `broken` makes every call fail, as a locked database;
    `jammed` each claim; `blind` makes it find nothing that waits; `news` is what a newer door would
    say besides; what is claimed is told once `tells` is set.
    """

    def __init__(self, lease: float = LEASE_SECONDS) -> None:
        self.rows: dict[str, Row] = {}
        self.renewed = 0
        self.broken = self.jammed = self.blind = False
        self.news: dict[str, Any] = {}
        self.tells = threading.Event()
        self.tells.set()
        self._lease = lease
        self._lock = threading.Lock()

    def add(
        self, job: str, request: dict[str, Any], inputs: list[str | None], engine: str = ENGINE
    ) -> Row:
        row = Row(job, request, inputs, engine)
        with self._lock:
            self.rows[job] = row
        return row

    def waiting(self, engine: str, most: int) -> int:
        self._check()
        with self._lock:
            return 0 if self.blind else min(most, len(self._queued(engine)))

    def claim(self, engine: str, worker: str) -> dict[str, Any] | None:
        self._check(self.jammed)
        with self._lock:
            row = next(iter(self._queued(engine)), None)
            if row is None:
                return None
            row.state, row.worker, row.attempt = "PROCESSING", worker, row.attempt + 1
            row.claimed_at, row.lease_until = time.time(), time.time() + self._lease
            row.workers.append(worker)
        self.tells.wait(LEASE_SECONDS)
        return {
            "job": row.job,
            "attempt": row.attempt,
            "slug": "a-slug",
            "request": row.request,
            "inputs": row.inputs,
            "tile": Room(name := new_name(), name),
            **self.news,
        }

    def renew(self, job: str, attempt: int) -> bool:
        self._check()
        with self._lock:
            row = self._running(job, attempt)
            if row is not None:
                self.renewed += 1
                row.lease_until = time.time() + self._lease
            return row is not None

    def finish(self, job: str, attempt: int, outcome: dict[str, Any]) -> bool:
        self._check()
        with self._lock:
            row = self._running(job, attempt)
            if row is None:
                self.rows[job].refused.append(attempt)
                return False
            row.state, row.outcome = outcome["state"], outcome
            return True

    def hand_back(self, job: str, attempt: int) -> bool:
        self._check()
        with self._lock:
            row = self._running(job, attempt)
            if row is not None:
                row.state, row.generation = "QUEUED", row.generation + 1
            return row is not None

    def cancel(self, job: str) -> None:
        with self._lock:
            self.rows[job].state = "FAILED"

    def recover(self) -> int:
        """Put jobs whose lease is over back into the queue; how many."""
        with self._lock:
            late = [
                row
                for row in self.rows.values()
                if row.state == "PROCESSING" and row.lease_until < time.time()
            ]
            for row in late:
                row.state, row.generation = "QUEUED", row.generation + 1
            return len(late)

    def states(self) -> set[str]:
        with self._lock:
            return {row.state for row in self.rows.values()}

    def _queued(self, engine: str) -> list[Row]:
        rows = self.rows.values()
        return [row for row in rows if (row.state, row.engine) == ("QUEUED", engine)]

    def _running(self, job: str, attempt: int) -> Row | None:
        row = self.rows[job]
        return row if (row.state, row.attempt) == ("PROCESSING", attempt) else None

    def _check(self, jammed: bool = False) -> None:
        if self.broken or jammed:
            raise OSError("the database is locked")
