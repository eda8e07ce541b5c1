"""Links to blobs that work for a while: signed by us, since a plain folder cannot sign."""

import hashlib
import hmac
import math
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

SECRET_BYTES = 32


@dataclass(frozen=True)
class Links:
    """Signs the names of blobs, each until a moment, and knows its own signatures again."""

    secret: bytes = field(repr=False)

    def sign(self, name: str, expires_at: float) -> dict[str, str]:
        """What the link's query must hold; it works until `expires_at` (UNIX seconds, round up)."""
        expires = str(math.ceil(expires_at))
        return {"expires": expires, "signature": self._signature(name, expires)}

    def check(self, name: str, expires: str, signature: str, now: float) -> bool:
        """Whether we signed exactly this name and moment, and the moment is not over."""
        ours = self._signature(name, expires).encode()
        if not hmac.compare_digest(ours, signature.encode(errors="replace")):
            return False
        return now <= int(expires)  # what we signed is a whole number

    def _signature(self, name: str, expires: str) -> str:
        # The line break cannot be in a moment that we wrote, so no two pairs give one message.
        message = f"{name}\n{expires}".encode(errors="replace")
        return hmac.new(self.secret, message, hashlib.sha256).hexdigest()


def load_secret(path: Path) -> bytes:
    """The secret kept in the file `path`, drawn at the first call; only its owner may read it.

    Two processes that start at once agree: whole files are linked into place, and the first wins.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        pass
    part = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(SECRET_BYTES))
            file.flush()
            os.fsync(file.fileno())
        os.link(part, path)
    except FileExistsError:
        pass
    finally:
        part.unlink(missing_ok=True)
    return path.read_bytes()
