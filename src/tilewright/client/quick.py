"""The client in one call: a client is made of the caller's variables when it is first needed."""

from functools import cache
from typing import Any

import httpx

from tilewright.client.client import SLUG, Client
from tilewright.client.job import Job


@cache
def _client() -> Client:
    return Client()


def run(slug: str = SLUG, **params: Any) -> dict[str, Any]:
    """Submit, wait, and return the finished result."""
    return _client().run(slug, **params)


def run_sync(slug: str = SLUG, **params: Any) -> httpx.Response:
    """One request that blocks until the tile is there; `.content` holds its bytes."""
    return _client().run_sync(slug, **params)


def submit_async(slug: str = SLUG, **params: Any) -> Job:
    """Hand a job to the server and return at once, with its `request_id`."""
    return _client().submit_async(slug, **params)
