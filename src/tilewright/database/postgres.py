"""Asks PostgreSQL no more than need be: a message to it and back costs as much as a small query."""

from select import POLLIN, poll

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import PoolProxiedConnection

from tilewright.database.sqlite import EASY


class Tame(PGDialect_psycopg):
    """PostgreSQL whose transactions begin when they are said to begin, over connections that leave
    that to us: `autocommit`.
    """

    supports_statement_cache = True

    def do_begin(self, dbapi_connection: PoolProxiedConnection) -> None:
        """Begin, unless nothing is written or but one statement is: each statement sees what was
        committed before it anyway, in a transaction or not, and two messages are spared.
        """
        if not dbapi_connection.info.pop(EASY, False):
            _driver(dbapi_connection).execute("BEGIN")

    def do_commit(self, dbapi_connection: PoolProxiedConnection) -> None:
        """Commit what was begun."""
        if _begun(dbapi_connection):
            _driver(dbapi_connection).commit()

    def do_rollback(self, dbapi_connection: PoolProxiedConnection) -> None:
        """Take back what was begun."""
        if _begun(dbapi_connection):
            _driver(dbapi_connection).rollback()

    def do_ping(self, dbapi_connection: DBAPIConnection) -> bool:
        """Ask only a connection over which something came unasked: a server that ends says so, and
        the system does for one that was killed or is not heard any more.
        """
        assert isinstance(dbapi_connection, psycopg.Connection)
        looking = poll()
        looking.register(dbapi_connection.fileno(), POLLIN)
        return bool(super().do_ping(dbapi_connection)) if looking.poll(0) else True


def _begun(pooled: PoolProxiedConnection) -> bool:
    return _driver(pooled).pgconn.transaction_status != TransactionStatus.IDLE


def _driver(pooled: PoolProxiedConnection) -> psycopg.Connection:
    connection = pooled.driver_connection
    assert isinstance(connection, psycopg.Connection)
    return connection
