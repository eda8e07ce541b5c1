"""Brings a database up to the newest schema, or says how far behind it is."""

from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Connection, Engine, inspect, text

from tilewright.contract import DatabaseUnusable
from tilewright.database.lock import MIGRATING, lock
from tilewright.database.tables import SCHEMA

if TYPE_CHECKING:
    from alembic.config import Config


class Step(NamedTuple):
    """From the schema that was found, None where there was none, to the one that is wanted."""

    found: str | None
    wanted: str

    @property
    def done(self) -> bool:
        """Whether nothing is left to do."""
        return self.found == self.wanted

    @property
    def before(self) -> str:
        """What was found, in words."""
        return "no tables" if self.found is None else f"schema {self.found}"


def migrate(engine: Engine) -> Step:
    """Make `engine`'s schema the newest; raise `DatabaseUnusable` if a newer program made it.

    All in one transaction: who comes second waits and finds it done; who dies leaves nothing.
    """
    with engine.begin() as tx:
        lock(tx, MIGRATING)
        step = Step(_version(tx), SCHEMA)
        if not step.done:
            _upgrade(tx)
    return step


def standing(tx: Connection) -> Step:
    """What `migrate` would do; raises as it would."""
    step = Step(_version(tx), SCHEMA)
    if step.found is not None and not step.done:
        _check_known(step.found)
    return step


def _version(tx: Connection) -> str | None:
    if not inspect(tx).has_table("alembic_version"):
        return None
    version: str | None = tx.scalar(text("SELECT version_num FROM alembic_version"))
    return version


def _check_known(version: str) -> None:
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    try:
        ScriptDirectory.from_config(alembic_config()).get_revision(version)
    except CommandError as error:
        raise _of_another(error) from error


def _upgrade(tx: Connection) -> None:
    # Alembic costs 0.2 s to load: only a database that is not up to date pays for it.
    from alembic import command
    from alembic.util import CommandError

    config = alembic_config()
    config.attributes["connection"] = tx
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise _of_another(error) from error


def _of_another(error: Exception) -> DatabaseUnusable:
    return DatabaseUnusable(
        f"the database was made by another version of Tilewright ({error}); "
        "install that version, or a newer one"
    )


def alembic_config() -> "Config":
    """Where the migrations lie, for Alembic."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("path_separator", "os")
    where = str(files("tilewright.database") / "migrations")
    config.set_main_option("script_location", where.replace("%", "%%"))
    return config
