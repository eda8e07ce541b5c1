"""Decides where each tile will be written, and makes sure that it can be, before any work."""

import os
import re
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tilewright.contract import FieldFault, InvalidRequest

FORMATS = {".webp": "webp", ".png": "png", ".jpeg": "jpeg", ".jpg": "jpeg"}
"""What the name of a tile's file may end in, and the format that it then has."""

LONGEST_STEM = 200
"""Bytes taken of a photo's name; file systems allow 255, and the tile's ending takes some."""


@dataclass(frozen=True)
class Destination:
    """Where tiles go: one named file, or a folder in which each is named after its photo."""

    folder: Path
    file: str | None

    def implied_format(self) -> str | None:
        """The format that the named file's extension says."""
        return FORMATS[Path(self.file).suffix.lower()] if self.file else None

    def targets(self, photos: tuple[str, ...], image_format: str) -> list[Path]:
        """A path of its own for the tile of each photo."""
        if self.file:
            return [self.folder / self.file]
        found: list[Path] = []
        for photo in photos:
            found.append(_unused(self.folder, _stem(photo), image_format, found))
        return found


def read_output(output: str | None, photos: int) -> Destination:
    """What `--output` means for that many photos."""
    if output is None:
        return Destination(Path(), None)
    path = Path(output)
    named = path.suffix.lower() in FORMATS and not output.endswith(os.sep)
    if os.path.isdir(output) or output.endswith(os.sep) or (photos > 1 and not named):
        return Destination(path, None)
    if photos > 1:
        raise _refused(f"{output} is one file, and there are {photos} photos; name a folder")
    if named:
        return Destination(path.parent, path.name)
    if output == "-":
        raise _refused("a tile is not written to standard output; name a file or a folder")
    known = ", ".join(FORMATS)
    raise _refused(f"{output} ends in none of {known}; a folder's name ends in {os.sep}")


def agree_on_format(destination: Destination, asked: str | None) -> str | None:
    """The format that the extension and `--image-format` ask for; None if neither does."""
    implied = destination.implied_format()
    if asked and implied and asked != implied:
        fault = f"is {asked}, but {destination.file} is the name of a {implied} file; change one"
        raise InvalidRequest([FieldFault("image_format", fault)])
    return asked or implied


@contextmanager
def writable(folder: Path) -> Iterator[None]:
    """Make sure that files can be written in `folder`; leave none behind that nothing came into."""
    made = not os.path.exists(folder)
    try:
        if made:
            folder.mkdir()
        with tempfile.TemporaryFile(dir=folder):
            pass
    except (OSError, ValueError) as error:
        raise _refused(
            f"cannot write in {folder}: {_reason(error)}; make it first, or name another folder"
        ) from error
    try:
        yield
    finally:
        if made:
            with suppress(OSError):
                folder.rmdir()


def refuse_overwriting(targets: list[Path], sources: list[str]) -> None:
    """Raise if a tile would take the place of a folder, or of a photo that it is made from."""
    for target in targets:
        try:
            kind = target.stat().st_mode
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            raise _refused(f"cannot write {target}: {_reason(error)}; name another file") from error
        if stat.S_ISDIR(kind):
            raise _refused(f"{target} is a folder; name a file")
        if any(_is_file(source, target) for source in sources):
            raise _refused(f"{target} is the photo itself; name another file")


def _reason(error: OSError | ValueError) -> str:
    return getattr(error, "strerror", None) or "it is not a valid path"


def _is_file(source: str, target: Path) -> bool:
    try:
        return target.samefile(source)
    except (OSError, ValueError):  # a URL, base64, or not there
        return False


def _stem(photo: str) -> str:
    """The photo's name without folder and extension, safe as a file's name."""
    if photo == "-" or photo.lower().startswith("data:"):
        return "photo"
    path = unquote(urlsplit(photo).path) if "://" in photo else photo
    safe = re.sub(r"[^\w. -]", "_", Path(path).stem).encode()
    return safe[:LONGEST_STEM].decode(errors="ignore") or "photo"


def _unused(folder: Path, stem: str, image_format: str, used: list[Path]) -> Path:
    """`wall.tile.webp`, and for the next photo of that name `wall-2.tile.webp`."""
    number = 1
    while (path := folder / _name(stem, number, image_format)) in used:
        number += 1
    return path


def _name(stem: str, number: int, image_format: str) -> str:
    return f"{stem}{f'-{number}' if number > 1 else ''}.tile.{image_format}"


def _refused(message: str) -> InvalidRequest:
    return InvalidRequest([FieldFault("output", message)])
