"""The folder that weights are written into: by one at a time, and only if there is room."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tilewright.contract import EngineUnavailable
from tilewright.engine.qwen.weights.check import not_installed
from tilewright.engine.qwen.weights.meter import in_words

LOCK = "weights.lock"
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
ELSEWHERE = "take another folder: --to DIR, or TILEWRIGHT_WEIGHTS_DIR"


@contextmanager
def writing_into(folder: Path) -> Iterator[None]:
    """Have the folder to oneself, made if need be.

    Raises `EngineUnavailable` if somebody else is at it, for whatever the disk refuses meanwhile,
    and where the extra is not installed. What was written so far stays.
    """
    try:
        from filelock import FileLock, Timeout
    except ModuleNotFoundError as error:
        raise not_installed(error) from None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / LOCK, timeout=0):
            yield
    except Timeout:
        raise EngineUnavailable(
            f"another tilewright is writing weights into {folder}; let it end first"
        ) from None
    except OSError as error:
        raise EngineUnavailable(_in_words(folder, error)) from error


def need_room(folder: Path, wanted: int) -> None:
    """Raise `EngineUnavailable` if the disk of `folder` has not `wanted` bytes left."""
    free = shutil.disk_usage(folder).free
    if free < wanted:
        raise EngineUnavailable(
            f"the disk of {folder} has {in_words(free)} left, and {in_words(wanted)} are to come; "
            f"make room, or {ELSEWHERE}"
        )


def _in_words(folder: Path, error: OSError) -> str:
    if error.errno in FULL:
        return (
            f"the disk of {folder} is full; make room and do the same again, which goes on from "
            f"what is here, or {ELSEWHERE}"
        )
    place = error.filename or folder
    return f"{place} cannot be used: {error.strerror or error}; {ELSEWHERE}"
