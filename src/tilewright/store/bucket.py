"""Blobs that are objects in a bucket of an S3-compatible store, lent by signed addresses."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from tilewright.contract import StoreUnusable
from tilewright.store.blobs import Blobs, Room, checked, first_line, new_name, unusable

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Config

SCHEME = "s3://"

LENT = timedelta(hours=1)
"""How long a worker may take from claim to tile. The largest tile takes minutes."""

CONNECT, SILENCE = timedelta(seconds=2), timedelta(seconds=10)
"""For the store to take a connection, and between two bytes of an answer."""

RETRY: "RetryConfig" = {
    "max_retries": 4,
    "retry_timeout": timedelta(seconds=3),
    "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=1)},
}
"""Of one call. Longer faults are told the caller, who is waiting, and comes again."""


@dataclass(frozen=True)
class Access:
    """How an S3-compatible store is reached; what is None, obstore finds by itself.

    endpoint: http(s)://HOST:PORT; Amazon's own if None. key_id, secret: the role of the machine, or
    the variables that Amazon's own tools read, if None. authority: a file with certificates (PEM)
    that are believed besides the usual ones.
    """

    endpoint: str | None = None
    region: str | None = None
    key_id: str | None = None
    secret: str | None = field(default=None, repr=False)
    authority: Path | None = None


class BucketBlobs(Blobs):
    """address: s3://BUCKET or s3://BUCKET/PREFIX."""

    def __init__(self, address: str, access: Access) -> None:
        parts = urlsplit(address)
        self._bucket = parts.netloc
        self._at = access.endpoint or "Amazon S3"
        self._s3 = S3Store(
            self._bucket,
            prefix=parts.path.strip("/") or None,
            config=_config(access),
            client_options=_client(access),
            retry_config=RETRY,
        )
        super().__init__(self._s3)

    def lend(self, name: str) -> str:
        """An address that gives the blob to whoever has it, for a while."""
        return self._signed("GET", checked(name))

    def room(self) -> Room:
        """An address that takes one blob from whoever has it, for a while."""
        name = new_name()
        return Room(name, self._signed("PUT", name))

    def write(self, name: str, data: bytes) -> None:
        """Keep `data` under a new name, in one piece: of a killed upload parts would stay."""
        try:
            obstore.put(self._store, name, data, use_multipart=False)
        except (BaseError, OSError) as error:
            raise unusable(error) from error

    def check(self) -> None:
        """Do once all that a door does; raise a `StoreUnusable` that says what to put right."""
        name = new_name()
        try:
            obstore.put(self._s3, name, b"tilewright was here", use_multipart=False)
            obstore.get(self._s3, name)
            next(iter(obstore.list(self._s3)), None)
            obstore.delete(self._s3, [name])
        except (BaseError, OSError) as error:
            raise StoreUnusable(self._reason(error)) from None

    def _reason(self, error: Exception) -> str:
        if isinstance(error, FileNotFoundError):
            return (
                f"{self._at} has no bucket {self._bucket!r}; make it, or correct "
                "TILEWRIGHT_STORE_URL"
            )
        if isinstance(error, PermissionDeniedError | UnauthenticatedError):
            return (
                f"{self._at} does not let us put, get, list and delete in the bucket "
                f"{self._bucket!r}; check TILEWRIGHT_STORE_KEY_ID and TILEWRIGHT_STORE_SECRET, or "
                "what the role of this machine allows"
            )
        return (
            f"the bucket {self._bucket!r} at {self._at} cannot be used; check "
            "TILEWRIGHT_STORE_ENDPOINT and TILEWRIGHT_STORE_REGION, and that "
            "TILEWRIGHT_STORE_KEY_ID is set or this machine has a role: "
            f"{first_line(error)}"
        )

    def _signed(self, method: Literal["GET", "PUT"], name: str) -> str:
        try:
            return obstore.sign(self._s3, method, name, LENT)
        except (BaseError, OSError) as error:
            raise unusable(error) from error

    def _delete(self, names: Sequence[str]) -> None:
        if names:
            obstore.delete(self._store, names)


def _config(access: Access) -> "S3Config":
    config: S3Config = {}
    if access.endpoint is not None:
        config["endpoint"] = access.endpoint
    if access.region is not None:
        config["region"] = access.region
    if access.key_id is not None and access.secret is not None:
        config["access_key_id"] = access.key_id
        config["secret_access_key"] = access.secret
    return config


def _client(access: Access) -> "ClientConfig":
    client: ClientConfig = {
        "allow_http": (access.endpoint or "").startswith("http://"),
        "connect_timeout": CONNECT,
        "read_timeout": SILENCE,
    }
    if access.authority is not None:
        client["root_certificate"] = access.authority.read_bytes()
    return client
