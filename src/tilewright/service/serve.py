"""Doors and their staff in one command, until they are told to go."""

from __future__ import annotations

import asyncio
import faulthandler
import gc
import shutil
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tilewright.contract import FieldFault, InvalidRequest
from tilewright.service.data import alone, data_folder, open_data
from tilewright.service.door import check_open, make_door
from tilewright.service.port import Busy, check_port, number_of
from tilewright.service.queue import known_queue, running_queue
from tilewright.service.traced import traced
from tilewright.settings import Settings, share_counts

if TYPE_CHECKING:
    from tilewright.api import Door
    from tilewright.queue import Address
    from tilewright.staff import Going

COUNTS = "counts"
"""The folder, in the data folder, in which several doors count."""

PROBE_SECONDS = 0.01

LAST_SECONDS = 5.0
"""For a door that leaves, besides what a sync call may wait: all other answers take less."""


def serve(
    settings: Settings,
    host: str,
    port: int,
    workers: int,
    doors: int,
    say: Callable[[str], None],
) -> None:
    """Serve until SIGINT or SIGTERM.

    doors: processes that answer at the port, this one included. say: is told what people should
    read.
    """
    from tilewright.judge import check_judge
    from tilewright.queue.loop import run
    from tilewright.staff import Going

    with ExitStack() as stack:
        stack.enter_context(traced(settings, "door"))
        _check_doors(settings, doors)
        check_port(host, port)
        if settings.photo_judge:
            check_judge(settings.photo_judge)
        stack.enter_context(alone(data_folder(settings)))
        if doors > 1:
            _count_together(data_folder(settings))
        address = stack.enter_context(running_queue(settings))
        door = stack.enter_context(_door(settings, address, workers))
        is_open = settings.open and check_open(door.database, host)
        door.blobs.check()
        door.blobs.clean()
        greet = partial(_greet, say, settings, host, port, is_open)
        staff = _staff(settings, host, port, door.rules.engine.name, workers, doors)
        going = Going(asyncio.Event(), asyncio.Event())
        part = partial(_part, say, settings) if workers else _say_nothing
        run(_serve(door, host, port, staff, greet, part, going), going.tell)


def serve_beside(settings: Settings, host: str, port: int) -> None:
    """One more door at the port of a service that started us, until SIGTERM or its end."""
    from tilewright.queue.loop import run
    from tilewright.staff import Going, end_with_parent

    with ExitStack() as stack:
        end_with_parent()
        stack.enter_context(traced(settings, "door"))
        door = stack.enter_context(_door(settings, known_queue(settings), 0))
        going = Going(asyncio.Event(), asyncio.Event())
        run(_serve(door, host, port, [], _say_nothing, _say_nothing, going), going.tell)


def _check_doors(settings: Settings, doors: int) -> None:
    if doors > 1 and not (settings.database_url or "").startswith("postgresql"):
        sentence = (
            f"{doors} processes would wait for each other at SQLite, which lets one write at a "
            "time; set TILEWRIGHT_DATABASE_URL to a PostgreSQL database, or leave it at 1"
        )
        raise InvalidRequest([FieldFault("doors", sentence)])


def _count_together(folder: Path) -> None:
    """Whichever door is asked for /metrics tells what all of them counted, from now on."""
    counts = folder / COUNTS
    shutil.rmtree(counts, ignore_errors=True)
    counts.mkdir()
    share_counts(counts)


@contextmanager
def _door(settings: Settings, address: Address, workers: int) -> Iterator[Door]:
    database = open_data(settings)
    try:
        yield make_door(settings, database, address, workers)
    finally:
        database.dispose()


def _staff(
    settings: Settings, host: str, port: int, engine: str, workers: int, doors: int
) -> Sequence[Callable[[Going], Coroutine[None, None, None]]]:
    """Those who work beside this process."""
    from tilewright.staff import employ

    worker = ["worker", "--engine", engine]
    door = ["serve", "--host", host, "--port", str(port), "--engine", settings.engine]
    if settings.public_url:
        door += ["--public-url", settings.public_url]
    grace = settings.grace_seconds
    return [partial(employ, worker, grace)] * workers + [partial(employ, door, grace)] * (doors - 1)


def _greet(
    say: Callable[[str], None], settings: Settings, host: str, port: int, is_open: bool
) -> None:
    from tilewright.engine import why

    url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    say(f"Tilewright serves {url}; what it offers: {url}/docs")
    if not (settings.database_url and settings.store_url):
        say(f"Its data is in {data_folder(settings)}; TILEWRIGHT_DATA_DIR names another folder.")
    if offered := settings.offered():
        say(f"Engines of this fleet, the preferred one first: {', '.join(offered)}")
    elif engine := why(settings.engine, settings.qwen()):
        say(f"Engine: {engine}")
    if is_open:
        say("There is no API key yet: whoever is on this machine may ask, and nothing is charged.")
    if _lacks_secret(settings):
        say(
            "Links to tiles open at this door only: for several doors, set TILEWRIGHT_LINK_SECRET "
            "to the same at all of them."
        )


def _part(say: Callable[[str], None], settings: Settings) -> None:
    say(
        f"Leaving: a tile in the making has {settings.grace_seconds:g} s to be finished, or is "
        "made after the next start. To leave at once, ask again."
    )


def _say_nothing() -> None:
    """Beside the first door, which says it."""


def _lacks_secret(settings: Settings) -> bool:
    """Whether other doors, which a shared store or database is for, would not know our links."""
    return bool(settings.store_url or settings.database_url) and settings.link_secret is None


async def _serve(
    door: Door,
    host: str,
    port: int,
    staff: Sequence[Callable[[Going], Coroutine[None, None, None]]],
    greet: Callable[[], None],
    part: Callable[[], None],
    going: Going,
) -> None:
    """Until told to go; whoever stops a start lets it begin and end.

    A database that hangs must not keep the door: it ends in time, says where it stood, and loses no
    more than a killed one does.
    """
    from granian.constants import Interfaces
    from granian.server.embed import Server

    from tilewright.api import make_app, open_door

    server = Server(
        make_app(door),
        address=number_of(host),
        port=port,
        interface=Interfaces.ASGINL,
        backlog=1024,
        websockets=False,
        log_enabled=False,
    )
    gc.freeze()  # what is loaded by now stays: it is not looked through again and again
    async with open_door(door):
        serving = asyncio.create_task(server.serve())
        await _until_answering(serving, number_of(host), port)
        employed = [asyncio.create_task(one(going)) for one in staff]
        greet()
        await asyncio.wait(
            {serving, asyncio.create_task(going.leaving.wait())},
            return_when=asyncio.FIRST_COMPLETED,
        )
        if going.leaving.is_set():
            part()
        going.leaving.set()
        await asyncio.gather(*employed)  # while the door still takes what they hand in
        faulthandler.dump_traceback_later(door.rules.sync_deadline + LAST_SECONDS, exit=True)
        door.carrier.leave()
        stop: Callable[[], None] = server.stop
        stop()
        await serving


async def _until_answering(serving: asyncio.Task[None], host: str, port: int) -> None:
    """Until the port takes connections; raise `Busy` if it cannot be had."""
    while not serving.done():
        with suppress(OSError):
            _, writer = await asyncio.open_connection(host, port)
            writer.close()
            await writer.wait_closed()
            return
        await asyncio.sleep(PROBE_SECONDS)
    error = serving.exception()
    raise Busy(f"cannot listen on {host} port {port}: {error}; name another with --port")
