"""What went wrong becomes a status code and a body with a plain sentence."""

import json
import logging
import math
import re
import sqlite3
import time
from typing import Any
from uuid import uuid4

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DataError, InterfaceError, OperationalError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match, Route

from tilewright.api.callers import LIMITS, limit_headers
from tilewright.contract import (
    DatabaseUnusable,
    EngineFailed,
    EngineLost,
    EngineUnavailable,
    FetchFailed,
    FieldFault,
    FileTooLarge,
    Forbidden,
    IdempotencyConflict,
    InvalidRequest,
    LoraRefused,
    NotEnoughCredits,
    NotFound,
    PhotoRefused,
    PhotoTooLarge,
    QueueUnavailable,
    RateLimited,
    StoreUnusable,
    TilewrightError,
    TooManyAtOnce,
    Unauthorized,
    UrlRefused,
)
from tilewright.store import BlobGone
from tilewright.telemetry.about import about

LOG = logging.getLogger(__name__)

STATUS: dict[type[TilewrightError], int] = {
    InvalidRequest: 400,
    PhotoRefused: 400,
    PhotoTooLarge: 413,
    UrlRefused: 400,
    LoraRefused: 400,
    Unauthorized: 401,
    Forbidden: 403,
    NotFound: 404,
    NotEnoughCredits: 406,
    IdempotencyConflict: 409,
    RateLimited: 429,
    TooManyAtOnce: 429,
    FileTooLarge: 413,
    FetchFailed: 502,
    EngineFailed: 500,
    EngineLost: 500,
    EngineUnavailable: 502,
    QueueUnavailable: 502,
    DatabaseUnusable: 502,
    StoreUnusable: 503,
}

AGAIN_SECONDS = 5.0
"""After which to come back to a service whose disk is full, or whose database is locked."""

QUIET_SECONDS = 5.0
"""Between two lines of the log on a database that takes nothing; what comes between is `debug`."""

PASSING = (
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
)
"""What SQLite cannot do now and may be able to soon."""

PROBLEM = "application/problem+json"

JOB = re.compile(r"/v2/requests/[^/]+(/status)?")
"""Where `status` is the job's state, so that the problem's number has no place."""


REFUSALS: dict[str, tuple[int, str]] = {
    "link_refused": (403, "The link to the tile was changed or is too old; ask for a new one."),
    "http_404": (404, "There is no such route."),
    "http_405": (405, "The route takes another method; `Allow` names it."),
    "unacceptable": (406, "The content type, or the encoding, of the body is not taken."),
    "too_slow": (408, "The body stopped coming, or trickled; send the same again."),
    "too_large": (413, "The body is too large; send smaller photos, or upload them first."),
    "busy": (429, "A sync call would take too long now; nothing was accepted."),
    "internal": (500, "It is our fault; the answer holds a number by which the log tells more."),
    "database_busy": (503, "The database takes nothing at the moment; send the same again."),
    "sync_deadline": (504, "A sync call took too long; the sentence says what became of its job."),
}
"""What only HTTP can answer, by code: the status, and what it means."""


class Refused(TilewrightError):
    """Something that only HTTP knows, by its code in `REFUSALS`. job_id: that it is about."""

    def __init__(
        self,
        code: str,
        sentence: str,
        retry_after: float | None = None,
        job_id: str | None = None,
    ):
        super().__init__(sentence)
        self.status, _ = REFUSALS[code]
        self.own_code = code
        self.retry_after = retry_after
        self.job_id = job_id


def answer_faults(app: FastAPI) -> None:
    """Teach the app to answer every fault in our words."""
    app.add_exception_handler(TilewrightError, _answer)
    app.add_exception_handler(HTTPException, _answer_routing)
    app.add_exception_handler(RequestValidationError, _answer_validation)
    app.add_exception_handler(BlobGone, _answer_gone)
    app.add_exception_handler(DataError, _answer_letters)
    app.add_exception_handler(ClientDisconnect, _answer_nobody)
    answer_busy = _Busy()
    for kind in (OperationalError, InterfaceError, TimeoutError):
        app.add_exception_handler(kind, answer_busy)
    app.add_exception_handler(Exception, _answer_crash)


def fault_response(request: Request, error: TilewrightError) -> JSONResponse:
    """The answer to an error that was raised on purpose."""
    body: dict[str, Any] = {"error": str(error), "code": _code(error)}
    if isinstance(error, InvalidRequest | PhotoTooLarge) and error.fields:
        body["fields"] = [fault._asdict() for fault in error.fields]
    if isinstance(error, IdempotencyConflict | Refused) and error.job_id:
        body["request_id"] = error.job_id
    return _respond(request, _status(error), body, _headers(request, error))


def _status(error: TilewrightError) -> int:
    if isinstance(error, Refused):
        return error.status
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def _code(error: TilewrightError) -> str:
    return error.own_code if isinstance(error, Refused) else error.code


def _headers(request: Request, error: TilewrightError) -> dict[str, str]:
    headers: dict[str, str] = {**request.scope.get(LIMITS, {})}
    retry_after = getattr(error, "retry_after", None)
    if isinstance(error, StoreUnusable):
        retry_after = AGAIN_SECONDS
    if retry_after is not None:
        headers["Retry-After"] = str(max(1, math.ceil(retry_after)))
    if isinstance(error, RateLimited | TooManyAtOnce):
        headers |= _limit(error, request.app.state.door.clock())
    if isinstance(error, Refused) and error.job_id:
        headers["x-request-id"] = error.job_id
    if isinstance(error, Unauthorized):
        headers["WWW-Authenticate"] = 'Bearer realm="tilewright"'
    return headers


def _limit(error: RateLimited | TooManyAtOnce, now: float) -> dict[str, str]:
    if isinstance(error, RateLimited):
        return limit_headers(error.limit, 0, error.reset_at, now)
    at = now + error.retry_after
    return limit_headers(error.limit, 0, at, now, "jobs", 'qu="concurrent-requests"')


class _Told(JSONResponse):
    """May repeat whatever was sent, half a character too: UTF-8 has none, JSON writes its code."""

    def render(self, content: Any) -> bytes:
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "backslashreplace")


def _respond(
    request: Request, status: int, body: dict[str, Any], headers: dict[str, str]
) -> JSONResponse:
    if PROBLEM not in request.headers.get("accept", "") or _asks_for_job(request):
        return _Told(body, status, headers)
    problem = {"type": f"urn:tilewright:{body['code']}", "title": body["code"], "status": status}
    return _Told({**problem, "detail": body["error"], **body}, status, headers, PROBLEM)


def _asks_for_job(request: Request) -> bool:
    return request.method == "GET" and JOB.fullmatch(request.url.path) is not None


async def _answer(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, TilewrightError)
    return fault_response(request, error)


def _is_busy(error: Exception) -> bool:
    """Whether it may go better soon; SQLite calls a missing table an operational error too."""
    code = getattr(getattr(error, "orig", None), "sqlite_errorcode", None)
    return code is None or code & 0xFF in PASSING


class _Busy:
    """The database takes nothing now: another program holds it, its disk is full, it is away."""

    def __init__(self) -> None:
        self._quiet_until = 0.0

    async def __call__(self, request: Request, error: Exception) -> JSONResponse:
        if not _is_busy(error):
            return await _answer_crash(request, error)
        LOG.log(self._level(), "the database takes nothing", exc_info=error)
        sentence = (
            "the database takes nothing at the moment, it is away or locked or its disk is full; "
            "send the same request again"
        )
        return fault_response(request, Refused("database_busy", sentence, AGAIN_SECONDS))

    def _level(self) -> int:
        """Thousands of polls in a second would tell the same."""
        if (now := time.monotonic()) < self._quiet_until:
            return logging.DEBUG
        self._quiet_until = now + QUIET_SECONDS
        return logging.ERROR


async def _answer_routing(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    words = {404: "there is nothing at this address", 405: "this address takes another method"}
    sentence = words.get(error.status_code, str(error.detail))
    body = {"error": f"{sentence}; /docs lists what there is", "code": f"http_{error.status_code}"}
    headers = dict(error.headers or {})
    if "Allow" in headers:
        headers["Allow"] = ", ".join(sorted(_methods(request)))
    return _respond(request, error.status_code, body, headers)


def _methods(request: Request) -> set[str]:
    """All that the address takes; the framework knows only the first route that it fits."""
    fits = [
        route
        for route in request.app.routes
        if isinstance(route, Route) and route.matches(request.scope)[0] != Match.NONE
    ]
    # A fixed address may also be a slug's; but no model is called so.
    same = [route for route in fits if route.path == fits[0].path]
    return {method for route in same for method in route.methods or ()}


async def _answer_validation(request: Request, error: Exception) -> JSONResponse:
    """A path or a query that cannot be; bodies are read by ourselves."""
    assert isinstance(error, RequestValidationError)
    faults = [
        FieldFault(
            str(one["loc"][-1]), "is required" if one["type"] == "missing" else str(one["msg"])
        )
        for one in error.errors()
    ]
    return fault_response(request, InvalidRequest(faults))


async def _answer_gone(request: Request, error: Exception) -> JSONResponse:
    """The blob went between the look at its row and the look for itself."""
    return fault_response(request, NotFound("it was deleted or has expired just now"))


async def _answer_nobody(request: Request, error: Exception) -> JSONResponse:
    """The caller hung up amid the body: counted as such, and no fault of ours."""
    return fault_response(request, InvalidRequest([FieldFault("body", "broke off before its end")]))


async def _answer_letters(request: Request, error: Exception) -> JSONResponse:
    """Not every database can even look for every text: PostgreSQL knows no zero byte."""
    fault = FieldFault("address", "holds letters that no name has")
    return fault_response(request, InvalidRequest([fault]))


async def _answer_crash(request: Request, error: Exception) -> JSONResponse:
    """Nothing of the inside goes out, but a number by which the log is found."""
    number = str(request.scope.get("tilewright.request_id") or uuid4())
    with about(request_id=number):
        LOG.error("internal error %s", number, exc_info=error)
    sentence = f"internal error; report it with this number: {number}"
    body = {"error": sentence, "code": "internal", "request_id": number}
    return _respond(request, 500, body, {})
