"""Brings a database up to the newest schema."""

from importlib.resources import files
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

from tilewright.contract import DatabaseUnusable
from tilewright.database.lock import MIGRATING, lock
from tilewright.database.tables import SCHEMA

if TYPE_CHECKING:
    from alembic.config import Config


def migrate(engine: Engine) -> None:
    """Make `engine`'s schema the newest; raise `DatabaseUnusable` if a newer program made it.

    All in one transaction: who comes second waits and finds it done; who dies leaves nothing.
    """
    with engine.begin() as tx:
        lock(tx, MIGRATING)
        if _version(tx) != SCHEMA:
            _upgrade(tx)


def _version(tx: Connection) -> str | None:
    if not inspect(tx).has_table("alembic_version"):
        return None
    version: str | None = tx.scalar(text("SELECT version_num FROM alembic_version"))
    return version


def _upgrade(tx: Connection) -> None:
    # Alembic costs 0.2 s to load: only a database that is not up to date pays for it.
    from alembic import command
    from alembic.util import CommandError

    config = alembic_config()
    config.attributes["connection"] = tx
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise DatabaseUnusable(
            f"the database was made by another version of Tilewright ({error}); "
            "install that version, or a newer one"
        ) from error


def alembic_config() -> "Config":
    """Where the migrations lie, for Alembic."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("path_separator", "os")
    where = str(files("tilewright.database") / "migrations")
    config.set_main_option("script_location", where.replace("%", "%%"))
    return config
