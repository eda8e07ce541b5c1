"""The shapes of requests and answers, for the published description of the service."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from tilewright.contract import IMAGES, ServiceRequest


class _Open(BaseModel):
    model_config = ConfigDict(extra="allow")


class Fault(_Open):
    """What went wrong."""

    error: str = Field(description="A sentence for people.")
    code: str = Field(description="A stable word for programs.")
    fields: list[dict[str, str]] | None = Field(None, description="Each wrong parameter.")
    request_id: str | None = None


class Submission(_Open):
    """A job that was accepted."""

    request_id: str
    status: str
    poll_url: str
    status_url: str
    response_url: str


class JobStatus(_Open):
    """Where a job stands, or its result."""

    request_id: str
    status: str = Field(description="QUEUED, PROCESSING, COMPLETED or FAILED.")
    metrics: dict[str, Any]
    error: str | None = None
    output: str | None = None
    queue_position: int | None = None
    waiting_for: str | None = Field(
        None, description="What a queued job waits for, if it is not just its turn."
    )
    eta_seconds: float | None = None
    progress: float | None = None
    stage: str | None = None


def fault_answers(*codes: int) -> dict[int | str, dict[str, Any]]:
    """These status codes with the body that every fault has."""
    return {code: {"model": Fault, "description": MEANINGS[code]} for code in codes}


MEANINGS = {
    400: "A parameter or the body is wrong.",
    401: "There is no key, or it is not good.",
    403: "The key may not do this.",
    404: "There is no such thing.",
    406: "Not enough credits, or a content type that is not taken.",
    409: "The Idempotency-Key was used for another body.",
    413: "The body is too large.",
    429: "Too many requests; Retry-After says when to come back.",
    502: "The engine is down, or a photo's address cannot be fetched.",
    504: "It takes longer than a sync call may; use v2.",
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
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": _json_schema()},
            "multipart/form-data": {"schema": _form_schema()},
        },
    }
}
"""What the two submit routes take; they read it themselves, to name every fault at once."""
