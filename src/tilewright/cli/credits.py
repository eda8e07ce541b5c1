"""`tilewright credits`: what accounts can spend, and on what it went."""

from decimal import Decimal, InvalidOperation
from shlex import quote

import click

from tilewright.cli.ledger import database, hinting, moment, service_meant
from tilewright.cli.say import say_json
from tilewright.cli.table import say_table

LAST = 50
"""Lines of the ledger that are shown."""

LEDGER = ("WHEN (UTC)", "WHAT", "   DOLLARS", "JOB OR NOTE")

ACCOUNTS = ("ACCOUNT", "   DOLLARS", "SINCE (UTC)")

ALL = "`tilewright credits list` shows all there are"


class Dollars(click.ParamType[Decimal]):
    """An exact amount above nothing, never a binary fraction."""

    name = "dollars"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Decimal:
        """`10` or `0.25`."""
        try:
            amount = Decimal(str(value))
        except InvalidOperation:
            self.fail(f"{value!r} is not an amount of dollars", param, ctx)
        if not amount.is_finite():
            self.fail(f"{value!r} is not an amount of dollars", param, ctx)
        if amount <= 0:
            self.fail(f"must be more than 0, not {amount}", param, ctx)
        return amount


@click.group()
def credits() -> None:
    """Credits of the service's accounts, in dollars."""


@credits.command()
@click.argument("account")
@click.argument("dollars", type=Dollars())
@click.option("--note", default="by the operator", show_default=True, help="Kept in the ledger.")
def add(account: str, dollars: Decimal, note: str) -> None:
    """Give ACCOUNT credits to spend; the account is made if it is new."""
    from tilewright.accounts import balance, create_account, grant, list_accounts

    with database() as (tx, now):
        known = {one.name for one in list_accounts(tx)}
        account_id = create_account(tx, account, now)
        grant(tx, account_id, dollars, note, now)
        left = balance(tx, account_id)
    click.echo(f"{account} has {left} dollars")
    if account not in known:
        click.echo(f"It is new, of the service {service_meant()}.", err=True)
        click.echo(f"To make its key: tilewright keys create {quote(account)}", err=True)


@credits.command()
@click.argument("account")
@click.argument("dollars", type=Dollars())
@click.option("--note", default="by the operator", show_default=True, help="Kept in the ledger.")
def take(account: str, dollars: Decimal, note: str) -> None:
    """Take credits back that ACCOUNT was given too much; never what it has spent."""
    from tilewright.accounts import balance, find_account, grant

    with database() as (tx, now), hinting(ALL):
        account_id = find_account(tx, account)
        grant(tx, account_id, -dollars, note, now)
        left = balance(tx, account_id)
    click.echo(f"{account} has {left} dollars")


@credits.command()
@click.argument("account")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
def show(account: str, as_json: bool) -> None:
    """What ACCOUNT has, and the last lines of its ledger."""
    from tilewright.accounts import balance, find_account, statement

    with database() as (tx, _), hinting(ALL):
        account_id = find_account(tx, account)
        left, entries = balance(tx, account_id), statement(tx, account_id, LAST)
    if as_json:
        lines = [{**entry._asdict(), "dollars": str(entry.dollars)} for entry in entries]
        say_json({"account": account, "dollars": str(left), "entries": lines})
        return
    click.echo(f"{account} has {left} dollars")
    rows = [
        (moment(entry.at), entry.kind, f"{entry.dollars:>10}", entry.job_id or entry.note)
        for entry in entries
    ]
    if rows:
        say_table(LEDGER, rows)


@credits.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a line of JSON for each.")
def list_them(as_json: bool) -> None:
    """Every account, and what it has."""
    from tilewright.accounts import list_accounts

    with database() as (tx, _):
        found = list_accounts(tx)
    if as_json:
        for one in found:
            say_json({**one._asdict(), "dollars": str(one.dollars)})
    elif found:
        rows = [(one.name, f"{one.dollars:>10}", moment(one.created_at)) for one in found]
        say_table(ACCOUNTS, rows)
    else:
        click.echo(
            "There is no account yet; a key makes one: tilewright keys create ACCOUNT", err=True
        )
