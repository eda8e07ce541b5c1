"""Alembic runs this file: the steps go through the transaction that `migrate` hands over."""

from alembic import context

from tilewright.database.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # SQLite's too, now that transactions there are real
)
context.run_migrations()
