"""Which blobs are needed, and which must go: none is left for ever, no row points at nothing.

A blob that nobody owns any more becomes doomed in the transaction that removes its last owner. The
caller deletes it from the store after the commit, and then says that it is `gone`. Whoever dies in
between finds it among the `doomed` again; deleting a blob that is not there does no harm. A blob
that was stored for a job whose row never came is an orphan: `orphans` picks those out.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

from sqlalchemy import Column, Connection, bindparam, delete, insert, select

from tilewright.database.once import insert_once
from tilewright.database.tables import blob_owners, doomed_blobs

MOST_DOOMED = 1000
"""Blobs that are handed out at a time."""

MOST_NAMED = 500
"""Names in one statement; SQLite as some build it takes 999."""

_OWN = insert(blob_owners).values(blob=bindparam("blob"), owner_id=bindparam("owner"))


def own(tx: Connection, needed: Mapping[str, Collection[str]]) -> None:
    """Say which blobs a job or an upload needs, by its id."""
    rows = [
        {"blob": blob, "owner": owner_id}
        for owner_id, blobs in needed.items()
        for blob in dict.fromkeys(blobs)
    ]
    if rows:
        tx.execute(_OWN, rows)


def doom(tx: Connection, owner_ids: list[str], now: float) -> None:
    """Give up what these owners needed. Of a shared blob, the last owner dooms it.

    The transaction must have begun with `lock(tx, DOOMING)`: of two that give up the last two
    shares at once, each would see the other's.
    """
    for some in _portions(owner_ids):
        freed = tx.scalars(
            delete(blob_owners)
            .where(blob_owners.c.owner_id.in_(some))
            .returning(blob_owners.c.blob)
        ).all()
        for blob in set(freed) - _among(tx, blob_owners.c.blob, freed):
            insert_once(tx, doomed_blobs, blob=blob, doomed_at=now)


def doomed(tx: Connection) -> list[str]:
    """Blobs to delete from the store, oldest first; those of a caller that died as well."""
    query = select(doomed_blobs.c.blob).order_by(doomed_blobs.c.doomed_at, doomed_blobs.c.blob)
    return list(tx.scalars(query.limit(MOST_DOOMED)))


def gone(tx: Connection, blobs: Iterable[str]) -> None:
    """Forget blobs that the store no longer has."""
    for some in _portions(list(blobs)):
        tx.execute(delete(doomed_blobs).where(doomed_blobs.c.blob.in_(some)))


def orphans(tx: Connection, names: Collection[str]) -> list[str]:
    """Those of `names` that no row knows: their writer died before its row was written.

    Only ask about blobs that have lain in the store for an hour: a younger one may still get its
    row.
    """
    known = _among(tx, blob_owners.c.blob, names) | _among(tx, doomed_blobs.c.blob, names)
    return [name for name in names if name not in known]


def _among(tx: Connection, column: Column[str], names: Collection[str]) -> set[str]:
    """Those of `names` that stand in `column`."""
    found: set[str] = set()
    for some in _portions(list(names)):
        found.update(tx.scalars(select(column).where(column.in_(some))))
    return found


def _portions(names: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(names), MOST_NAMED):
        yield names[start : start + MOST_NAMED]
