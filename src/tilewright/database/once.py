"""Inserts a row unless it is there, which the two databases say in the same words."""

from functools import cache
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects.postgresql import Insert as PostgresInsert
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.sql.dml import ReturningInsert


def insert_for(dialect: str, table: Table) -> PostgresInsert | SqliteInsert:
    """An INSERT into `table` that understands ON CONFLICT, for the database of that name."""
    return postgres_insert(table) if dialect == "postgresql" else sqlite_insert(table)


def insert_once(tx: Connection, table: Table, **row: object) -> bool:
    """Insert `row`; False, and nothing done, if it collides with one that is there.

    PostgreSQL waits for a colliding row that is not committed yet: the answer is final.
    """
    return tx.execute(_insert_once(tx.dialect.name, table), row).first() is not None


@cache  # to build a statement takes longer than to run it
def _insert_once(dialect: str, table: Table) -> ReturningInsert[*tuple[Any, ...]]:
    return insert_for(dialect, table).on_conflict_do_nothing().returning(*table.primary_key)
