"""Somebody with credits, and what they send."""

from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Engine

from tilewright.accounts import (
    Caller,
    balance,
    create_account,
    create_key,
    differences,
    grant,
)
from tilewright.database import reading, writing
from tilewright.jobs import Accepted, Completed, Job, Submission, accepting, claim, find

FIRST = -9
"""A priority that nobody else asks for."""

NOW = 1_800_000_000.0
COST = Decimal("0.03")
SLUG = "texture"
ENGINE = "synthesis"
MEGAPIXEL = 1024 * 1024


def somebody(engine: Engine, dollars: str = "1", name: str = "ann", **limits: Any) -> Caller:
    """The caller of a new account that holds so much."""
    with writing(engine) as tx:
        account = create_account(tx, name, NOW)
        key, _ = create_key(tx, account, "laptop", NOW, **limits)
        grant(tx, account, Decimal(dollars), "", NOW)
    return Caller(account, key.id, key.per_minute, key.at_once)


def wish(**changes: Any) -> Submission:
    """A good submission."""
    usual: dict[str, Any] = {
        "slug": SLUG,
        "engine": ENGINE,
        "request": {"prompt": "brick"},
        "inputs": {},
        "texels": MEGAPIXEL,
        "cost": COST,
        "body_hash": "body",
    }
    return Submission(**{**usual, **changes})


def accepted(database: Engine, caller: Caller, now: float = NOW, **changes: Any) -> Job:
    """A job in the queue."""
    return submitted(database, caller, now, **changes).job


def submitted(database: Engine, caller: Caller, now: float = NOW, **changes: Any) -> Accepted:
    """What came of a submission."""
    with writing(database) as tx:
        return accept(tx, caller, wish(**changes), now)


def accept(tx: Connection, caller: Caller, submission: Submission, now: float) -> Accepted:
    """What comes of a submission that nobody else's comes along with."""
    with accepting(tx, caller.account_id) as acceptance:
        return acceptance.accept(caller, submission, now)


def started(database: Engine, caller: Caller, now: float = NOW, **changes: Any) -> Job:
    """A job that a worker has; it went before all that wait."""
    job = accepted(database, caller, now, **{"priority": FIRST, **changes})
    with writing(database) as tx:
        claimed = claim(tx, job.engine, "worker", now)
    assert claimed is not None
    assert claimed.id == job.id
    return claimed


def tile(job: Job) -> Completed:
    """What a worker made of it."""
    return Completed({"blob": f"{job.id}/{job.attempt}.webp", "content_type": "image/webp"})


def now_of(engine: Engine, job: Job, now: float = NOW) -> Job:
    """The job as the database has it now."""
    with reading(engine) as tx:
        return find(tx, None, job.id, now)


def purse(engine: Engine, caller: Caller) -> Decimal:
    """The balance, after the whole ledger was added up and found exact."""
    with reading(engine) as tx:
        wrong = differences(tx)
        assert not wrong, wrong
        return balance(tx, caller.account_id)
