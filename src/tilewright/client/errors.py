"""What can go wrong between a client and its server, as one tree.

    ServiceError
    ├── Unreachable        no answer came, however often it was asked
    ├── InferenceFailed    the job ended as FAILED
    └── InferenceTimeout   the job has not ended in time; it may still be running

The client knows nothing of the server's own errors, so this tree stands beside that of `contract`.
"""

from typing import Any

import httpx


class ServiceError(Exception):
    """The server refused; `detail` is its own sentence.

    status: the HTTP status, None where no answer was the trouble. code: the server's stable name
    of the fault. fields: each wrong parameter, its name as `field` and what is wrong as `message`.
    request_id: the job that it is about. retry_after: seconds after which the server wants to be
    asked again.
    """

    def __init__(
        self,
        detail: str | None,
        *,
        status: int | None = None,
        code: str | None = None,
        fields: list[dict[str, str]] | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        self.detail = detail
        self.status = status
        self.code = code
        self.fields = fields or []
        self.request_id = request_id
        self.retry_after = retry_after
        super().__init__(detail or "the server gave no reason")


class Unreachable(ServiceError):
    """No answer came from the server before patience ended."""


class InferenceFailed(ServiceError):
    """The job reached FAILED; `status_body` is all that the server says about it."""

    def __init__(self, detail: str | None, status_body: dict[str, Any]) -> None:
        self.status_body = status_body
        super().__init__(
            detail,
            code=_text(status_body.get("code")),
            request_id=_text(status_body.get("request_id")),
        )


class InferenceTimeout(ServiceError):
    """The job has not ended within the time given; ask for it again by `request_id`."""

    request_id: str

    def __init__(self, request_id: str, elapsed_s: float, last: Exception | None = None) -> None:
        self.elapsed_s = elapsed_s
        reason = f" ({last})" if last else ""
        super().__init__(
            f"request {request_id} has not ended within {elapsed_s:.1f} s{reason}; it may still "
            "be running: wait for it again, or cancel it",
            request_id=request_id,
        )


def refuse(response: httpx.Response) -> None:
    """Raise `ServiceError` with the server's own sentence, unless the answer is a success."""
    if response.is_success:
        return
    response.read()
    body = body_of(response)
    raise ServiceError(
        _text(body.get("error")) or _describe(response),
        status=response.status_code,
        code=_text(body.get("code")),
        fields=_fields(body.get("fields")),
        request_id=_text(body.get("request_id")) or response.headers.get("x-request-id"),
        retry_after=retry_after(response),
    )


def body_of(response: httpx.Response) -> dict[str, Any]:
    """The JSON object that was answered; empty where it is anything else."""
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def retry_after(response: httpx.Response) -> float | None:
    """The seconds of `Retry-After`; None where it is not there or is a date."""
    text = response.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() else None


def _describe(response: httpx.Response) -> str:
    url = response.request.url.copy_with(query=None)
    if response.has_redirect_location:
        return f"{url} is elsewhere, at {response.headers['location']}; give that address"
    answer = f"{response.status_code} {response.reason_phrase}".strip()
    return f"{url} answered {answer} and gave no reason"


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _fields(value: object) -> list[dict[str, str]]:
    """Those that are told as our own server tells them."""
    return [one for one in value if _is_fault(one)] if isinstance(value, list) else []


def _is_fault(one: object) -> bool:
    names = ("field", "message")
    return (
        isinstance(one, dict) and set(one) == {*names} and all(_text(one[name]) for name in names)
    )
