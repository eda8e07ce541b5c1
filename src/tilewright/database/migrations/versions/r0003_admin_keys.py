"""A mark on the keys of those who run the service."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """No key that was made before has it."""
    admin: sa.Column[bool] = sa.Column(
        "admin", sa.Boolean(), server_default=sa.false(), nullable=False
    )
    op.add_column("api_keys", admin)
