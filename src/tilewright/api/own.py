"""Addresses that we gave out ourselves: what they lead to is read, not fetched."""

import re
from urllib.parse import parse_qs

from tilewright.api.door import Door
from tilewright.contract import NotFound
from tilewright.contract.request import LONGEST_URL
from tilewright.jobs import Upload, find_upload
from tilewright.store import BlobGone

UPLOADED = re.compile(r"(?:(https?://[^?#]*)?/uploads/)?([0-9a-f-]{36})(?:/[^/?#]*)?")
"""An address that `/upload-asset` gave, its path alone, or the id in it alone."""

MADE = re.compile(r"(?:https?://[^?#]*)?/results/([0-9a-f]+)/[^/?#]*\?(.+)")
"""The signed address of a tile, or its path alone."""


def own_upload(door: Door, account_id: str, base: str, source: str) -> Upload | None:
    """The account's upload at that address; None if it is none of ours.

    base: where this service is reached. Other hosts have addresses of that form too; so has this
    service under another name, whose uploads are ours if they are found.
    Raises `NotFound` if there is no such upload of this account here.
    """
    found = UPLOADED.fullmatch(_short(source).partition("?")[0])
    if found is None:
        return None
    try:
        with door.reading() as (tx, now):
            return find_upload(tx, account_id, found[2], now)
    except NotFound:
        if found[1] in (None, base):
            raise
        return None


def own_tile(door: Door, source: str) -> bytes | None:
    """The tile behind a link that we signed; None if we did not, or it is too old."""
    found = MADE.fullmatch(_short(source))
    if found is None:
        return None
    told = {name: values[0] for name, values in parse_qs(found[2]).items()}
    signed = told.get("expires", ""), told.get("signature", "")
    if not door.links.check(found[1], *signed, door.clock()):
        return None
    try:
        return door.blobs.get(found[1])
    except BlobGone:
        raise NotFound("this tile has expired; make it again") from None


def _short(source: str) -> str:
    """Nothing of what is too long for an address: it is a photo, and looked for nowhere."""
    return source if len(source) <= LONGEST_URL else ""
