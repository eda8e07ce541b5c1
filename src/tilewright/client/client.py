"""Asks a Tilewright server for tiles; the shape is that of the hosted service's own client."""

from typing import Any, Self
from uuid import uuid4

import httpx

from tilewright.client.address import find_key, find_url
from tilewright.client.connection import Connection
from tilewright.client.errors import refuse
from tilewright.client.job import WAIT_SECONDS, Job, job_of, read_job
from tilewright.client.pictures import Photo, read_local, send_pictures, upload
from tilewright.client.watch import Watch, checked

SLUG = "qwen-image-edit-plus-texture-extract"
"""The hosted service's name of what Tilewright does."""

TIMEOUT = 30.0
"""Seconds without a byte from the server. As in the hosted service's own client."""


class Client:
    """One server and one key; safe to use from several threads.

    api_key: else the variable TILEWRIGHT_API_KEY, else SEGMIND_API_KEY, else none. base_url: else
    TILEWRIGHT_URL, else this machine; a /v1 at its end is fine. timeout: seconds without a byte.
    progress: what every wait calls with the stage and the fraction done, or "bar".

    The parameters of a request are those of the model. `image_1` to `image_3` may be paths and
    bytes too: the client uploads them. `idempotency_key` is drawn anew for every request but those
    of `run_sync`, so that one that got lost is sent again and never runs twice; give your own to be
    safe across runs of your program.
    """

    def __init__(
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: float = TIMEOUT,
        *,
        progress: Watch = None,
    ) -> None:
        self._watch = checked(progress)
        self._connection = Connection(find_url(base_url), find_key(api_key), timeout)

    @property
    def base_url(self) -> str:
        """The address of the server."""
        return self._connection.url

    def run(
        self, slug: str = SLUG, *, idempotency_key: str | None = None, **params: Any
    ) -> dict[str, Any]:
        """Submit, wait, and return the finished result; what `submit_async(...).wait()` does."""
        return self.submit_async(slug, idempotency_key=idempotency_key, **params).wait()

    def run_sync(
        self, slug: str = SLUG, *, idempotency_key: str | None = None, **params: Any
    ) -> httpx.Response:
        """One request that blocks until the tile is there; `.content` holds its bytes.

        Raises `ServiceError`; a server that is too busy for this says so and names the other way.
        Without an `idempotency_key` what brings no tile in time is cancelled and costs nothing, and
        a call whose line broke is not sent again. With one the job goes on: the same call again,
        with the same key, brings its tile.
        """
        path = f"/v1/{slug.strip('/')}"
        inline = idempotency_key is not None
        response = self._post(path, params, idempotency_key, inline, WAIT_SECONDS)
        refuse(response)
        return response

    def submit_async(
        self, slug: str = SLUG, *, idempotency_key: str | None = None, **params: Any
    ) -> Job:
        """Hand a job to the server and return at once, with its `request_id`.

        Raises `ServiceError`, and `OSError` where a local photo cannot be read.
        """
        path, inline = f"/v2/{slug.strip('/')}", idempotency_key is not None
        response = self._post(path, params, idempotency_key or uuid4().hex, inline, None)
        return read_job(self._connection, response, self._watch)

    def job(self, request_id: str) -> Job:
        """A job that was submitted before, by this program or another."""
        return job_of(self._connection, request_id, self._watch)

    def upload(self, photo: Photo) -> str:
        """Leave a photo at the server for a while; the address that is returned may be reused."""
        data = read_local(photo)
        if data is None:
            raise ValueError("only a file or its bytes can be uploaded; this is already remote")
        return upload(self._connection, data)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _post(
        self,
        path: str,
        params: dict[str, Any],
        key: str | None,
        inline: bool,
        timeout: float | None,
    ) -> httpx.Response:
        """Send the request; twice with one key it is the same job, so a lost one is sent again.

        inline: the photos travel inside. Whoever gives a key means the same body by it, and an
        upload has another address each time.
        """
        body = send_pictures(self._connection, params, inline=inline)
        headers = {"Idempotency-Key": key} if key else {}
        return self._connection.send(
            "POST", path, json=body, headers=headers, timeout=timeout, once=not key
        )
