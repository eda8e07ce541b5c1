"""The service put together: database, queue, store, door and workers, in one command or in two."""

from __future__ import annotations

import asyncio
import fcntl
import gc
import os
import shutil
import socket
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from tilewright.contract import FieldFault, InvalidRequest, QueueUnavailable, TilewrightError
from tilewright.settings import Settings, counts_folder, share_counts

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tilewright.api import Door, Rules
    from tilewright.database import Step
    from tilewright.engine import EngineState
    from tilewright.queue import Address
    from tilewright.store import Blobs
    from tilewright.telemetry.vitals import Vitals

LOCK, DATABASE, BLOBS, SECRET, COUNTS = "lock", "tilewright.db", "blobs", "secret", "counts"
"""Names in the data folder."""

OPEN_ACCOUNT = "local"
"""The account of those who come without a key while there is none."""

PROBE_SECONDS = 0.01


class Busy(TilewrightError):
    """Another service runs on this data folder, or another program on this port."""

    code = "busy"
    wrong_input = True


def open_data(settings: Settings) -> Engine:
    """The database, up to date; its folder is made if need be."""
    from tilewright.database import open_database, open_migrated

    return (open_database if settings.migrate else open_migrated)(_database_url(settings))


def migrate_data(settings: Settings) -> Step:
    """Bring the database up to date; from where to where."""
    from tilewright.database import migrate_database

    return migrate_database(_database_url(settings))


def look_at_data(settings: Settings) -> Step:
    """What `migrate_data` would do."""
    from tilewright.database import look_at_database

    return look_at_database(_database_url(settings))


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

    with ExitStack() as stack:
        stack.enter_context(_traced(settings, "door"))
        _check_doors(settings, doors)
        _check_port(host, port)
        if settings.photo_judge:
            check_judge(settings.photo_judge)
        stack.enter_context(_alone(_folder(settings)))
        if doors > 1:
            _count_together(_folder(settings))
        address = stack.enter_context(_queue(settings))
        door = stack.enter_context(_door(settings, address, workers))
        is_open = settings.open and _check_open(door.database, host)
        door.blobs.check()
        door.blobs.clean()
        greet = partial(_greet, say, settings, host, port, is_open)
        staff = _staff(settings, host, port, door.rules.engine.name, workers, doors)
        leaving = asyncio.Event()
        run(_serve(door, host, port, staff, greet, leaving), leaving.set)


def serve_beside(settings: Settings, host: str, port: int) -> None:
    """One more door at the port of a service that started us, until SIGTERM or its end."""
    from tilewright.queue.loop import run
    from tilewright.staff import end_with_parent

    with ExitStack() as stack:
        end_with_parent()
        stack.enter_context(_traced(settings, "door"))
        door = stack.enter_context(_door(settings, _known_queue(settings), 0))
        leaving = asyncio.Event()
        run(_serve(door, host, port, [], lambda: None, leaving), leaving.set)


def _check_doors(settings: Settings, doors: int) -> None:
    if doors > 1 and not settings.database_url:
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
        yield _make_door(settings, database, address, workers)
    finally:
        database.dispose()


def _staff(
    settings: Settings, host: str, port: int, engine: str, workers: int, doors: int
) -> Sequence[Callable[[asyncio.Event], Coroutine[None, None, None]]]:
    """Those who work beside this process."""
    from tilewright.staff import employ

    worker = ["worker", "--engine", engine]
    door = ["serve", "--host", host, "--port", str(port), "--engine", settings.engine]
    if settings.public_url:
        door += ["--public-url", settings.public_url]
    grace = settings.grace_seconds
    return [partial(employ, worker, grace)] * workers + [partial(employ, door, grace)] * (doors - 1)


def work(settings: Settings, engine: str | None, with_parent: bool) -> None:
    """Take jobs from the queue until SIGINT or SIGTERM.

    with_parent: end as well when standard input does, which the service holds open. The service
    tells how its workers are: they need no port for it.
    """
    from tilewright.engine.choose import choose_loaded, find
    from tilewright.judge import load_judge
    from tilewright.staff import end_with_parent, step_aside
    from tilewright.store import LentBlobs
    from tilewright.telemetry.vitals import Vitals
    from tilewright.worker import Worker, run_worker

    state = find(engine or settings.engine, settings.qwen())
    address = partial(_known_queue, settings)
    address()  # refuse now where there is no queue
    judge = load_judge(settings.photo_judge) if settings.photo_judge else None
    if with_parent:
        end_with_parent()
        step_aside()
    make = partial(choose_loaded, state.name, settings.qwen())
    blobs = LentBlobs(_blobs_folder(settings), settings.ca_file)
    vitals = Vitals()
    port = nullcontext() if with_parent else _told(settings, state, vitals)
    worker = Worker(
        address,
        blobs,
        make,
        state.name,
        load_first=state.heavy,
        judge=judge,
        grace=settings.grace_seconds,
        vitals=vitals,
    )
    with _traced(settings, "worker"), port:
        run_worker(worker)


@contextmanager
def _traced(settings: Settings, role: str) -> Iterator[None]:
    """Spans go to the collector, if there is one."""
    if settings.traces_url is None:
        yield
        return
    from tilewright import __version__
    from tilewright.telemetry.traces import start_tracing

    end = start_tracing(settings.traces_url, role, __version__)
    try:
        yield
    finally:
        end()


@contextmanager
def _told(settings: Settings, engine: EngineState, vitals: Vitals) -> Iterator[None]:
    """The port that tells how the worker is, if one is wished for."""
    from tilewright.engine.choose import card_memory
    from tilewright.telemetry.port import health_port

    if settings.health_port is None:
        yield
        return
    with ExitStack() as stack:
        memory = partial(card_memory, engine.name, settings.qwen())
        try:
            stack.enter_context(health_port(settings.health_port, vitals, memory))
        except OSError as error:
            raise Busy(
                f"cannot listen on port {settings.health_port}: {error.strerror or error}; name "
                "another with --health-port"
            ) from None
        yield


def cancel_now(settings: Settings, job: str) -> bool:
    """Tell the worker of a job that was cancelled in the database; False if no queue heard."""
    from tilewright.queue import tell_cancelled

    try:
        address = _known_queue(settings)
    except QueueUnavailable:
        return False  # no service ever ran on this folder
    return asyncio.run(tell_cancelled(address, job))


def _known_queue(settings: Settings) -> Address:
    """Where the queue is, as the settings say or the last service on this folder wrote."""
    from tilewright.queue import read_address
    from tilewright.queue.address import FILE_NAME

    if settings.nats_url:
        return _own_queue(settings, settings.nats_url)
    return read_address(_folder(settings) / FILE_NAME)


def _database_url(settings: Settings) -> str:
    return settings.database_url or f"sqlite:///{_folder(settings) / DATABASE}"


def _folder(settings: Settings) -> Path:
    folder = settings.folder()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        sentence = f"{folder} cannot be made: {error.strerror}; name another folder"
        raise InvalidRequest([FieldFault("TILEWRIGHT_DATA_DIR", sentence)]) from None
    return folder


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody else serves this folder meanwhile. The system frees the lock of a killed process."""
    with (folder / LOCK).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise Busy(
                f"process {file.read().strip() or 'unknown'} serves {folder} already; stop it, or "
                "set TILEWRIGHT_DATA_DIR to another folder"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


@contextmanager
def _queue(settings: Settings) -> Iterator[Address]:
    from tilewright.queue import QueueServer

    if settings.nats_url:
        yield _own_queue(settings, settings.nats_url)
        return
    with QueueServer(_folder(settings)) as address:
        yield address


def _own_queue(settings: Settings, url: str) -> Address:
    """The operator's own, which runs without us."""
    from tilewright.queue import Address

    files = (settings.nats_credentials, settings.ca_file)
    return Address(url, settings.nats_token, *(str(file) if file else None for file in files))


def _check_port(host: str, port: int) -> None:
    """Raise `Busy` for a port that is taken: the server itself would share it without a word."""
    try:
        family = socket.AF_INET6 if ":" in _number(host) else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((_number(host), port))
    except OSError as error:
        reason = error.strerror or error
        raise Busy(
            f"cannot listen on {host} port {port}: {reason}; name another with --host and --port"
        ) from None


def _number(host: str) -> str:
    """The address itself; names may lead to several, and here one is listened on."""
    if host == "localhost":
        return "127.0.0.1"
    try:
        return str(ip_address(host))
    except ValueError:
        sentence = f"must be the IP address to listen on, like 127.0.0.1 or 0.0.0.0, not {host!r}"
        raise InvalidRequest([FieldFault("host", sentence)]) from None


def _check_open(database: Engine, host: str) -> bool:
    """Whether the service stands open: without any key, and so on this machine only."""
    from tilewright.accounts import any_key
    from tilewright.database import reading

    with reading(database) as tx:
        if any_key(tx):
            return False
    if not ip_address(_number(host)).is_loopback:
        raise InvalidRequest(
            [
                FieldFault(
                    "host",
                    f"{host} can be reached from elsewhere, and there is no API key yet; "
                    "make one first: tilewright keys create NAME; or set TILEWRIGHT_OPEN=false",
                )
            ]
        )
    return True


def _make_door(settings: Settings, database: Engine, address: Address, workers: int) -> Door:
    import time

    from tilewright.accounts import create_account
    from tilewright.api import Door, JobsKeeper, Meters
    from tilewright.database import Looks, Together, writing
    from tilewright.engine.choose import ENGINES
    from tilewright.jobs import accepting
    from tilewright.queue import Carrier
    from tilewright.store import Links

    with writing(database) as tx:
        account = create_account(tx, OPEN_ACCOUNT, time.time())
    blobs, meters = _open_blobs(settings), Meters(counts_folder())
    keeper = JobsKeeper(database, blobs, meters, time.time)
    return Door(
        database=database,
        looks=Looks(database),
        together=Together(database, accepting),
        carrier=Carrier(lambda: address, keeper, ENGINES, settings.nats_replicas),
        blobs=blobs,
        links=Links(_link_secret(settings)),
        rules=_rules(settings, account if settings.open else None, workers),
        meters=meters,
    )


def _link_secret(settings: Settings) -> bytes:
    from tilewright.store import load_secret

    if settings.link_secret is not None:
        return settings.link_secret.encode()
    return load_secret(_folder(settings) / SECRET)


def _rules(settings: Settings, open_account: str | None, workers: int) -> Rules:
    from tilewright.api import Rules

    return Rules(
        engines=_engines_of(settings, workers),
        photo_limits=settings.photo_limits(),
        fetch_limits=settings.fetch_limits(),
        public_url=settings.public_url and settings.public_url.rstrip("/"),
        open_account=open_account,
        price=settings.price,
        per_minute=settings.requests_per_minute,
        at_once=settings.jobs_at_once,
        retention=settings.retention_seconds,
        sync_deadline=settings.sync_seconds,
        longest_side=settings.tile_side,
        patience=settings.no_worker_seconds,
        moderated=settings.moderation,
        more_blocked_words=settings.blocked(),
        allowed=settings.allowed(),
        trusted=settings.trusted(),
    )


def _engines_of(settings: Settings, workers: int) -> tuple[EngineState, ...]:
    """The engines that requests are checked for; workers elsewhere may have what lacks here."""
    from tilewright.engine.choose import AUTO, describe, find

    name, *others = settings.offered() or (settings.engine,)
    state = find if workers > 0 or name == AUTO else describe
    return state(name, settings.qwen()), *(describe(one, settings.qwen()) for one in others)


def _open_blobs(settings: Settings) -> Blobs:
    from tilewright.store import Access, open_blobs

    if (settings.store_key_id is None) != (settings.store_secret is None):
        sentence = "must be set together with TILEWRIGHT_STORE_KEY_ID, or not at all"
        raise InvalidRequest([FieldFault("TILEWRIGHT_STORE_SECRET", sentence)])
    access = Access(
        settings.store_endpoint,
        settings.store_region,
        settings.store_key_id,
        settings.store_secret,
        settings.ca_file,
    )
    return open_blobs(settings.store_url or _blobs_folder(settings), access)


def _blobs_folder(settings: Settings) -> Path:
    """Where door and worker of one machine have their blobs; a folder that may not exist."""
    if settings.store_url and "://" not in settings.store_url:
        return Path(settings.store_url)
    return settings.folder() / BLOBS


def _lacks_secret(settings: Settings) -> bool:
    """Whether other doors, which a shared store or database is for, would not know our links."""
    return bool(settings.store_url or settings.database_url) and settings.link_secret is None


def _greet(
    say: Callable[[str], None], settings: Settings, host: str, port: int, is_open: bool
) -> None:
    from tilewright.engine import why

    url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    say(f"Tilewright serves {url}; what it offers: {url}/docs")
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


async def _serve(
    door: Door,
    host: str,
    port: int,
    staff: Sequence[Callable[[asyncio.Event], Coroutine[None, None, None]]],
    greet: Callable[[], None],
    leaving: asyncio.Event,
) -> None:
    """Until `leaving`; whoever stops a start lets it begin and end."""
    from granian.constants import Interfaces
    from granian.server.embed import Server

    from tilewright.api import make_app, open_door

    server = Server(
        make_app(door),
        address=_number(host),
        port=port,
        interface=Interfaces.ASGINL,
        backlog=1024,
        websockets=False,
        log_enabled=False,
    )
    gc.freeze()  # what is loaded by now stays: it is not looked through again and again
    async with open_door(door):
        serving = asyncio.create_task(server.serve())
        await _until_answering(serving, _number(host), port)
        employed = [asyncio.create_task(one(leaving)) for one in staff]
        greet()
        await asyncio.wait(
            {serving, asyncio.create_task(leaving.wait())}, return_when=asyncio.FIRST_COMPLETED
        )
        leaving.set()
        await asyncio.gather(*employed)  # while the door still takes what they hand in
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
