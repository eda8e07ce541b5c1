"""The service as one application: every route, every fault, what happens at start and end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse

from tilewright import __version__
from tilewright.api import (
    account,
    admin,
    admin_keys,
    events,
    files,
    history,
    operations,
    queued,
    sync,
    webhooks,
)
from tilewright.api.callers import TheDoor
from tilewright.api.door import Door
from tilewright.api.faults import answer_faults
from tilewright.api.front import show_front
from tilewright.api.meters import Metering, Meters
from tilewright.api.page import page
from tilewright.api.published import Published
from tilewright.api.rest import TakeTheRest
from tilewright.api.rounds import Rounds
from tilewright.api.words import base_url

TITLE = "Tilewright"
DESCRIPTION = "A photograph and a sentence become a seamless, tileable texture."


def make_app(door: Door) -> FastAPI:
    """The application behind `door`; `open_door` comes first."""
    app = describe_app(door.meters)
    app.state.door = door
    return app


def describe_app(meters: Meters | None = None) -> FastAPI:
    """The application without anything behind it: its routes can be listed, not asked."""
    app = Published(
        title=TITLE,
        version=__version__,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # ours: `telemetry`
    )
    app.add_middleware(Metering, meters=meters or Meters())
    app.add_middleware(TakeTheRest)
    answer_faults(app)
    # The fixed addresses come before those that hold a slug.
    for room in (
        account,
        events,
        queued,
        sync,
        files,
        webhooks,
        history,
        admin,
        admin_keys,
        operations,
    ):
        # Not by `include_router`, whose routers in a router find a route in twice the time.
        app.router.routes.extend(room.router.routes)

    @app.api_route(
        "/docs", methods=["GET", "HEAD"], response_class=HTMLResponse, include_in_schema=False
    )
    def docs(request: Request, door: TheDoor) -> HTMLResponse:
        return HTMLResponse(page(app.openapi(), base_url(request, door)))

    show_front(app)
    return app


@asynccontextmanager
async def open_door(door: Door) -> AsyncIterator[None]:
    """The queue's line and the rounds, in the event loop that the app is served in."""
    await door.carrier.open()
    rounds = Rounds(door)
    try:
        rounds.start()
        yield
    finally:
        await rounds.stop()
        await door.carrier.close()
        door.looks.close()
