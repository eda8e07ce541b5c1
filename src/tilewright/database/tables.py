"""Every table, column and index.

Columns named `*_at` and `*_until` are UNIX seconds, `*_micros` are millionths of a dollar, JSON
columns are text that a person can read in a database shell.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    literal_column,
    text,
)

SCHEMA = "0005"
"""The newest migration. A database that says so is not looked at any closer."""

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "uq": "%(table_name)s_%(column_0_N_name)s_once",
        "fk": "%(table_name)s_%(column_0_name)s_fk",
        "ix": "%(table_name)s_by_%(column_0_N_name)s",
    }
)

counted = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only where the column is called INTEGER."""

readable = JSON(none_as_null=True)


def _belongs_to_an_account() -> Column[str]:
    return Column("account_id", Text, ForeignKey("accounts.id"), nullable=False)


accounts = Table(
    "accounts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("balance_micros", BigInteger, nullable=False),
    Column("webhook_secret", Text, nullable=False),
    Column("disabled", Boolean, nullable=False, server_default=false()),
    Column("created_at", Double, nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Text, primary_key=True),
    _belongs_to_an_account(),
    Column("name", Text, nullable=False),
    Column("digest", Text, nullable=False, unique=True),
    Column("start", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double),
    Column("revoked_at", Double),
    Column("last_used_at", Double),
    Column("per_minute", Integer),
    Column("at_once", Integer),
    Column("priority", Boolean, nullable=False, server_default=false()),
    Column("admin", Boolean, nullable=False, server_default=false()),
    Index(None, "account_id"),
)

# Jobs go after their time; what they cost stays. So `job_id` here is no foreign key.
ledger = Table(
    "ledger",
    metadata,
    Column("id", counted, primary_key=True, autoincrement=True),
    _belongs_to_an_account(),
    Column("job_id", Text),
    Column("kind", Text, nullable=False),
    Column("micros", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
    Column("at", Double, nullable=False),
    UniqueConstraint("job_id", "kind"),
    Index(None, "account_id", "id"),
)

buckets = Table(
    "buckets",
    metadata,
    Column("key_id", Text, ForeignKey("api_keys.id"), primary_key=True),
    Column("tokens", Double, nullable=False),
    Column("filled_at", Double, nullable=False),
)

IS_WAITING = literal_column("state") == literal_column("'QUEUED'")
IS_RUNNING = literal_column("state") == literal_column("'PROCESSING'")
IS_ACTIVE = literal_column("state").in_(
    [literal_column("'QUEUED'"), literal_column("'PROCESSING'")]
)
"""Of jobs, as their indexes say it: a query in the same words finds these few among all that are
kept. The words stand in it as they are, since no database looks for an index by what is bound."""


def _index_of(rows: ColumnElement[bool], name: str, *columns: str) -> Index:
    """An index of those rows alone."""
    return Index(name, *columns, sqlite_where=rows, postgresql_where=rows)


jobs = Table(
    "jobs",
    metadata,
    Column("id", Text, primary_key=True),
    _belongs_to_an_account(),
    Column("key_id", Text, ForeignKey("api_keys.id")),
    Column("slug", Text, nullable=False),
    Column("engine", Text, nullable=False, server_default=text("'synthesis'")),
    Column("state", Text, nullable=False),
    Column("request", readable, nullable=False),
    Column("inputs", readable, nullable=False),
    Column("options", readable, nullable=False),
    Column("output", readable),
    Column("error", Text),
    Column("error_code", Text),
    Column("cost_micros", BigInteger, nullable=False),
    Column("seed", BigInteger),
    Column("priority", Integer, nullable=False, server_default=text("0")),  # smaller is sooner
    Column("turn", BigInteger, nullable=False, server_default=text("0")),  # of one priority
    Column("generation", Integer, nullable=False, server_default=text("0")),
    Column("attempt", Integer, nullable=False, server_default=text("0")),
    Column("losses", Integer, nullable=False, server_default=text("0")),
    Column("worker", Text),
    Column("lease_until", Double),
    Column("idempotency_key", Text),
    Column("body_hash", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("started_at", Double),
    Column("finished_at", Double),
    Column("expires_at", Double),
    Column("texels", BigInteger, nullable=False, server_default=text("1048576")),
    UniqueConstraint("account_id", "idempotency_key"),
    Index(None, "account_id", "created_at"),
    Index(None, "slug", "engine", "finished_at"),
    Index(None, "expires_at", "state"),  # so that the states are counted in it, too
    # Both with all of these: PostgreSQL, if it counted the rows while none waited, would take the
    # smaller one for a claim, and put all that wait in order.
    _index_of(IS_WAITING, "jobs_in_turn", "engine", "priority", "turn", "created_at", "id"),
    _index_of(IS_WAITING, "jobs_by_age", "created_at", "engine", "priority", "turn", "id"),
    _index_of(IS_RUNNING, "jobs_at_work", "engine"),  # no lease in it: renewals write no index
    _index_of(IS_ACTIVE, "jobs_of_key", "key_id", "engine", "priority", "turn"),
)

uploads = Table(
    "uploads",
    metadata,
    Column("id", Text, primary_key=True),
    _belongs_to_an_account(),
    Column("blob", Text, nullable=False, unique=True),
    Column("content_type", Text, nullable=False),
    Column("file_size", BigInteger, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Index(None, "expires_at"),
)

# Who still needs a blob: a job or an upload. One that nobody needs moves to `doomed_blobs` in the
# same transaction, and leaves that table only when the store no longer has it.
blob_owners = Table(
    "blob_owners",
    metadata,
    Column("blob", Text, primary_key=True),
    Column("owner_id", Text, primary_key=True),
    Index(None, "owner_id"),
)

doomed_blobs = Table(
    "doomed_blobs",
    metadata,
    Column("blob", Text, primary_key=True),
    Column("doomed_at", Double, nullable=False),
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", Text, primary_key=True),
    _belongs_to_an_account(),
    Column("url", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("events", readable, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("created_at", Double, nullable=False),
    Index(None, "account_id", "created_at"),
)

# A delivery may outlive its job, so it holds all that it needs.
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Text, primary_key=True),
    Column("job_id", Text, nullable=False),
    Column("webhook_id", Text, ForeignKey("webhooks.id")),
    _belongs_to_an_account(),
    Column("url", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("body", readable, nullable=False),
    Column("state", Text, nullable=False),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    Column("next_at", Double, nullable=False),
    Column("last_status", Integer),
    Column("last_error", Text),
    Column("created_at", Double, nullable=False),
    Column("delivered_at", Double),
    Index(None, "state", "next_at"),
    Index(None, "webhook_id", "created_at"),
    Index(None, "created_at"),
)
