"""Every account, for those who run the service."""

from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import Connection, select

from tilewright.accounts.money import to_dollars
from tilewright.database.tables import accounts


class Account(NamedTuple):
    """Who has asked or paid, and what is left of it, in dollars."""

    id: str
    name: str
    dollars: Decimal
    created_at: float


_ALL = select(
    accounts.c.id, accounts.c.name, accounts.c.balance_micros, accounts.c.created_at
).order_by(accounts.c.name)


def list_accounts(tx: Connection) -> list[Account]:
    """All there are, by name."""
    return [
        Account(row.id, row.name, to_dollars(row.balance_micros), row.created_at)
        for row in tx.execute(_ALL)
    ]
