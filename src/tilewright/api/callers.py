"""Who asks: a key in a header, or nobody while the service stands open."""

from datetime import UTC, datetime
from functools import partial
from ipaddress import ip_address
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Connection

from tilewright.accounts import Caller, any_key, authenticate, take
from tilewright.api.door import Door
from tilewright.contract import Forbidden, Unauthorized

SAFE = frozenset(("GET", "HEAD", "OPTIONS"))

LIMITS = "tilewright.limits"
"""Where a request bears what its answer tells of the key's minute, a refusal too."""


async def the_door(request: Request) -> Door:
    """The door that the app was made with. Not a plain function: those go through a thread."""
    door: Door = request.app.state.door
    return door


TheDoor = Annotated[Door, Depends(the_door)]


def given_key(request: Request) -> str | None:
    """The secret in `x-api-key`, or behind `Authorization: Bearer`."""
    if key := request.headers.get("x-api-key", "").strip():
        return key
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def identify(door: Door, tx: Connection, key: str | None, now: float) -> Caller:
    """Whose key it is, with the service's own limits where the key has none."""
    if key is None:
        if door.rules.open_account is not None and not any_key(tx):
            return Caller(door.rules.open_account)
        raise Unauthorized(
            "an API key is needed: send it in the header x-api-key; tilewright extract --url and "
            "tilewright.Client take it from TILEWRIGHT_API_KEY"
        )
    caller = authenticate(tx, key, now)
    return caller._replace(
        per_minute=caller.per_minute or door.rules.per_minute,
        at_once=caller.at_once or door.rules.at_once,
    )


def who_asks(request: Request, door: Door, tx: Connection, now: float) -> Caller:
    """For routes that only look: nothing is written, nothing is limited."""
    caller = identify(door, tx, given_key(request), now)
    if caller.key_id is None:
        _check_name(request, door)
        _check_origin(request, door)
    return caller


def _check_name(request: Request, door: Door) -> None:
    """While the service stands open, it answers to this machine's own names alone.

    Else a page whose name was made to lead here would be no other site to its visitor's browser.
    """
    name = request.url.hostname or ""
    try:
        local = ip_address(name).is_loopback
    except ValueError:
        local = name == "localhost" or name.endswith(".localhost")
    if not local and name != door.rules.public_host:
        raise Forbidden(
            f"there is no API key, and so nobody may ask as {name[:80]!r}: use 127.0.0.1, make a "
            "key with tilewright keys create NAME, or set TILEWRIGHT_PUBLIC_URL"
        )


def _check_origin(request: Request, door: Door) -> None:
    """Nor may a page of another site act through its visitor's browser, if nobody allowed it.

    Browsers name the page's site with every POST and DELETE to another; programs name none.
    """
    origin = request.headers.get("origin")
    own = request.headers.get("host")
    if request.method in SAFE or not origin or origin in door.rules.origins:
        return
    if origin.partition("://")[2] != own:
        raise Forbidden(
            f"a page of {origin[:80]} may not ask here while there is no API key; make one with "
            "tilewright keys create NAME, name it in TILEWRIGHT_ORIGINS, or ask from a program"
        )


async def the_caller(request: Request, door: TheDoor) -> Caller:
    """The same, in a look of its own."""
    return await door.look(partial(who_asks, request, door))


TheCaller = Annotated[Caller, Depends(the_caller)]


def count_request(tx: Connection, caller: Caller, now: float) -> dict[str, str]:
    """Take one request from the key's minute, and say what is left, as headers."""
    if caller.key_id is None or caller.per_minute is None:
        return {}
    left = take(tx, caller.key_id, caller.per_minute, now)
    return limit_headers(left.limit, left.remaining, left.reset_at, now)


def limit_headers(
    limit: int, remaining: int, reset_at: float, now: float, of: str = "minute", per: str = "w=60"
) -> dict[str, str]:
    """The state of a key's limit in the hosted service's words, and in the standard's.

    of: its name. per: what it is counted by.
    """
    wait = max(0, round(reset_at - now))
    return {
        "x-rate-limit-remaining": str(remaining),
        "x-rate-limit-reset-at-utc": datetime.fromtimestamp(reset_at, UTC).isoformat(),
        "RateLimit": f'"{of}";r={remaining};t={wait}',
        "RateLimit-Policy": f'"{of}";q={limit};{per}',
    }
