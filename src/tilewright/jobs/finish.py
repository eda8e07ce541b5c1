"""Takes a worker's outcome: the job is done, or it failed."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from tilewright.jobs.blobs import own
from tilewright.jobs.end import IF_ATTEMPT, Ending, end
from tilewright.jobs.job import Job


@dataclass(frozen=True)
class Completed:
    """The tile was made. `output` names its `blob` in the store, and what is to be said of it."""

    output: dict[str, Any]


@dataclass(frozen=True)
class Failure:
    """No tile was made, and why: a sentence for people, a code for programs."""

    error: str
    code: str


Outcome = Completed | Failure


def finish(tx: Connection, job_id: str, attempt: int, outcome: Outcome, now: float) -> Job | None:
    """The job of this attempt, ended. None, and nothing kept or charged, if it is no longer its.

    Refused are outcomes of a job that was cancelled, given to another worker, or finished before;
    the blob of such an outcome is for the caller to delete.
    """
    job = end(tx, job_id, IF_ATTEMPT, _ending(outcome), now, of_attempt=attempt)
    if job is not None and isinstance(outcome, Completed):
        own(tx, {job_id: [outcome.output["blob"]]})
    return job


def _ending(outcome: Outcome) -> Ending:
    if isinstance(outcome, Completed):
        return Ending("COMPLETED", output=outcome.output)
    return Ending("FAILED", error=_storable(outcome.error), code=outcome.code)


def _storable(text: str) -> str:
    """`text` without what no database takes, lest a strange message keep its job from ending."""
    return text.encode("utf-8", "replace").decode().replace("\0", "?")
