"""The tile of a finished job becomes a file, whole or not at all."""

import base64
import binascii
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import Any

import httpx

from tilewright.client.connection import Connection
from tilewright.client.errors import ServiceError, Unreachable, refuse
from tilewright.client.patience import pauses


def save_output(connection: Connection, result: dict[str, Any], path: Path) -> Path:
    """Write the output of a finished job to the file, or into the folder, and return its path."""
    output = result.get("output")
    if not isinstance(output, str) or not output:
        raise ServiceError("the result holds no output to save")
    target = path / _name_of(result) if path.is_dir() else path
    if output.startswith(("http://", "https://")):
        _download(connection, output, target)
    else:
        _write(target, [_from_base64(output)])
    return target


def _download(connection: Connection, url: str, target: Path) -> None:
    """Begin anew where the connection breaks in the middle, until patience ends."""
    deadline = None
    for pause in pauses():
        try:
            return _download_once(connection, url, target)
        except httpx.TransportError as error:
            deadline = deadline or connection.patience()
            if not deadline.pause(pause):
                place = httpx.URL(url).copy_with(query=None)
                raise Unreachable(f"the download from {place} broke off: {error}") from error


def _download_once(connection: Connection, url: str, target: Path) -> None:
    response = connection.send("GET", url, stream=True)
    try:
        refuse(response)
        _write(target, response.iter_bytes())
    finally:
        response.close()


def _write(target: Path, pieces: Iterable[bytes]) -> None:
    """Written beside the target and then moved over it: a move is all or nothing."""
    part = target.with_name(f".{target.name}.{token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            for piece in pieces:
                file.write(piece)
        os.replace(part, target)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(target)) from error
    finally:
        with suppress(OSError):  # moved, or never there
            part.unlink()


def _name_of(result: dict[str, Any]) -> str:
    """The file name that the server gives, without any folder that it names."""
    match result:
        case {"images": [{"file_name": str(told)}, *_]}:
            name = told.replace("\\", "/").rpartition("/")[2].lstrip(".")
            if name and name.isprintable():
                return name
    return f"{result.get('request_id', 'tile')}.tile"


def _from_base64(output: str) -> bytes:
    text = output.partition(",")[2] if output.startswith("data:") else output
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ServiceError("the output is neither an address nor base64") from None
