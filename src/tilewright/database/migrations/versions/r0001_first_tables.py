"""The first tables: accounts, keys, credits, jobs, uploads, webhooks."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

COUNTED = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
READABLE = sa.JSON(none_as_null=True)


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "accounts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("balance_micros", sa.BigInteger(), nullable=False),
        sa.Column("webhook_secret", sa.Text(), nullable=False),
        sa.Column("disabled", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="accounts_pk"),
        sa.UniqueConstraint("name", name="accounts_name_once"),
    )
    op.create_table(
        "blob_owners",
        sa.Column("blob", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("blob", "owner_id", name="blob_owners_pk"),
    )
    op.create_index("blob_owners_by_owner_id", "blob_owners", ["owner_id"])
    op.create_table(
        "doomed_blobs",
        sa.Column("blob", sa.Text(), nullable=False),
        sa.Column("doomed_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("blob", name="doomed_blobs_pk"),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("start", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double()),
        sa.Column("revoked_at", sa.Double()),
        sa.Column("last_used_at", sa.Double()),
        sa.Column("per_minute", sa.Integer()),
        sa.Column("at_once", sa.Integer()),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="api_keys_account_id_fk"),
        sa.PrimaryKeyConstraint("id", name="api_keys_pk"),
        sa.UniqueConstraint("digest", name="api_keys_digest_once"),
    )
    op.create_index("api_keys_by_account_id", "api_keys", ["account_id"])
    op.create_table(
        "ledger",
        sa.Column("id", COUNTED, autoincrement=True, nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Text()),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("micros", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="ledger_account_id_fk"),
        sa.PrimaryKeyConstraint("id", name="ledger_pk"),
        sa.UniqueConstraint("job_id", "kind", name="ledger_job_id_kind_once"),
    )
    op.create_index("ledger_by_account_id_id", "ledger", ["account_id", "id"])
    op.create_table(
        "uploads",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("blob", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("file_size", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="uploads_account_id_fk"),
        sa.PrimaryKeyConstraint("id", name="uploads_pk"),
        sa.UniqueConstraint("blob", name="uploads_blob_once"),
    )
    op.create_index("uploads_by_expires_at", "uploads", ["expires_at"])
    op.create_table(
        "webhooks",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("events", READABLE, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="webhooks_account_id_fk"),
        sa.PrimaryKeyConstraint("id", name="webhooks_pk"),
    )
    op.create_index("webhooks_by_account_id_created_at", "webhooks", ["account_id", "created_at"])
    op.create_table(
        "buckets",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("tokens", sa.Double(), nullable=False),
        sa.Column("filled_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["api_keys.id"], name="buckets_key_id_fk"),
        sa.PrimaryKeyConstraint("key_id", name="buckets_pk"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("webhook_id", sa.Text()),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("body", READABLE, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_at", sa.Double(), nullable=False),
        sa.Column("last_status", sa.Integer()),
        sa.Column("last_error", sa.Text()),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("delivered_at", sa.Double()),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="deliveries_account_id_fk"),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhooks.id"], name="deliveries_webhook_id_fk"),
        sa.PrimaryKeyConstraint("id", name="deliveries_pk"),
    )
    op.create_index("deliveries_by_created_at", "deliveries", ["created_at"])
    op.create_index("deliveries_by_state_next_at", "deliveries", ["state", "next_at"])
    op.create_index(
        "deliveries_by_webhook_id_created_at", "deliveries", ["webhook_id", "created_at"]
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text()),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("request", READABLE, nullable=False),
        sa.Column("inputs", READABLE, nullable=False),
        sa.Column("options", READABLE, nullable=False),
        sa.Column("output", READABLE),
        sa.Column("error", sa.Text()),
        sa.Column("error_code", sa.Text()),
        sa.Column("cost_micros", sa.BigInteger(), nullable=False),
        sa.Column("seed", sa.BigInteger()),
        sa.Column("priority", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("generation", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("attempt", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("losses", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("worker", sa.Text()),
        sa.Column("lease_until", sa.Double()),
        sa.Column("idempotency_key", sa.Text()),
        sa.Column("body_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("started_at", sa.Double()),
        sa.Column("finished_at", sa.Double()),
        sa.Column("expires_at", sa.Double()),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="jobs_account_id_fk"),
        sa.ForeignKeyConstraint(["key_id"], ["api_keys.id"], name="jobs_key_id_fk"),
        sa.PrimaryKeyConstraint("id", name="jobs_pk"),
        sa.UniqueConstraint(
            "account_id", "idempotency_key", name="jobs_account_id_idempotency_key_once"
        ),
    )
    op.create_index("jobs_by_account_id_created_at", "jobs", ["account_id", "created_at"])
    op.create_index("jobs_by_expires_at", "jobs", ["expires_at"])
    op.create_index("jobs_by_slug_finished_at", "jobs", ["slug", "finished_at"])
    op.create_index(
        "jobs_by_state_priority_created_at", "jobs", ["state", "priority", "created_at"]
    )
