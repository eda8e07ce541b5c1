"""Brings the bytes of a photo from wherever they are: a file, a URL, a data: URL or base64."""

import binascii
import re
import stat
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote_to_bytes

from tilewright.contract import PhotoRefused, PhotoTooLarge
from tilewright.intake.fetch import fetch as fetch_publicly
from tilewright.intake.header import recognize
from tilewright.intake.limits import LARGEST_FILE, MEBIBYTE

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_DATA = re.compile(r"data:([^,]*),", re.IGNORECASE)

LONGEST_DATA_HEAD = 256
"""Characters before the comma of a data: URL; `data:image/jpeg;base64` has 22."""

SHOWN = 60
"""Characters of a source that an error repeats."""

OWN_WAYS = "the path of a file that is there, an http(s) or data: URL, or the base64 of an image"


def read_source(
    source: str | bytes | Path,
    largest: int = LARGEST_FILE,
    *,
    fetch: Callable[[str], bytes] = fetch_publicly,
) -> bytes:
    """The bytes of the photo that the owner of this machine names.

    source: the bytes themselves, the path of a file, or whatever `read_sent` takes. A text that
    names an existing file is that file: never pass a stranger's text, use `read_sent`.
    Raises `PhotoRefused` for anything that is not there or has more than `largest` bytes, and
    what `fetch` raises.
    """
    if isinstance(source, bytes):
        return _bounded(source, largest)
    if isinstance(source, Path) or _is_there(source):
        return _read_file(Path(source), largest)
    return read_sent(source, largest, fetch=fetch, ways=OWN_WAYS)


def read_sent(
    source: str,
    largest: int = LARGEST_FILE,
    *,
    fetch: Callable[[str], bytes] = fetch_publicly,
    ways: str = "an http(s) or data: URL, or the base64 of an image",
) -> bytes:
    """The bytes of the photo that a stranger sent: an http(s) or data: URL, or base64.

    ways: what to give, for whoever gave nothing of it. Never touches the disk. Raises
    `PhotoRefused` for anything that is none or has more than `largest` bytes, and what `fetch`
    raises.
    """
    if _ADDRESS.match(source):
        return _bounded(fetch(source), largest)
    if head := _DATA.match(source, 0, LONGEST_DATA_HEAD):
        return _read_data(source, head, largest)
    data = _from_base64(source, largest)
    if data is None or recognize(data) is None:
        raise PhotoRefused(f"no image is found at {_short(source)}; give {ways}")
    return data


def _is_there(source: str) -> bool:
    try:
        return Path(source).exists()
    except (OSError, ValueError):  # longer than names can be, or a zero byte inside
        return False


def _read_file(path: Path, largest: int) -> bytes:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise PhotoRefused(f"not a file: {_short(str(path))}; name the image itself")
        with path.open("rb") as file:
            return _bounded(file.read(largest + 1), largest)
    except FileNotFoundError:
        raise PhotoRefused(f"no such file: {_short(str(path))}; check the path") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not a valid path"
        raise PhotoRefused(f"cannot read {_short(str(path))}: {reason}") from error


def _read_data(source: str, head: re.Match[str], largest: int) -> bytes:
    payload = unquote_to_bytes(source[head.end() :].encode(errors="replace"))
    if not head[1].lower().replace(" ", "").endswith(";base64"):
        return _bounded(payload, largest)
    data = _from_base64(payload.decode("latin-1"), largest)
    if data is None:
        raise PhotoRefused(f"the data: URL {_short(source)} is not valid base64; encode it again")
    return data


def _from_base64(text: str, largest: int) -> bytes | None:
    """Both alphabets, with or without line breaks and padding; None if it is not base64."""
    packed = "".join(text.split()).rstrip("=")
    if len(packed) * 3 // 4 > largest:
        raise PhotoTooLarge(_too_large(largest))
    padded = packed + "=" * (-len(packed) % 4)
    try:
        return binascii.a2b_base64(padded.replace("-", "+").replace("_", "/"), strict_mode=True)
    except ValueError:
        return None


def _bounded(data: bytes, largest: int) -> bytes:
    if len(data) > largest:
        raise PhotoTooLarge(_too_large(largest))
    return data


def _too_large(largest: int) -> str:
    return f"the photo has more than {largest / MEBIBYTE:g} MiB; send a smaller one"


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}... ({len(text)} characters)"
