"""The service's database, opened for one command of its operator."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection


@contextmanager
def database() -> Iterator[tuple[Connection, float]]:
    """One transaction, and the time. The service may run meanwhile, or not."""
    from tilewright.database import writing
    from tilewright.service import open_data
    from tilewright.settings import load_settings

    engine = open_data(load_settings())
    try:
        with writing(engine) as tx:
            yield tx, time.time()
    finally:
        engine.dispose()


@contextmanager
def hinting(hint: str) -> Iterator[None]:
    """What is not found in the block is told with what to do about it."""
    from tilewright.contract import NotFound

    try:
        yield
    except NotFound as error:
        raise NotFound(f"{error}; {hint}") from None


def service_meant() -> str:
    """Which service the database is of, in words: another one has other keys."""
    from tilewright.service.data import data_folder
    from tilewright.settings import load_settings

    settings = load_settings()
    if settings.database_url:
        return "at the database of TILEWRIGHT_DATABASE_URL"
    return f"whose data is in {data_folder(settings)}; TILEWRIGHT_DATA_DIR names another"


def moment(at: float | None) -> str:
    """A time as people read it, UTC; a dash for never."""
    return "-" if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
