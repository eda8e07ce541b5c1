"""What a folder of weights holds: each file's size, hash and origin, written down in it."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from tilewright.contract import EngineUnavailable

MANIFEST = "weights.json"
REST = ".incomplete"
"""Behind the name of a file that is not all there yet."""
PLAN = MANIFEST + REST
"""What a pull is at; gone when the manifest is written."""

CHUNK = 4 * 2**20
"""Bytes read at a time: few calls a gigabyte, and a bar that moves."""


def inside(path: str) -> str:
    """The path if it stays below the folder. Raises `ValueError`."""
    parts = PurePosixPath(path)
    if parts.is_absolute() or ".." in parts.parts or "\\" in path or ":" in path or not parts.name:
        raise ValueError(f"{path} leads out of the folder")
    return path


Inside = Annotated[str, AfterValidator(inside)]
"""A path below the folder, with slashes: a hub or a foreign manifest must not lead elsewhere."""
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Planned(BaseModel):
    """A file that is wanted: what is known of it before it is here."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: int = Field(ge=0)
    """Bytes."""
    sha256: Sha256 | None = None
    blob: str | None = None
    """Git's name for the bytes, which a hub tells of small files instead of their sha256."""
    repo: str | None = None
    """Where it comes from; None if from a folder that did not say."""
    revision: str | None = None
    """The commit of that repository."""
    name: str | None = None
    """Its path in that repository."""


class Held(Planned):
    """A file that is here."""

    sha256: Sha256


class Plan(BaseModel):
    """Every file that is wanted, by its path in the folder."""

    format: Literal[1] = 1
    files: dict[Inside, Planned]


class Manifest(BaseModel):
    """Every file that is here, by its path in the folder."""

    format: Literal[1] = 1
    files: dict[Inside, Held]

    def digest(self) -> str:
        """One sha256 over all the files: the same weights have the same one, wherever they are."""
        lines = sorted(f"{held.sha256}  {path}\n" for path, held in self.files.items())
        return hashlib.sha256("".join(lines).encode()).hexdigest()


Content = TypeVar("Content", Plan, Manifest)


class Sums:
    """The hashes of a file, fed its bytes in order."""

    def __init__(self, planned: Planned) -> None:
        self._planned = planned
        self._sha256 = hashlib.sha256()
        self._blob = hashlib.sha1(f"blob {planned.size}\0".encode())

    def feed(self, data: bytes) -> None:
        """Take more of the file."""
        self._sha256.update(data)
        if self._planned.blob:
            self._blob.update(data)

    def held(self) -> Held | None:
        """The file as one that is here; None if it is not the one that was planned."""
        sha256, planned = self._sha256.hexdigest(), self._planned
        if planned.sha256 not in (None, sha256):
            return None
        if planned.blob not in (None, self._blob.hexdigest()):
            return None
        known = planned.model_dump(exclude={"sha256", "blob"})
        return Held(**known, sha256=sha256)


def read_manifest(folder: Path) -> Manifest | None:
    """What is here; None if nothing says so. Raises `EngineUnavailable` if it cannot be read."""
    return _read(folder / MANIFEST, Manifest)


def read_plan(folder: Path) -> Plan | None:
    """What a pull was at here; None if none was. Raises `EngineUnavailable` likewise."""
    return _read(folder / PLAN, Plan)


def write(path: Path, content: Plan | Manifest) -> None:
    """Write it at `path`, whole or not at all, whatever dies meanwhile."""
    fresh = path.with_name(f"{path.name}.new")
    with fresh.open("w", encoding="utf-8") as file:
        file.write(content.model_dump_json(indent=1, exclude_none=True))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def size_of(path: Path) -> int | None:
    """Bytes of a file; None if there is none."""
    try:
        return path.stat().st_size if path.is_file() else None
    except FileNotFoundError:
        return None


def pieces(path: Path) -> Iterator[bytes]:
    """A file, piece by piece."""
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            yield piece


def _read(path: Path, kind: type[Content]) -> Content | None:
    try:
        return kind.model_validate_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValidationError as error:
        first = error.errors()[0]
        where = " ".join(map(str, first["loc"]))
        raise EngineUnavailable(
            f"{path} is not what Tilewright wrote ({where}: {first['msg']}); "
            "remove it and pull the weights again, which keeps every file that is whole"
        ) from None
