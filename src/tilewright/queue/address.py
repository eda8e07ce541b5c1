"""Where the queue is, and the token that opens it: kept in a file that its owner alone may read."""

import json
import os
import secrets
import ssl
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from nats.aio.client import Client
from nats.errors import SecureConnWantedError

from tilewright.contract import QueueUnavailable

FILE_NAME = "nats.json"


class _Encrypted(Client):
    """A connection that says nothing in the clear.

    The library begins TLS only where the server's first line, which anybody on the way can write,
    says that it must; its public options have nothing between that and a server that begins with
    TLS by itself.
    """

    async def _process_info(self, info: dict[str, Any], initial_connection: bool = False) -> None:
        if initial_connection and not info.get("tls_required"):
            raise SecureConnWantedError
        await super()._process_info(info, initial_connection)


class Address(NamedTuple):
    """The URL of a NATS server, and what it may want besides.

    token: its token. credentials: a .creds file. authority: a file with certificates (PEM) that are
    believed besides the usual ones, where the URL is tls://.
    """

    url: str
    token: str | None = None
    credentials: str | None = None
    authority: str | None = None

    @property
    def _encrypted(self) -> bool:
        return self.url.startswith("tls://")

    def client(self) -> Client:
        """A connection that is not connected yet."""
        return _Encrypted() if self._encrypted else Client()

    def options(self) -> dict[str, Any]:
        """What the library's `connect` is told of it."""
        told: dict[str, Any] = {"servers": self.url, "token": self.token}
        if self.credentials is not None:
            told["user_credentials"] = self.credentials
        if self._encrypted:
            told["tls"] = ssl.create_default_context()
            if self.authority is not None:
                told["tls"].load_verify_locations(self.authority)
        return told


def read_address(path: Path) -> Address:
    """The address in a file that `write_address` wrote. Raises `QueueUnavailable`."""
    try:
        kept = json.loads(path.read_text())
        if urlsplit(kept["url"]).port is None:
            raise ValueError("its url has no port")
        return Address(kept["url"], kept["token"])
    except FileNotFoundError:
        raise QueueUnavailable(
            f"no queue is known in {path.parent}: start `tilewright serve` on this data folder "
            "first, or name the address of a NATS server"
        ) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise QueueUnavailable(
            f"{path} does not hold the address of a queue ({error}); "
            "`tilewright serve` writes it anew when it starts"
        ) from None


def write_address(path: Path, address: Address) -> None:
    """Keep the address for workers; a reader sees the old file or the new one, never half."""
    write_private(path, json.dumps(address._asdict()))


def write_private(path: Path, text: str) -> None:
    """Put a file in place at once, readable by its owner only."""
    part = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
