"""Deletes a job now: its row, and the blobs that only it needs."""

from sqlalchemy import Connection
from sqlalchemy import delete as delete_from

from tilewright.database.lock import DOOMING, lock
from tilewright.database.tables import jobs
from tilewright.jobs.blobs import doom, doomed
from tilewright.jobs.cancel import cancel


def delete(tx: Connection, account_id: str | None, job_id: str, now: float) -> list[str]:
    """Cancel the job if it has not ended, and remove it; the blobs to delete from the store now.

    Raise `NotFound` if there is none. `jobs.blobs` says what is to be done with the blobs; what it
    cost stays in the ledger.
    """
    lock(tx, DOOMING)  # before any row is, as in `expire`
    cancel(tx, account_id, job_id, now)
    tx.execute(delete_from(jobs).where(jobs.c.id == job_id))
    doom(tx, [job_id], now)
    return doomed(tx)
