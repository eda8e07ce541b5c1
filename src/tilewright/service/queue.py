"""The queue: a server of our own, or the operator's."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tilewright.contract import QueueUnavailable
from tilewright.service.data import data_folder
from tilewright.settings import Settings

if TYPE_CHECKING:
    from tilewright.queue import Address


@contextmanager
def running_queue(settings: Settings) -> Iterator[Address]:
    """The operator's queue, or a server of our own for as long as the block lasts."""
    from tilewright.queue import QueueServer

    if settings.nats_url:
        yield _own_queue(settings, settings.nats_url)
        return
    with QueueServer(data_folder(settings)) as address:
        yield address


def _own_queue(settings: Settings, url: str) -> Address:
    """The operator's own, which runs without us."""
    from tilewright.queue import Address

    files = (settings.nats_credentials, settings.ca_file)
    return Address(url, settings.nats_token, *(str(file) if file else None for file in files))


def known_queue(settings: Settings) -> Address:
    """Where the queue is, as the settings say or the last service on this folder wrote."""
    from tilewright.queue import read_address
    from tilewright.queue.address import FILE_NAME

    if settings.nats_url:
        return _own_queue(settings, settings.nats_url)
    return read_address(data_folder(settings) / FILE_NAME)


def cancel_now(settings: Settings, job: str) -> bool:
    """Tell the worker of a job that was cancelled in the database; False if no queue heard."""
    from tilewright.queue import tell_cancelled

    try:
        address = known_queue(settings)
    except QueueUnavailable:
        return False  # no service ever ran on this folder
    return asyncio.run(tell_cancelled(address, job))
