"""Removes what has had its time: jobs, uploads, and the log of deliveries."""

from sqlalchemy import Connection, Table, delete, select

from tilewright.database.lock import DOOMING, lock
from tilewright.database.tables import deliveries, jobs, uploads
from tilewright.jobs.blobs import doom, doomed

LOG_SECONDS = 7 * 24 * 3600.0
"""How long a delivery stays in the log. The last try comes within the first day."""

MOST_EXPIRED = 500
"""Rows of a kind in one transaction, so that it stays short; the next call takes the others."""


def expire(tx: Connection, now: float) -> list[str]:
    """Remove rows whose time is over; the blobs to delete from the store, as `jobs.blobs` says."""
    lock(tx, DOOMING)
    for table in (jobs, uploads):
        doom(tx, _remove(tx, table, now), now)
    tx.execute(delete(deliveries).where(deliveries.c.created_at < now - LOG_SECONDS))
    return doomed(tx)


def _remove(tx: Connection, table: Table, now: float) -> list[str]:
    # PostgreSQL waits here for whoever holds an upload to make a job of it (`hold_uploads`).
    over = select(table.c.id).where(table.c.expires_at <= now).limit(MOST_EXPIRED)
    gone = delete(table).where(table.c.id.in_(over)).returning(table.c.id)
    return list(tx.scalars(gone))
