"""The index by age of jobs that wait is as wide as the one in whose order they are taken.

PostgreSQL took it for claims, since it was smaller, and put all that wait in order each time.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

COLUMNS = ["created_at", "engine", "priority", "turn", "id"]
WAITING = sa.text("state = 'QUEUED'")


def upgrade() -> None:
    """Make it anew."""
    op.drop_index("jobs_by_age", "jobs")
    op.create_index("jobs_by_age", "jobs", COLUMNS, sqlite_where=WAITING, postgresql_where=WAITING)
