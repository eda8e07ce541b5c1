"""Everything that can go wrong, as one tree.

    TilewrightError
    ├── InvalidRequest         a parameter is wrong; `fields` names each one
    │   └── UnsupportedParameter   right in itself, but this engine cannot do it
    ├── PhotoRefused           the bytes are not a photo we can safely open
    │   └── PhotoTooLarge          it has more bytes or pixels than are taken
    ├── UrlRefused             the address may not be fetched
    ├── FetchFailed            the address may be fetched, but did not answer as it should
    │   └── FileTooLarge           it leads to more bytes than are taken
    ├── EngineUnavailable      the engine asked for cannot run here
    ├── QueueUnavailable       the queue that carries the work cannot be started or reached
    ├── SurfaceUnusable        the photo holds no surface that a tile could be made from
    ├── LoraRefused            the file is not a LoRA that the model can take
    ├── EngineFailed           the engine broke off, or what it made cannot be a tile
    ├── EngineLost             the engine cannot go on in this process
    ├── Cancelled              the caller asked to stop
    ├── Unauthorized           no key, or one that is not good (any more)
    ├── Forbidden              the key is good, but not for this
    ├── NotFound               there is no such thing, or it is not the caller's
    ├── NotEnoughCredits       the account cannot pay for it
    ├── RateLimited            too many requests in a minute; `retry_after` says when to come back
    ├── TooManyAtOnce          too many jobs of this key are waiting or running
    ├── IdempotencyConflict    the Idempotency-Key was used before, for something else
    ├── DatabaseUnusable       the database cannot be opened by this version
    └── StoreUnusable          photos and tiles cannot be stored or read: a full disk, most likely

Each message says what was wrong, the value, the limit, and what to do next.
`code` is stable and meant for programs; `wrong_input` is true where the caller must change
something.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import ClassVar, NamedTuple

JOB_CODES = {
    "content_blocked": "The operator's rules refuse what the prompt says or a photo shows.",
    "cancelled": "Its owner, the operator, or the caller of a sync call who hung up ended it.",
    "no_worker": "No worker of its engine was there for as long as the operator has patience.",
    "unrun": "No worker took it within a day.",
    "worker_lost": "It lost its worker again and again; a smaller photo may need less memory.",
    "photo_gone": "One of its photos was deleted before its turn came.",
    "engine_broke": "The engine broke on it; the log of the worker says how.",
    "judge_broke": "The operator's judge of photos broke on it; the log of the worker says how.",
}
"""What else a job that FAILED may say, beside the codes of the tree, and what it means."""


class FieldFault(NamedTuple):
    """One wrong parameter: its name and a sentence about it."""

    field: str
    message: str


class TilewrightError(Exception):
    """The root of every error raised on purpose."""

    code: ClassVar[str] = "error"
    wrong_input: ClassVar[bool] = False


class InvalidRequest(TilewrightError):
    """One or more parameters are wrong; nothing was started."""

    code = "invalid_request"
    wrong_input = True

    def __init__(self, fields: list[FieldFault]) -> None:
        self.fields = fields
        super().__init__("; ".join(f"{fault.field}: {fault.message}" for fault in fields))


class UnsupportedParameter(InvalidRequest):
    """The parameter is well formed, but the engine that would do the work cannot apply it."""

    code = "unsupported_parameter"


class PhotoRefused(TilewrightError):
    """The bytes are not an image of an allowed format and size. The HTTP door answers
    `invalid_request` and names the parameter.
    """

    code = "photo_refused"
    wrong_input = True


class PhotoTooLarge(PhotoRefused):
    """The photo has more bytes or pixels than are taken."""

    code = "photo_too_large"

    def __init__(self, sentence: str, fields: Sequence[FieldFault] = ()) -> None:
        self.fields = fields
        """The parameter that it came as, where that is known."""
        super().__init__(sentence)


class UrlRefused(TilewrightError):
    """The URL is not http(s), carries credentials, or leads to an address that is not public. The
    HTTP door answers `invalid_request` and names the parameter.
    """

    code = "url_refused"
    wrong_input = True


class FetchFailed(TilewrightError):
    """The remote host answered with an error, too slowly, too much, or not at all."""

    code = "fetch_failed"
    wrong_input = True


class FileTooLarge(FetchFailed):
    """The address leads to more bytes than are taken."""

    code = "file_too_large"


class EngineUnavailable(TilewrightError):
    """The engine cannot run on this machine; the message holds the remedy."""

    code = "engine_unavailable"
    wrong_input = True


class QueueUnavailable(TilewrightError):
    """The queue cannot be started or reached; the message holds the remedy."""

    code = "queue_unavailable"


class SurfaceUnusable(TilewrightError):
    """No region of the photo is large, sharp or textured enough to make a tile from."""

    code = "surface_unusable"


class LoraRefused(TilewrightError):
    """The file is not a LoRA that the model can take; nothing of it was applied."""

    code = "lora_refused"
    wrong_input = True


class EngineFailed(TilewrightError):
    """The engine ran out of memory, or what it made is no picture; it can go on with others."""

    code = "engine_failed"


class EngineLost(TilewrightError):
    """The graphics card no longer answers this process, which must end; another may go on."""

    code = "engine_lost"


class Cancelled(TilewrightError):
    """The work was stopped because its caller asked for it."""

    code = "cancelled"


class Unauthorized(TilewrightError):
    """No key was given, or it is unknown, revoked or expired."""

    code = "unauthorized"
    wrong_input = True


class Forbidden(TilewrightError):
    """The key is known but may not do this."""

    code = "forbidden"
    wrong_input = True


class NotFound(TilewrightError):
    """There is no such thing, it has expired, or it belongs to another account."""

    code = "not_found"
    wrong_input = True


class NotEnoughCredits(TilewrightError):
    """The account's balance, in dollars, does not cover the cost; nothing was taken from it."""

    code = "not_enough_credits"
    wrong_input = True

    def __init__(self, cost: Decimal, balance: Decimal) -> None:
        self.cost = cost
        self.balance = balance
        super().__init__(
            f"this costs {cost} dollars and the account holds {balance}; add credits and try again"
        )


class RateLimited(TilewrightError):
    """The key's requests per minute are used up for now."""

    code = "rate_limited"

    def __init__(self, limit: int, retry_after: float, reset_at: float) -> None:
        self.limit = limit
        """Requests per minute."""
        self.retry_after = retry_after
        """Seconds until one more request is let through."""
        self.reset_at = reset_at
        """When all of them are, in UNIX seconds."""
        super().__init__(
            f"this key may send {limit} requests per minute; try again in {retry_after:.1f} s"
        )


class TooManyAtOnce(TilewrightError):
    """The key has as many jobs waiting or running as it may."""

    code = "too_many_at_once"

    def __init__(self, limit: int, retry_after: float) -> None:
        self.limit = limit
        self.retry_after = retry_after
        """Seconds; a guess, for nobody knows when a job ends."""
        super().__init__(
            f"this key may have {limit} jobs waiting or running; wait for one to end, or cancel one"
        )


class IdempotencyConflict(TilewrightError):
    """The Idempotency-Key came before, with another body."""

    code = "idempotency_conflict"
    wrong_input = True

    def __init__(self, job_id: str | None) -> None:
        self.job_id = job_id
        """The request that the key belongs to; None if it was for something else."""
        owner = "something else" if job_id is None else f"request {job_id}"
        super().__init__(
            f"this Idempotency-Key belongs to {owner}, which had another body; "
            "send a new key with a new body"
        )


class DatabaseUnusable(TilewrightError):
    """The database is of a kind or a version that this program does not know."""

    code = "database_unusable"
    wrong_input = True


class StoreUnusable(TilewrightError):
    """The store of photos and tiles cannot be used; the log of the server says why."""

    code = "store_unusable"
