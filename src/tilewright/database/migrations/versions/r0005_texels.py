"""How large the tile of a job is, by which the time that it takes is told."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Jobs that were accepted before, or by an older door, are taken for a megapixel."""
    texels: sa.Column[int] = sa.Column(
        "texels", sa.BigInteger(), server_default=sa.text("1048576"), nullable=False
    )
    op.add_column("jobs", texels)
