"""The same job done by a server: photos go to it, tiles come from it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tilewright.client import Client, InferenceTimeout, Job, ServiceError
from tilewright.client.job import WAIT_SECONDS, path_of
from tilewright.client.watch import UNANSWERED
from tilewright.contract import (
    FieldFault,
    InvalidRequest,
    PhotoRefused,
    Report,
    TileRequest,
    parse_request,
)

if TYPE_CHECKING:
    Source = str | bytes | Path


@dataclass(frozen=True)
class RemoteTile:
    """A finished tile that is still at the server, and the report of how it was made."""

    job: Job
    report: Report

    def save(self, path: Path) -> None:
        """Fetch it into a file, whole or not at all."""
        self.job.save(path)


@dataclass(frozen=True)
class RemoteMaker:
    """A checked request for a server, as `compose.Maker` is one for this machine."""

    request: TileRequest
    client: Client
    others: dict[str, Any]
    timeout: float = WAIT_SECONDS
    why = ""
    """Which engine, where nobody named one, is the server's to choose."""

    def make(self, photo: Source, tick: Callable[[str, float], None] | None = None) -> RemoteTile:
        """Hand it in and wait; whoever interrupts cancels the job at the server too."""
        wish = self.request.model_dump(mode="json", exclude_none=True)
        try:
            job = self.client.submit_async(**wish, image_1=photo, **self.others)
        except OSError as error:
            raise PhotoRefused(f"cannot read {error.filename}: {error.strerror}") from error
        try:
            result = job.wait(self.timeout, progress=tick or _unanswered_once())
        except InferenceTimeout as error:
            raise _late(error, self.client.base_url) from error
        except KeyboardInterrupt:
            with suppress(ServiceError):  # the server may be what was waited for
                job.cancel()
            raise
        if "report" not in result:
            raise ServiceError("this server tells nothing of its tiles; is it a Tilewright?")
        return RemoteTile(job, Report.model_validate(result["report"]))


def _late(error: InferenceTimeout, url: str) -> ServiceError:
    """The same in words for a terminal: this command is over, and no other waits for that job."""
    why = f" ({error.__cause__})" if error.__cause__ else ""
    return ServiceError(
        f"request {error.request_id} has not ended within {error.elapsed_s:.1f} s{why}. It goes on "
        "at the server, after a restart too, while the same command would begin another; ask for "
        'it, and for its tile, with: curl -H "x-api-key: $TILEWRIGHT_API_KEY" '
        f"{url}{path_of(error.request_id)}",
        request_id=error.request_id,
    )


def _unanswered_once() -> Callable[[str, float], None]:
    """Says once that the server does not answer, where no bar tells it."""
    told: list[str] = []

    def tell(stage: str, fraction: float) -> None:
        if stage == UNANSWERED and not told:
            told.append(stage)
            click.echo(stage, err=True)

    return tell


def prepare_remote(
    url: str,
    engine: str | None,
    image_2: Source | None,
    image_3: Source | None,
    *,
    timeout: float | None = None,
    **parameters: Any,
) -> RemoteMaker:
    """Check all that can be checked here before anything is sent; engines the server knows."""
    request = parse_request(parameters)
    more = {"image_2": image_2, "image_3": image_3, "engine": engine}
    others = {name: value for name, value in more.items() if value is not None}
    try:
        return RemoteMaker(request, Client(base_url=url), others, timeout or WAIT_SECONDS)
    except ValueError as error:
        raise InvalidRequest([FieldFault("url", str(error))]) from None
