"""The one database: its tables, its connections, its migrations; SQLite or PostgreSQL."""

from tilewright.database.connect import (
    look_at_database,
    migrate_database,
    open_database,
    open_migrated,
    reading,
    stating,
    writing,
)
from tilewright.database.looks import Looks, Rows, seen
from tilewright.database.migrate import Step
from tilewright.database.tables import SCHEMA, metadata
from tilewright.database.together import Together

__all__ = [
    "SCHEMA",
    "Looks",
    "Rows",
    "Step",
    "Together",
    "look_at_database",
    "metadata",
    "migrate_database",
    "open_database",
    "open_migrated",
    "reading",
    "seen",
    "stating",
    "writing",
]
