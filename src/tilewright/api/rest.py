"""Takes the rest of a body before the answer goes out: many callers read only when all is sent."""

import asyncio
from contextlib import suppress

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tilewright.api.body import LARGEST_BODY

MOST = 2 * LARGEST_BODY
PATIENCE_SECONDS = 25.0
"""Bytes and seconds; who sends more, or slower, is cut off. A door that ends has 30 s for it."""

GIVEN_UP = 408
"""The answer to a body that does not come: of that no rest is waited for."""


class TakeTheRest:
    """Around an app: when its answer begins, nothing of the body is still on its way.

    A connection that is closed while its caller still sends is a broken one to many programs, which
    never read the answer that says what was wrong.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; what the app leaves of the body is read here and forgotten."""
        if scope["type"] != "http" or not _is_on_its_way(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        body = _Body(receive)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] != GIVEN_UP:
                await body.take()
            await send(message)

        await self._app(scope, body.receive, answer)


class _Body:
    """Of one request, as it is read."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._more = True

    async def receive(self) -> Message:
        message = await self._receive()
        self._more = bool(message.get("more_body"))
        return message

    async def take(self) -> None:
        size = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                while self._more and size <= MOST:
                    size += len((await self.receive()).get("body", b""))


def _is_on_its_way(headers: Headers) -> bool:
    """Whether a body comes that can be waited for, and whose caller does not ask first."""
    if "expect" in headers:
        return False
    promised = headers.get("content-length", "0")
    bounded = promised.isdecimal() and 0 < int(promised) <= MOST
    return bounded or "transfer-encoding" in headers
