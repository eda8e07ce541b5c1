"""Jobs have an engine and a turn, keys may have priority, and few rows are found among many."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

WAITING = sa.text("state = 'QUEUED'")
RUNNING = sa.text("state = 'PROCESSING'")
ACTIVE = sa.text("state IN ('QUEUED', 'PROCESSING')")


def upgrade() -> None:
    """Add them.

    A door of before goes on beside newer ones: its jobs count as the synthesis engine's, which
    every machine has, and take their turns first.
    """
    synthesis, zero = sa.text("'synthesis'"), sa.text("0")
    op.add_column("jobs", sa.Column("engine", sa.Text(), server_default=synthesis, nullable=False))
    op.add_column("jobs", sa.Column("turn", sa.BigInteger(), server_default=zero, nullable=False))
    op.add_column(
        "api_keys", sa.Column("priority", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    _index("jobs_in_turn", ["engine", "priority", "turn", "created_at", "id"], WAITING)
    _index("jobs_by_age", ["created_at"], WAITING)
    _index("jobs_at_work", ["engine"], RUNNING)
    _index("jobs_of_key", ["key_id", "engine", "priority", "turn"], ACTIVE)
    op.create_index("jobs_by_slug_engine_finished_at", "jobs", ["slug", "engine", "finished_at"])
    op.create_index("jobs_by_expires_at_state", "jobs", ["expires_at", "state"])
    op.drop_index("jobs_by_expires_at", "jobs")
    op.drop_index("jobs_by_slug_finished_at", "jobs")
    op.drop_index("jobs_by_state_priority_created_at", "jobs")


def _index(name: str, columns: list[str], rows: sa.TextClause) -> None:
    op.create_index(name, "jobs", columns, sqlite_where=rows, postgresql_where=rows)
