"""Turns the published SDK, whose hosts are constants in it, to another address."""

from collections.abc import Callable
from importlib import import_module
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx
import pytest
from segmind import SegmindClient
from segmind.files import Files
from segmind.webhooks import Webhooks

HOSTED = ".segmind.com"


class Door(Protocol):
    """A server of ours: its address without a slash at its end, and a key with credits."""

    url: str
    key: str


def turned(door: Door) -> Any:
    """A client all of whose requests go to the door, those with constant hosts too.

    httpx calls the hook before it chooses a connection, so this reaches the addresses that stand
    inside the SDK's functions (models, accounts, generations.list and .recent) as well.
    """
    client = SegmindClient(api_key=door.key, base_url=f"{door.url}/v1")
    client._client.event_hooks = {"request": [_to(door.url)]}
    return client


def patched(door: Door, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The same by the names that the SDK has for its hosts, for what those names cover.

    `segmind.generations` as an attribute is not the module but an object of that name.
    """
    generations = import_module("segmind.generations")
    history = f"{door.url}/inference-request/request-history"
    monkeypatch.setattr(Files, "STORAGE_BASE_URL", door.url)
    monkeypatch.setattr(Webhooks, "base_url", f"{door.url}/webhook")
    monkeypatch.setattr(generations, "REQUEST_HISTORY_URL", history)
    return SegmindClient(api_key=door.key, base_url=f"{door.url}/v1")


def _to(url: str) -> Callable[[httpx.Request], None]:
    place = urlsplit(url)

    def turn(request: httpx.Request) -> None:
        if request.url.host.endswith(HOSTED):
            request.url = request.url.copy_with(
                scheme=place.scheme, host=place.hostname, port=place.port
            )
            request.headers["host"] = place.netloc

    return turn
