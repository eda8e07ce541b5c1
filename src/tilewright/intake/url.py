"""An address that a stranger gave, read once, for checking and for connecting alike."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import ip_address
from typing import TYPE_CHECKING

from tilewright.contract import UrlRefused
from tilewright.contract.request import LONGEST_URL
from tilewright.intake.address import REMEDY, is_public

if TYPE_CHECKING:
    import httpx


LAST_PORT = 65535

NO_NAME = re.compile(r"[%\s\x00-\x1f]")
"""What is in no host's name; httpx writes a space as %20."""


def check_url(url: str, allowed: Callable[[str], bool] = is_public) -> None:
    """Raise `UrlRefused` for what would certainly be refused later; looks no name up.

    Where a name leads is checked when it is connected to: it may lead elsewhere by then.
    """
    host = read_url(url).host
    try:
        ip_address(host)
    except ValueError:
        if host.rstrip(".").rpartition(".")[2].lower() != "localhost" or allowed("127.0.0.1"):
            return
    else:
        if allowed(host):
            return
    raise UrlRefused(f"{host} is not a public address; {REMEDY}")


def read_url(url: str) -> httpx.URL:
    """Read `url` once, for checking and for connecting alike; raise `UrlRefused`."""
    import httpx

    if len(url) > LONGEST_URL:
        raise UrlRefused(f"the address has {len(url)} characters; at most {LONGEST_URL} are taken")
    try:
        address = httpx.URL(url)
        host = address.host  # decoded only here, and not every name can be
    except (httpx.InvalidURL, ValueError) as error:
        raise UrlRefused("the address cannot be read; check it for typing errors") from error
    if address.scheme not in ("http", "https"):
        raise UrlRefused(
            f"only http and https addresses are fetched, not {address.scheme[:20] or 'this'}:"
        )
    if address.userinfo:
        raise UrlRefused("the address holds a user name or password; use one without")
    if not host:
        raise UrlRefused("the address names no host; write https://host/path")
    if NO_NAME.search(host):
        raise UrlRefused(f"{host[:80]!r} names no host; check the address for typing errors")
    if (address.port or 0) > LAST_PORT:
        raise UrlRefused(f"{address.port} is no port; at most {LAST_PORT} is one")
    return address
