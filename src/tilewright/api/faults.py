"""What went wrong becomes a status code and a body with a plain sentence."""

import logging
import math
from typing import Any
from uuid import uuid4

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from sqlalchemy.exc import InterfaceError, OperationalError
from starlette.exceptions import HTTPException

from tilewright.api.callers import limit_headers
from tilewright.contract import (
    DatabaseUnusable,
    EngineUnavailable,
    FetchFailed,
    Forbidden,
    IdempotencyConflict,
    InvalidRequest,
    NotEnoughCredits,
    NotFound,
    PhotoRefused,
    QueueUnavailable,
    RateLimited,
    StoreUnusable,
    TilewrightError,
    TooManyAtOnce,
    Unauthorized,
    UrlRefused,
)

LOG = logging.getLogger(__name__)

STATUS: dict[type[TilewrightError], int] = {
    InvalidRequest: 400,
    PhotoRefused: 400,
    UrlRefused: 400,
    Unauthorized: 401,
    Forbidden: 403,
    NotFound: 404,
    NotEnoughCredits: 406,
    IdempotencyConflict: 409,
    RateLimited: 429,
    TooManyAtOnce: 429,
    FetchFailed: 502,
    EngineUnavailable: 502,
    QueueUnavailable: 502,
    DatabaseUnusable: 502,
    StoreUnusable: 503,
}

AGAIN_SECONDS = 5.0
"""After which to come back to a service whose disk is full, or whose database is locked."""

PROBLEM = "application/problem+json"


class Refused(TilewrightError):
    """Something that only HTTP knows: a body too large, a content type, a deadline."""

    def __init__(self, status: int, code: str, sentence: str, retry_after: float | None = None):
        super().__init__(sentence)
        self.status = status
        self.own_code = code
        self.retry_after = retry_after


def answer_faults(app: FastAPI) -> None:
    """Teach the app to answer every fault in our words."""
    app.add_exception_handler(TilewrightError, _answer)
    app.add_exception_handler(HTTPException, _answer_routing)
    for kind in (OperationalError, InterfaceError, TimeoutError):
        app.add_exception_handler(kind, _answer_busy)
    app.add_exception_handler(Exception, _answer_crash)


def fault_response(request: Request, error: TilewrightError) -> JSONResponse:
    """The answer to an error that was raised on purpose."""
    body: dict[str, Any] = {"error": str(error), "code": _code(error)}
    if isinstance(error, InvalidRequest):
        body["fields"] = [fault._asdict() for fault in error.fields]
    if isinstance(error, IdempotencyConflict):
        body["request_id"] = error.job_id
    return _respond(request, _status(error), body, _headers(request, error))


def _status(error: TilewrightError) -> int:
    if isinstance(error, Refused):
        return error.status
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def _code(error: TilewrightError) -> str:
    return error.own_code if isinstance(error, Refused) else error.code


def _headers(request: Request, error: TilewrightError) -> dict[str, str]:
    headers: dict[str, str] = {}
    retry_after = getattr(error, "retry_after", None)
    if isinstance(error, StoreUnusable):
        retry_after = AGAIN_SECONDS
    if retry_after is not None:
        headers["Retry-After"] = str(max(1, math.ceil(retry_after)))
    if isinstance(error, RateLimited):
        now = request.app.state.door.clock()
        headers |= limit_headers(error.limit, 0, error.reset_at, now)
    if isinstance(error, Unauthorized):
        headers["WWW-Authenticate"] = 'Bearer realm="tilewright"'
    return headers


def _respond(
    request: Request, status: int, body: dict[str, Any], headers: dict[str, str]
) -> JSONResponse:
    if PROBLEM not in request.headers.get("accept", ""):
        return JSONResponse(body, status, headers)
    problem = {"type": f"urn:tilewright:{body['code']}", "title": body["code"], "status": status}
    return JSONResponse({**problem, "detail": body["error"], **body}, status, headers, PROBLEM)


async def _answer(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, TilewrightError)
    return fault_response(request, error)


async def _answer_busy(request: Request, error: Exception) -> JSONResponse:
    """The database takes nothing now: another program holds it, its disk is full, it is away."""
    LOG.error("the database takes nothing: %s", error)
    sentence = (
        "the database takes nothing at the moment, it is locked or its disk is full; "
        "send the same request again"
    )
    return fault_response(request, Refused(503, "database_busy", sentence, AGAIN_SECONDS))


async def _answer_routing(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    words = {404: "there is nothing at this address", 405: "this address takes another method"}
    sentence = words.get(error.status_code, str(error.detail))
    body = {"error": f"{sentence}; /docs lists what there is", "code": f"http_{error.status_code}"}
    return _respond(request, error.status_code, body, dict(error.headers or {}))


async def _answer_crash(request: Request, error: Exception) -> JSONResponse:
    """Nothing of the inside goes out, but a number by which the log is found."""
    number = str(uuid4())
    LOG.error("internal error %s", number, exc_info=error)
    sentence = f"internal error; report it with this number: {number}"
    body = {"error": sentence, "code": "internal", "request_id": number}
    return _respond(request, 500, body, {})
