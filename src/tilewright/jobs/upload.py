"""Photos that were uploaded ahead of the requests that use them."""

from typing import NamedTuple

from sqlalchemy import Connection, insert, select

from tilewright.contract import NotFound
from tilewright.database.tables import uploads
from tilewright.jobs.blobs import own


class Upload(NamedTuple):
    """One row of the table, column by column."""

    id: str
    account_id: str
    blob: str
    content_type: str
    file_size: int
    created_at: float
    expires_at: float


def keep_upload(tx: Connection, upload: Upload) -> None:
    """Note an upload whose blob is in the store."""
    tx.execute(insert(uploads), upload._asdict())
    own(tx, {upload.id: [upload.blob]})


def find_upload(tx: Connection, account_id: str | None, upload_id: str, now: float) -> Upload:
    """An upload of the account, or of anybody; raise `NotFound` if there is none, or it expired."""
    query = select(uploads).where(uploads.c.id == upload_id, uploads.c.expires_at > now)
    if account_id is not None:
        query = query.where(uploads.c.account_id == account_id)
    row = tx.execute(query).one_or_none()
    if row is None:
        raise _missing(upload_id)
    return Upload._make(row)


def hold_uploads(tx: Connection, account_id: str, upload_ids: tuple[str, ...], now: float) -> None:
    """Make sure that uploads are there and stay until the job that uses them owns their blobs.

    PostgreSQL keeps `expire` from deleting the rows meanwhile; in SQLite nobody else writes.
    """
    if not upload_ids:
        return
    mine = uploads.c.account_id == account_id, uploads.c.expires_at > now
    query = select(uploads.c.id).where(uploads.c.id.in_(upload_ids), *mine)
    missing = set(upload_ids) - set(tx.scalars(query.with_for_update(read=True)))
    if missing:
        raise _missing(min(missing))


def _missing(upload_id: str) -> NotFound:
    return NotFound(f"upload {upload_id} not found; it may have expired, so upload it again")
