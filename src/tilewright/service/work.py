"""A worker as the settings have it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING

from tilewright.service.data import blobs_folder
from tilewright.service.port import Busy
from tilewright.service.queue import known_queue
from tilewright.service.traced import traced
from tilewright.settings import Settings

if TYPE_CHECKING:
    from tilewright.engine import EngineState
    from tilewright.telemetry.vitals import Vitals


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
    from tilewright.worker import Worker, depart, run_worker

    state = find(engine or settings.engine, settings.qwen())
    address = partial(known_queue, settings)
    address()  # refuse now where there is no queue
    judge = load_judge(settings.photo_judge) if settings.photo_judge else None
    if with_parent:
        end_with_parent()
        step_aside()
    make = partial(choose_loaded, state.name, settings.qwen())
    blobs = LentBlobs(blobs_folder(settings), settings.ca_file)
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
    with traced(settings, "worker"), port:
        run_worker(worker)
    depart(worker)


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
