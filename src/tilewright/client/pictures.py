"""Photos on the caller's own machine become addresses that the server can read."""

import base64
import os
import re
from pathlib import Path

from tilewright.client.connection import Connection
from tilewright.client.errors import ServiceError, body_of, refuse

IMAGES = ("image_1", "image_2", "image_3")
"""The parameters that hold photos."""

LARGEST_INLINE = 256 * 1024
"""Bytes of a photo that travels inside the request; larger ones are uploaded before it."""

Photo = str | bytes | os.PathLike[str]
"""A file's bytes, its path, or whatever the server takes: an address, base64, an upload's id."""

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://|data:", re.IGNORECASE)

_KINDS = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (8, b"WEBP", "image/webp"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftyphei", "image/heic"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (0, b"GIF8", "image/gif"),
)
"""Where a format's mark stands in its file, the mark, and its media type."""


def send_pictures(
    connection: Connection, params: dict[str, object], *, inline: bool
) -> dict[str, object]:
    """The parameters with every local photo uploaded, or put inside if it is small or `inline`."""
    sent = dict(params)
    for name in IMAGES:
        value = sent.get(name)
        if not isinstance(value, (str, bytes, os.PathLike)):
            continue
        data = read_local(value)
        if data is None:
            continue
        small = inline or len(data) <= LARGEST_INLINE
        sent[name] = data_url(data) if small else upload(connection, data)
    return sent


def read_local(photo: Photo) -> bytes | None:
    """The bytes of a photo that is here; None for a text that only the server can read.

    A text is a path if a file of that name exists, or if it looks like one and like nothing else:
    neither base64 nor an id holds a dot.
    """
    if isinstance(photo, bytes):
        return photo
    if not isinstance(photo, str):
        return Path(photo).read_bytes()
    if _ADDRESS.match(photo):
        return None
    if "." in photo or _is_file(photo):
        return Path(photo).expanduser().read_bytes()
    return None


def data_url(data: bytes) -> str:
    """The photo as one text, with the media type that its first bytes show."""
    found = (kind for at, mark, kind in _KINDS if data[at : at + len(mark)] == mark)
    kind = next(found, "application/octet-stream")
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def upload(connection: Connection, data: bytes) -> str:
    """Leave the photo at the server for a while, and return its address there."""
    response = connection.send("POST", "/upload-asset", json={"data_urls": [data_url(data)]})
    refuse(response)
    match body_of(response):
        case {"file_urls": [str(url)]}:
            return url
    raise ServiceError(
        "the server took the upload but did not say where it is", status=response.status_code
    )


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except (OSError, ValueError):  # longer than names can be, or a zero byte inside
        return False
