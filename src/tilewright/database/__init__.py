"""The one database: its tables, its connections, its migrations; SQLite or PostgreSQL."""

from tilewright.database.connect import open_database, reading, reads_at_once, writing
from tilewright.database.tables import SCHEMA, metadata

__all__ = ["SCHEMA", "metadata", "open_database", "reading", "reads_at_once", "writing"]
