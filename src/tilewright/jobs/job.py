"""The record of a job, and the numbers that its life hangs on."""

from decimal import Decimal
from typing import Any, Literal, NamedTuple

from tilewright.accounts.money import to_dollars
from tilewright.contract.lease import LEASE_SECONDS

State = Literal["QUEUED", "PROCESSING", "COMPLETED", "FAILED"]

__all__ = [
    "ACTIVE",
    "LEASE_SECONDS",
    "MOST_LOSSES",
    "RETENTION_SECONDS",
    "Job",
    "Standing",
    "State",
]

ACTIVE = ("QUEUED", "PROCESSING")

MOST_LOSSES = 3
"""Workers that a job may cost before it is taken for the one that kills them."""

RETENTION_SECONDS = 3600.0
"""How long an ended job and its blobs stay, unless the request says otherwise."""


class Job(NamedTuple):
    """One row of the table, column by column."""

    id: str
    account_id: str
    key_id: str | None
    slug: str
    engine: str
    state: State
    request: dict[str, Any]
    inputs: dict[str, str | None]
    options: dict[str, Any]
    output: dict[str, Any] | None
    error: str | None
    error_code: str | None
    cost_micros: int
    seed: int | None
    priority: int
    turn: int
    generation: int
    attempt: int
    losses: int
    worker: str | None
    lease_until: float | None
    idempotency_key: str | None
    body_hash: str
    created_at: float
    started_at: float | None
    finished_at: float | None
    expires_at: float | None
    texels: int

    @property
    def cost(self) -> Decimal:
        """In dollars."""
        return to_dollars(self.cost_micros)

    @property
    def ended(self) -> bool:
        """Whether nothing will happen to it any more."""
        return self.state not in ACTIVE


class Standing(NamedTuple):
    """The columns that tell where a job stands: all small ones, which are quick to read."""

    id: str
    account_id: str
    slug: str
    engine: str
    state: State
    error: str | None
    error_code: str | None
    cost_micros: int
    priority: int
    turn: int
    attempt: int
    created_at: float
    started_at: float | None
    finished_at: float | None
    expires_at: float | None
    texels: int

    @property
    def cost(self) -> Decimal:
        """In dollars."""
        return to_dollars(self.cost_micros)

    @property
    def ended(self) -> bool:
        """Whether nothing will happen to it any more."""
        return self.state not in ACTIVE
