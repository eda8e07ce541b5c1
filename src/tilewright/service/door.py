"""A door as the settings have it."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from tilewright.contract import FieldFault, InvalidRequest
from tilewright.service.data import data_folder, open_store
from tilewright.service.port import number_of
from tilewright.settings import Settings, counts_folder

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tilewright.api import Door, Rules
    from tilewright.engine import EngineState
    from tilewright.queue import Address

OPEN_ACCOUNT = "local"
"""The account of those who come without a key while there is none."""

SECRET = "secret"
"""The file, in the data folder, of what links are signed with."""


def make_door(settings: Settings, database: Engine, address: Address, workers: int) -> Door:
    """A door that is not open yet. workers: how many this machine starts with it."""
    import time
    from functools import partial

    from tilewright.accounts import create_account
    from tilewright.api import (
        Door,
        JobsKeeper,
        Meters,
        Probe,
        takes_photos,
        waiting_and_running,
    )
    from tilewright.database import Looks, Together, writing
    from tilewright.engine.choose import ENGINES
    from tilewright.jobs import accepting
    from tilewright.queue import Carrier
    from tilewright.store import Links

    with writing(database) as tx:
        account = create_account(tx, OPEN_ACCOUNT, time.time())
    blobs, meters = open_store(settings), Meters(counts_folder())
    keeper = JobsKeeper(database, blobs, meters, time.time)
    return Door(
        database=database,
        looks=Looks(database),
        together=Together(database, accepting),
        carrier=Carrier(lambda: address, keeper, ENGINES, settings.nats_replicas),
        blobs=blobs,
        database_probe=Probe("the database", partial(waiting_and_running, database, time.time)),
        store_probe=Probe("the store", partial(takes_photos, blobs)),
        links=Links(_link_secret(settings)),
        rules=_rules(settings, account if settings.open else None, workers),
        meters=meters,
    )


def _link_secret(settings: Settings) -> bytes:
    from tilewright.store import load_secret

    if settings.link_secret is not None:
        return settings.link_secret.encode()
    return load_secret(data_folder(settings) / SECRET)


def _rules(settings: Settings, open_account: str | None, workers: int) -> Rules:
    from tilewright.api import Rules

    return Rules(
        engines=_engines_of(settings, workers),
        photo_limits=settings.photo_limits(),
        fetch_limits=settings.fetch_limits(),
        public_url=settings.public_url and settings.public_url.rstrip("/"),
        open_account=open_account,
        price=settings.price,
        per_minute=settings.requests_per_minute,
        at_once=settings.jobs_at_once,
        retention=settings.retention_seconds,
        sync_deadline=settings.sync_seconds,
        body_wait=settings.body_seconds,
        longest_side=settings.tile_side,
        patience=settings.no_worker_seconds,
        moderated=settings.moderation,
        more_blocked_words=settings.blocked(),
        allowed=settings.allowed(),
        origins=settings.sites(),
        trusted=settings.trusted(),
    )


def _engines_of(settings: Settings, workers: int) -> tuple[EngineState, ...]:
    """The engines that requests are checked for; workers elsewhere may have what lacks here."""
    from tilewright.engine.choose import AUTO, describe, find

    name, *others = settings.offered() or (settings.engine,)
    state = find if workers > 0 or name == AUTO else describe
    return state(name, settings.qwen()), *(describe(one, settings.qwen()) for one in others)


def check_open(database: Engine, host: str) -> bool:
    """Whether the service stands open: without any key, and so on this machine only."""
    from tilewright.accounts import any_key
    from tilewright.database import reading

    with reading(database) as tx:
        if any_key(tx):
            return False
    if not ip_address(number_of(host)).is_loopback:
        raise InvalidRequest(
            [
                FieldFault(
                    "host",
                    f"{host} can be reached from elsewhere, and there is no API key yet; "
                    "make one first: tilewright keys create NAME; or set TILEWRIGHT_OPEN=false",
                )
            ]
        )
    return True
