"""Downloaded LoRAs, kept under the hash of what is in them."""

import json
import os
import secrets
from collections import OrderedDict
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from tilewright.contract import FetchFailed, UrlRefused
from tilewright.engine.qwen.adapters import Worn
from tilewright.engine.qwen.lora import Lora, Shapes, check_header, read_lora
from tilewright.engine.qwen.options import QwenOptions
from tilewright.intake.fetch import fetch_unless

MOST_READ = 4
"""LoRAs that are kept as matrices, in the machine's memory."""

LARGEST_SHELF = 20 * 2**30
"""Bytes of files; beyond, those that were longest not asked for go."""


class Shelf:
    """LoRAs by their addresses. A host is always asked whether the file is still the same one."""

    def __init__(self, options: QwenOptions, room: int = LARGEST_SHELF) -> None:
        self._options = options
        self._room = room
        self._read: OrderedDict[str, Lora] = OrderedDict()

    def take(self, url: str, name: str, weight: float, shapes: Shapes) -> Worn:
        """The LoRA at `url`, checked whole.

        Raises `LoraRefused`, `UrlRefused` or `FetchFailed`.
        """
        try:
            data, digest = self._bytes(url, name)
        except (UrlRefused, FetchFailed) as error:
            raise type(error)(f"{name}_url: {error}") from error
        if digest not in self._read:
            self._read[digest] = read_lora(data, shapes, name)
        self._read.move_to_end(digest)
        while len(self._read) > MOST_READ:
            self._read.popitem(last=False)
        return Worn(name, digest, weight, self._read[digest])

    def forget(self) -> None:
        """Free the memory; files stay."""
        self._read.clear()

    def _bytes(self, url: str, name: str) -> tuple[bytes, str]:
        """The file and the hash of its contents; nothing of one that is read already."""
        options = self._options
        etag, digest = self._entry(url) or ("", "")
        kept = self._kept(digest)
        asked = "" if kept is None else etag
        data, etag = fetch_unless(asked, url, options.fetch, allowed=options.allowed)
        if data is None:
            return kept or b"", digest
        check_header(data, name)
        digest = sha256(data).hexdigest()
        if options.loras is not None:
            _write(self._path(digest), data)
            _write(self._label(url), json.dumps([etag, digest]).encode())
            self._clear_out(options.loras)
        return data, digest

    def _kept(self, digest: str) -> bytes | None:
        """The file of that hash; None if it is gone, or is not what its name says."""
        if not digest:
            return None
        try:
            os.utime(self._path(digest))
            if digest in self._read:
                return b""
            data = self._path(digest).read_bytes()
        except OSError:
            return None
        return data if sha256(data).hexdigest() == digest else None

    def _entry(self, url: str) -> tuple[str, str] | None:
        """ETag and hash of what was found there last."""
        return None if self._options.loras is None else _read(self._label(url))

    def _path(self, digest: str) -> Path:
        return (self._options.loras or Path()) / f"{digest}.safetensors"

    def _label(self, url: str) -> Path:
        return (self._options.loras or Path()) / f"{sha256(url.encode()).hexdigest()}.json"

    def _clear_out(self, folder: Path) -> None:
        with suppress(FileNotFoundError):  # another worker clears out as well
            files = sorted(folder.glob("*.safetensors"), key=lambda path: path.stat().st_mtime)
            room = self._room
            for path in reversed(files):
                room -= path.stat().st_size
                if room < 0 and path != files[-1]:
                    path.unlink(missing_ok=True)
            for label in folder.glob("*.json"):
                entry = _read(label)
                if entry is None or not self._path(entry[1]).exists():
                    label.unlink(missing_ok=True)


def _read(label: Path) -> tuple[str, str] | None:
    try:
        etag, digest = json.loads(label.read_bytes())
    except (OSError, ValueError):
        return None
    return str(etag), str(digest)


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
