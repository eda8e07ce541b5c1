"""A database is made, brought up to date or refused when it is opened."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, insert, inspect, select, text
from sqlalchemy.exc import IntegrityError

from tests.database.postgres import Cluster, running_cluster
from tests.trust import Trust
from tilewright.accounts import create_account, create_key
from tilewright.contract import DatabaseUnusable
from tilewright.database import SCHEMA, metadata, open_database, reading, writing
from tilewright.database.connect import MOST_CONNECTIONS
from tilewright.database.migrate import alembic_config
from tilewright.database.tables import accounts, webhooks


def test_the_migrations_lead_to_the_tables(database: Engine) -> None:
    with reading(database) as tx:
        context = MigrationContext.configure(
            tx, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, metadata) == []


def test_the_newest_migration_is_the_one_that_is_looked_for() -> None:
    assert ScriptDirectory.from_config(alembic_config()).get_current_head() == SCHEMA


def test_what_is_kept_is_there_when_it_is_opened_again(address: str) -> None:
    first = open_database(address)
    with writing(first) as tx:
        account = create_account(tx, "ann", now=1.0)
    first.dispose()

    second = open_database(address)
    with reading(second) as tx:
        assert tx.scalars(select(accounts.c.id)).all() == [account]
    second.dispose()


def test_many_may_open_it_at_once(address: str) -> None:
    together = Barrier(6)

    def open_and_write(number: int) -> None:
        together.wait()
        engine = open_database(address)
        with writing(engine) as tx:
            create_account(tx, f"account {number}", now=1.0)
        engine.dispose()

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(open_and_write, range(6)))

    engine = open_database(address)
    with reading(engine) as tx:
        assert len(tx.execute(select(accounts)).all()) == 6
    engine.dispose()


def test_a_database_of_a_newer_version_is_refused(address: str) -> None:
    engine = open_database(address)
    with writing(engine) as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()

    with pytest.raises(DatabaseUnusable, match="another version of Tilewright"):
        open_database(address)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://ann@host/db", "jobs"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(DatabaseUnusable, match="sqlite:///FILE or postgresql://"):
        open_database(url)


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "photo.db"
    file.write_bytes(b"\x89PNG" * 500)

    with pytest.raises(DatabaseUnusable, match="cannot be opened: file is not a database"):
        open_database(f"sqlite:///{file}")

    assert file.read_bytes() == b"\x89PNG" * 500


def test_a_database_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path}/no/such.db", f"postgresql://ann@/jobs?host={tmp_path}"):
        with pytest.raises(DatabaseUnusable, match="the database cannot be opened: "):
            open_database(url)


def test_a_migration_that_dies_half_way_leaves_nothing(address: str) -> None:
    def die(*asked: object) -> None:
        if "jobs_by_expires_at" in str(asked[2]):
            raise ZeroDivisionError

    event.listen(Engine, "before_cursor_execute", die)
    try:
        with pytest.raises(ZeroDivisionError):
            open_database(address)
    finally:
        event.remove(Engine, "before_cursor_execute", die)

    engine = create_engine(address.replace("postgresql:", "postgresql+psycopg:"))
    assert inspect(engine).get_table_names() == []
    engine.dispose()


def test_a_transaction_that_raises_is_taken_back(database: Engine) -> None:
    def half(tx: Connection) -> None:
        create_account(tx, "ann", now=1.0)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), writing(database) as tx:
        half(tx)

    with reading(database) as tx:
        assert tx.execute(select(accounts)).all() == []


def test_rows_belong_to_rows(database: Engine) -> None:
    with pytest.raises(IntegrityError), writing(database) as tx:
        create_key(tx, "nobody", "laptop", now=1.0)


def test_who_looks_before_writing_is_not_overtaken_by_another_process(address: str) -> None:
    """Two engines share nothing, like two processes."""
    doors = [open_database(address) for _ in range(2)]
    together = Barrier(2, timeout=20)

    def work(number: int) -> None:
        for turn in range(20):
            together.wait()
            with writing(doors[number]) as tx:
                assert len(tx.execute(select(accounts)).all()) >= turn
                create_account(tx, f"{number}.{turn}", now=1.0)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(work, range(2)))

    with reading(doors[0]) as tx:
        assert len(tx.execute(select(accounts)).all()) == 40
    for door in doors:
        door.dispose()


def test_readers_wait_for_no_writer(database: Engine) -> None:
    with writing(database) as busy:
        create_account(busy, "ann", now=1.0)
        with reading(database) as tx:
            assert tx.execute(select(accounts)).all() == []


def test_every_thread_of_the_server_gets_a_connection(database: Engine) -> None:
    together = Barrier(MOST_CONNECTIONS)

    def look(_: int) -> None:
        with reading(database) as tx:
            tx.execute(select(accounts)).all()
            together.wait()

    with ThreadPoolExecutor(MOST_CONNECTIONS) as threads:
        list(threads.map(look, range(MOST_CONNECTIONS)))


def raw_json(tx: Connection) -> str:
    found: str = tx.execute(text("SELECT CAST(events AS TEXT) FROM webhooks")).scalar_one()
    return found


@pytest.mark.parametrize(
    "word", ["Kopfsteinpflaster für München 🧱", "half a pair \ud83e", "nul \0"]
)
def test_json_is_readable_and_takes_any_text(database: Engine, word: str) -> None:
    with writing(database) as tx:
        account = create_account(tx, "ann", now=1.0)
        row = {"id": "w", "account_id": account, "url": "u", "secret": "s", "events": [word]}
        tx.execute(insert(webhooks), {**row, "active": True, "created_at": 1.0})
        stored = raw_json(tx)
        kept = tx.scalars(select(webhooks.c.events)).one()

    assert kept == json.loads(stored) == [word]
    assert "München" in stored or "München" not in word


def patience(address: str) -> dict[str, str]:
    """What libpq was told of a connection, when the server ends an idle transaction, and for how
    long it waits for a lock.
    """
    engine = open_database(address)
    try:
        with reading(engine) as tx:
            driver = tx.connection.driver_connection
            assert driver is not None
            told: dict[str, str] = driver.info.get_parameters()
            idle = tx.scalar(text("SELECT current_setting('idle_in_transaction_session_timeout')"))
            locks = tx.scalar(text("SELECT current_setting('lock_timeout')"))
            return told | {"idle": str(idle), "locks": str(locks)}
    finally:
        engine.dispose()


def test_a_server_that_falls_silent_is_given_up_and_gives_us_up(cluster: Cluster) -> None:
    told = patience(cluster.new_database())

    assert (told["idle"], told["locks"]) == ("30s", "10s")
    assert (told["connect_timeout"], told["tcp_user_timeout"]) == ("5", "15000")


def test_a_server_is_reached_encrypted_and_must_show_who_it_is(
    trust: Trust, tmp_path: Path
) -> None:
    (elsewhere := tmp_path / "elsewhere").mkdir()
    other = Trust(elsewhere)
    with running_cluster("127.0.0.1", certificate=trust.certificate) as server:
        address = f"{server.new_database()}?sslmode=verify-full&sslrootcert="

        assert patience(f"{address}{trust.authority}")["sslmode"] == "verify-full"
        with pytest.raises(DatabaseUnusable, match="certificate verify failed"):
            open_database(f"{address}{other.authority}")


def test_the_address_may_ask_for_more_patience(cluster: Cluster) -> None:
    told = patience(cluster.new_database() + "&connect_timeout=9")

    assert (told["connect_timeout"], told["tcp_user_timeout"]) == ("9", "15000")


def test_connections_that_a_restart_broke_are_not_used() -> None:
    with running_cluster() as server:
        database = open_database(server.new_database())
        with reading(database), reading(database):
            pass  # two connections wait for whoever comes

        server.restart()

        for open_transaction in (writing, reading, writing):
            with open_transaction(database) as tx:
                assert tx.scalar(text("SELECT 1")) == 1
        database.dispose()


def test_only_who_writes_is_in_a_transaction(cluster: Cluster) -> None:
    database = open_database(cluster.new_database())

    for open_transaction, status in ((reading, "IDLE"), (writing, "INTRANS"), (reading, "IDLE")):
        with open_transaction(database) as tx:
            tx.scalar(text("SELECT 1"))
            driver = tx.connection.driver_connection
            assert driver is not None
            assert driver.info.transaction_status.name == status
    database.dispose()


@pytest.mark.parametrize("password", ["q9@q9:q9/q9", "q9@q9"])
def test_a_password_that_breaks_its_address_is_refused_and_not_told(password: str) -> None:
    with pytest.raises(DatabaseUnusable, match="in a password @ is %40") as refused:
        open_database(f"postgresql://tiles:{password}@127.0.0.1:1/tiles")
    assert "q9" not in str(refused.value)
