"""What every route needs: the database, the queue, the blobs, and the rules of this service."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar
from urllib.parse import urlsplit

from sqlalchemy import Connection, Engine

from tilewright.accounts import Caller
from tilewright.api.meters import Meters
from tilewright.api.probe import Probe
from tilewright.api.slugs import Model
from tilewright.contract import LARGEST_SIDE
from tilewright.database import Looks, Rows, Together, reading, writing
from tilewright.engine.choose import EngineState
from tilewright.intake import FetchLimits, PhotoLimits, is_public
from tilewright.jobs import Acceptance, Queue, gone
from tilewright.queue import Carrier
from tilewright.store import Blobs, Links

Found = TypeVar("Found")


def _nobody(ip: str) -> bool:
    return False


@dataclass(frozen=True)
class Rules:
    """What the operator has decided. Times in seconds.

    open_account: the account of those who come without a key, while no key was ever made; None if
    nobody may. price: of a tile, in dollars; None is the model's own. per_minute, at_once: of
    keys that have no limits of their own; None is no limit. engines: that jobs may be made by, the
    preferred one first. patience: for a worker of a job's engine, while none is there. body_wait:
    for more of a body that is on its way. moderated: whether prompts are looked at for bad words;
    more_blocked_words: the operator's own. allowed: the network addresses that may be reached, see
    `intake.address`. origins: sites whose pages may ask from a browser. trusted: network addresses
    of proxies whose word is taken for the address that callers see. longest_side: of a tile, in
    texels.
    """

    engines: tuple[EngineState, ...]
    photo_limits: PhotoLimits
    fetch_limits: FetchLimits
    public_url: str | None = None
    open_account: str | None = None
    price: Decimal | None = None
    per_minute: int | None = None
    at_once: int | None = None
    retention: int = 3600
    sync_deadline: float = 25.0
    body_wait: float = 15.0
    longest_side: int = LARGEST_SIDE
    patience: float = 3600.0
    moderated: bool = True
    more_blocked_words: tuple[str, ...] = ()
    allowed: Callable[[str], bool] = is_public
    origins: tuple[str, ...] = ()
    trusted: Callable[[str], bool] = _nobody

    @property
    def engine(self) -> EngineState:
        """The preferred one."""
        return self.engines[0]

    @property
    def public_host(self) -> str | None:
        """The name in `public_url`."""
        return urlsplit(self.public_url).hostname if self.public_url else None

    def price_of(self, model: Model, caller: Caller) -> Decimal:
        """What a tile costs the caller; nothing while the service stands open."""
        if caller.key_id is None:
            return Decimal(0)
        return model.price if self.price is None else self.price


@dataclass(frozen=True)
class Door:
    """The service as its routes see it."""

    database: Engine
    looks: Looks
    together: Together[Acceptance]
    carrier: Carrier
    blobs: Blobs
    database_probe: Probe[dict[str, Queue]]
    store_probe: Probe[bool]
    links: Links
    rules: Rules
    meters: Meters = field(default_factory=Meters)
    clock: Callable[[], float] = time.time

    @contextmanager
    def writing(self) -> Iterator[tuple[Connection, float]]:
        """A transaction and the time."""
        with writing(self.database) as tx:
            yield tx, self.clock()

    @contextmanager
    def reading(self) -> Iterator[tuple[Connection, float]]:
        """The same for reading only."""
        with reading(self.database) as tx:
            yield tx, self.clock()

    async def look(
        self, read: Callable[[Connection, float], Found], ahead: tuple[Rows, str] | None = None
    ) -> Found:
        """What `read` gives, told the time, which looks at a few rows and does nothing else.

        ahead: see `Looks.look`.
        """
        return await self.looks.look(lambda tx: read(tx, self.clock()), ahead)

    def remove(self, blobs: list[str]) -> None:
        """Delete doomed blobs from the store, and only then forget them."""
        if blobs and self.blobs.discard(*blobs):  # else the next round comes again
            with writing(self.database) as tx:
                gone(tx, blobs)
