"""Inserts a row unless it is there, which the two databases say in the same words."""

from sqlalchemy import Connection, Table
from sqlalchemy.dialects.postgresql import Insert as PostgresInsert
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert


def insert_for(tx: Connection, table: Table) -> PostgresInsert | SqliteInsert:
    """An INSERT into `table` that understands ON CONFLICT."""
    return postgres_insert(table) if tx.dialect.name == "postgresql" else sqlite_insert(table)


def insert_once(tx: Connection, table: Table, **row: object) -> bool:
    """Insert `row`; False, and nothing done, if it collides with one that is there.

    PostgreSQL waits for a colliding row that is not committed yet: the answer is final.
    """
    insertion = insert_for(tx, table).values(**row).on_conflict_do_nothing()
    return tx.execute(insertion.returning(*table.primary_key)).first() is not None
