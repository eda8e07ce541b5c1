"""Routes that are asked all the time, answered before the framework looks for who could answer.

Its layers, its search for a route and for what that depends on take longer than a poll does.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Receive, Scope, Send


class Straight(APIRoute):
    """Its endpoint is given the request, the door, and what the address holds, unchecked.

    The signature still describes it in the documentation. No other route before it may fit its
    addresses.
    """


class Shortcut:
    """Calls the endpoint of a `Straight` route of `app` itself; all else is for `others`."""

    def __init__(self, app: FastAPI, others: ASGIApp) -> None:
        self._app = app
        self._others = others
        self._routes: dict[str, list[Straight]] = defaultdict(list)
        for route in app.routes:
            if isinstance(route, Straight):
                for method in route.methods or ():
                    self._routes[method].append(route)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        for route in self._fitting(scope):
            if found := route.path_regex.match(scope["path"]):
                scope["route"] = route
                response = await self._answer(route, found.groupdict(), Request(scope, receive))
                await response(scope, receive, send)
                return
        await self._others(scope, receive, send)

    def _fitting(self, scope: Scope) -> Sequence[Straight]:
        return self._routes.get(scope["method"], ()) if scope["type"] == "http" else ()

    async def _answer(self, route: Straight, given: dict[str, Any], request: Request) -> Response:
        try:
            response: Response = await route.endpoint(
                **given, request=request, door=self._app.state.door
            )
        except Exception as error:
            return await self._fault(request, error)
        return response

    async def _fault(self, request: Request, error: Exception) -> Response:
        """As the app was taught to answer it."""
        handlers = self._app.exception_handlers
        handler: Any = next(handlers[kind] for kind in type(error).__mro__ if kind in handlers)
        response: Response = await handler(request, error)
        return response
