"""The shapes of requests and answers, for the published description of the service."""

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from tilewright.accounts.credits import Entry
from tilewright.contract import IMAGES, ServiceRequest


class _Open(BaseModel):
    model_config = ConfigDict(extra="allow")


class Fault(_Open):
    """What went wrong."""

    error: str = Field(description="A sentence for people.")
    code: str = Field(description="A stable word for programs.")
    fields: list[dict[str, str]] | None = Field(None, description="Each wrong parameter.")
    request_id: str | None = Field(None, description="The request that it is about, if any.")


class Submission(_Open):
    """A job that was accepted."""

    request_id: str = Field(description="Its number, for all other routes.")
    status: str = Field(description="QUEUED; of a repeated submit, where its job stands.")
    poll_url: str = Field(description="The same as status_url.")
    status_url: str = Field(description="Where to ask how far it is.")
    response_url: str = Field(description="Where to ask for the result.")


class JobStatus(_Open):
    """Where a job stands, or its result."""

    request_id: str = Field(description="Its number, for all other routes.")
    status: str = Field(description="QUEUED, PROCESSING, COMPLETED or FAILED.")
    metrics: dict[str, Any] = Field(
        description="Seconds, dollars and tries of a job that has ended; else empty."
    )
    error: str | None = Field(None, description="Why it FAILED, in a sentence.")
    output: str | None = Field(
        None, description="Of a result: the tile's address, or the tile itself as base64."
    )
    queue_position: int | None = Field(
        None, description="Which of those that wait it is, while it is QUEUED."
    )
    waiting_for: str | None = Field(
        None, description="What a queued job waits for, if it is not just its turn."
    )
    eta_seconds: float | None = Field(
        None, description="Seconds until it has ended, as far as can be told."
    )
    progress: float | None = Field(None, description="From 0 to 1, while it is PROCESSING.")
    stage: str | None = Field(None, description="What the engine does, while it is PROCESSING.")


def moment(at: float) -> str:
    """UNIX seconds as the service tells a time."""
    return datetime.fromtimestamp(at, UTC).isoformat()


def entry_shown(entry: Entry) -> dict[str, Any]:
    """One line of an account's statement; its dollars are exact, as text."""
    return {
        "kind": entry.kind,
        "dollars": str(entry.dollars),
        "request_id": entry.job_id,
        "note": entry.note,
        "at": moment(entry.at),
    }


def fault_answers(*codes: int) -> dict[int | str, dict[str, Any]]:
    """These status codes with the body that every fault has."""
    return {code: {"model": Fault, "description": MEANINGS[code]} for code in codes}


MEANINGS = {
    400: "A parameter or the body is wrong.",
    401: "There is no key, or it is not good.",
    403: "The key may not do this.",
    404: "There is no such thing.",
    406: "Not enough credits, or a content type or encoding that is not taken.",
    408: "The body stopped coming, or trickled.",
    409: "The Idempotency-Key was used for another body.",
    413: "The body or a photo is too large.",
    429: "Too many requests; Retry-After says when to come back.",
    502: "The engine is down, or a photo's address cannot be fetched.",
    504: "It takes longer than a sync call may; use v2.",
}


LONGEST_KEY = 255
"""Characters of an Idempotency-Key."""

IDEMPOTENCY_KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Any word of yours: what comes again with it is done once.",
    "schema": {"type": "string", "pattern": f"^[!-~]{{1,{LONGEST_KEY}}}$"},
}


def _json_schema() -> dict[str, Any]:
    schema = ServiceRequest.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs", None)
    return schema


def _form_schema() -> dict[str, Any]:
    schema = _json_schema()
    properties = dict(schema["properties"])
    for name in IMAGES:
        properties[name] = {"type": "string", "format": "binary"}
    return {**schema, "properties": properties}


SUBMIT_BODY: dict[str, Any] = {
    "parameters": [IDEMPOTENCY_KEY],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": _json_schema()},
            "multipart/form-data": {"schema": _form_schema()},
        },
    },
}
"""What the two submit routes take; they read it themselves, to name every fault at once."""
