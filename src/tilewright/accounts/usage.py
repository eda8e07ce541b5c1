"""What an account has made of its credits lately; the ledger remembers longer than the jobs."""

from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from tilewright.accounts.money import to_dollars
from tilewright.database.tables import ledger


class Usage(NamedTuple):
    """Tiles that were done and paid, and what they and the jobs still running cost."""

    tiles: int
    dollars: Decimal


def usage(tx: Connection, account_id: str, since: float) -> Usage:
    """Of all that was booked after `since`, UNIX seconds."""
    rows = tx.execute(
        select(ledger.c.kind, func.count(), func.sum(ledger.c.micros))
        .where(ledger.c.account_id == account_id, ledger.c.at >= since, ledger.c.kind != "grant")
        .group_by(ledger.c.kind)
    )
    booked = {kind: (number, int(micros)) for kind, number, micros in rows}
    spent = -sum(micros for _, micros in booked.values())
    # A job that was held before and given back after must not look like money earned.
    return Usage(booked.get("charge", (0, 0))[0], to_dollars(max(0, spent)))
