"""`tilewright serve` and `tilewright worker`: the service, and one more pair of hands."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tilewright.settings import Settings


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="Port."
)
@click.option(
    "--workers",
    type=click.IntRange(0, 64),
    default=1,
    show_default=True,
    help="Workers started with it; 0 is a door alone.",
)
@click.option(
    "--doors",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Processes that answer at the port; more than one needs PostgreSQL.",
)
@click.option("--public-url", metavar="URL", help="Where callers reach it, if not there.")
@click.option("--engine", metavar="NAME", help="auto, or one that `tilewright doctor` names.")
@click.option("--with-parent", is_flag=True, hidden=True)
def serve(
    host: str,
    port: int,
    workers: int,
    doors: int,
    public_url: str | None,
    engine: str | None,
    with_parent: bool,
) -> None:
    """Serve tiles over HTTP.

    Starts everything: the API, the database, the queue, the store and a worker. Ctrl-C lets
    running jobs finish or hands them back.
    """
    _end_at_once()
    from tilewright import service
    from tilewright.settings import load_settings

    settings = load_settings(public_url=public_url, engine=engine)
    _log(settings)
    if with_parent:
        service.serve_beside(settings, host, port)
    else:
        service.serve(settings, host, port, workers, doors, _say)


@click.command()
@click.option("--engine", metavar="NAME", help="auto, or one that `tilewright doctor` names.")
@click.option(
    "--health-port",
    type=click.IntRange(1, 65535),
    help="Answer /live, /ready and /metrics there, on all addresses.",
)
@click.option("--with-parent", is_flag=True, hidden=True)
def worker(engine: str | None, health_port: int | None, with_parent: bool) -> None:
    """Take jobs from a service's queue.

    The queue is that of `tilewright serve` on the same data folder, or TILEWRIGHT_NATS_URL.
    """
    _end_at_once()
    from tilewright.service import work
    from tilewright.settings import load_settings

    settings = load_settings(health_port=health_port)
    _log(settings)
    work(settings, engine, with_parent)


def _say(sentence: str) -> None:
    """On standard output, to whoever reads it: that nobody does must not end the service.

    What could not be said would be tried again at the end, and would make that a failure.
    """
    try:
        click.echo(sentence)
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _end_at_once() -> None:
    """Until the loop listens to signals they end the process: nothing has begun that a kill harms.

    What a handler of Python's raises may be lost, as it is amid the import of a module.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def _log(settings: Settings) -> None:
    from tilewright.telemetry.logs import start_logging

    start_logging(settings.log_format, settings.log_level)
