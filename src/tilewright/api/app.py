"""The service as one application: every route, every fault, what happens at start and end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

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
from tilewright.api.straight import Shortcut
from tilewright.api.words import base_url

TITLE = "Tilewright"
DESCRIPTION = "A photograph and a sentence become a seamless, tileable texture."

SHARED: dict[str, Any] = {
    "allow_methods": ("GET", "HEAD", "POST", "DELETE"),
    "allow_headers": ("*",),
    "expose_headers": ("*",),
}
"""What pages of allowed sites may send and read. No cookies: a key is sent by whoever has it."""


class Faced(Published):
    """With our own layers around all those of the framework."""

    def __init__(self, meters: Meters, origins: tuple[str, ...], **more: Any) -> None:
        super().__init__(**more)
        self._meters = meters
        self._origins = origins
        self._layers: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self._layers is None:  # all routes are there now
            answering: ASGIApp = Shortcut(self, super().__call__)
            if self._origins:
                answering = CORSMiddleware(answering, self._origins, **SHARED)
            self._layers = TakeTheRest(Metering(answering, self._meters))
        scope["app"] = self
        await self._layers(scope, receive, send)


def make_app(door: Door) -> FastAPI:
    """The application behind `door`; `open_door` comes first."""
    app = describe_app(door.meters, door.rules.origins)
    app.state.door = door
    return app


def describe_app(meters: Meters | None = None, origins: tuple[str, ...] = ()) -> FastAPI:
    """The application without anything behind it: its routes can be listed, not asked.

    origins: sites whose pages may ask from a browser.
    """
    app = Faced(
        meters or Meters(),
        origins,
        title=TITLE,
        version=__version__,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # ours: `telemetry`
    )
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
