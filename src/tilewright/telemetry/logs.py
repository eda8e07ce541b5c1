"""Lines of the log, as text or as JSON: never with prompts, pictures or keys.

Of an exception they bear where it was raised and what it is, not what it says: the message of
somebody else's library may quote what a caller sent. Libraries are heard from WARNING on, since
what they tell in detail is other people's headers and metadata.
"""

import json
import logging
import time
import traceback
from collections.abc import Iterator

from tilewright.telemetry.about import what_about

OURS = "tilewright"

TELLING = ("code", "strerror", "sqlite_errorname", "sqlstate")
"""Attributes of exceptions that say what went wrong in words of ours, the system's or the
database's."""


def start_logging(form: str, level: str) -> None:
    """Write lines to standard error. form: `text` or `json`. level: of our own lines."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    logging.basicConfig(handlers=[handler], force=True)
    logging.captureWarnings(True)
    logging.getLogger(OURS).setLevel(level.upper())


class TextLines(logging.Formatter):
    """For people: `2026-01-31 12:00:00,123 INFO tilewright.worker.work: ... [job_id=...]`."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, what it is about, and what was raised."""
        line = f"{self.formatTime(record)} {record.levelname} {record.name}: {record.getMessage()}"
        if names := " ".join(f"{name}={value}" for name, value in what_about().items()):
            line += f" [{names}]"
        raised = _raised(record)
        return line if raised is None else f"{line}\n{told(raised)}"


class JsonLines(logging.Formatter):
    """For programs: one object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """`time` is in UTC; `error` is where and what was raised."""
        seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line = {
            "time": f"{seconds}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **what_about(),
        }
        if (raised := _raised(record)) is not None:
            line["error"] = told(raised)
        return json.dumps(line, ensure_ascii=False)


def _raised(record: logging.LogRecord) -> BaseException | None:
    return record.exc_info[1] if record.exc_info else None


def told(error: BaseException) -> str:
    """An exception and what led to it, the first cause first: where, what kind, which code."""
    return "\n\nwhich led to:\n\n".join(reversed([_one(one) for one in _chain(error)]))


def _chain(first: BaseException) -> Iterator[BaseException]:
    error: BaseException | None = first
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _one(error: BaseException) -> str:
    where = "".join(traceback.format_tb(error.__traceback__))
    facts = [str(getattr(error, name)) for name in TELLING if getattr(error, name, None)]
    kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    return f"Traceback (most recent call last):\n{where}{': '.join([kind, *facts])}"
