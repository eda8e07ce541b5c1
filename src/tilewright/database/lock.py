"""Lets one transaction at a time do a thing, where row locks cannot say it."""

from sqlalchemy import Connection, text

MIGRATING = 7_411_001
DOOMING = 7_411_002
"""Any numbers, as long as each is used for one thing in this database only."""


def lock(tx: Connection, what: int) -> None:
    """Wait until no other transaction holds `what`; hold it to the end of this one.

    A transaction that writes in SQLite is alone anyway.
    """
    if tx.dialect.name == "postgresql":
        tx.execute(text("SELECT pg_advisory_xact_lock(:what)"), {"what": what})
