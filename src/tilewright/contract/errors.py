"""Everything that can go wrong, as one tree.

    TilewrightError
    ├── InvalidRequest         a parameter is wrong; `fields` names each one
    │   └── UnsupportedParameter   right in itself, but this engine cannot do it
    ├── PhotoRefused           the bytes are not a photo we can safely open
    ├── UrlRefused             the address may not be fetched
    ├── FetchFailed            the address may be fetched, but did not answer as it should
    ├── EngineUnavailable      the engine asked for cannot run here
    ├── QueueUnavailable       the queue that carries the work cannot be started or reached
    ├── SurfaceUnusable        the photo holds no surface that a tile could be made from
    └── Cancelled              the caller asked to stop

Each message says what was wrong, the value, the limit, and what to do next.
`code` is stable and meant for programs; `wrong_input` is true where the caller must change
something.
"""

from typing import ClassVar, NamedTuple


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
    """The bytes are not an image of an allowed format and size."""

    code = "photo_refused"
    wrong_input = True


class UrlRefused(TilewrightError):
    """The URL is not http(s), carries credentials, or leads to an address that is not public."""

    code = "url_refused"
    wrong_input = True


class FetchFailed(TilewrightError):
    """The remote host answered with an error, too slowly, too much, or not at all."""

    code = "fetch_failed"
    wrong_input = True


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


class Cancelled(TilewrightError):
    """The work was stopped because its caller asked for it."""

    code = "cancelled"
