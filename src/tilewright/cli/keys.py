"""`tilewright keys`: who may ask the service for tiles."""

from shlex import quote
from typing import TYPE_CHECKING

import click

from tilewright.cli.ledger import database, moment, service_meant
from tilewright.cli.say import say_json
from tilewright.cli.table import say_table

if TYPE_CHECKING:
    from tilewright.accounts import Key

HEAD = (
    *("KEY", "STARTS WITH", "ACCOUNT", "NAME", "STATE"),
    *("EXPIRES (UTC)", "LAST USED (UTC)", "MAY ALSO"),
)


@click.group()
def keys() -> None:
    """API keys of the service: make, list and revoke them."""


@keys.command()
@click.argument("account")
@click.option("--name", default="key", show_default=True, help="What people call the key.")
@click.option("--days", type=float, help="Days until it expires; up to 36500.")
@click.option("--per-minute", type=int, metavar="NUMBER", help="Requests a minute.")
@click.option("--at-once", type=int, metavar="NUMBER", help="Jobs that wait or run at a time.")
@click.option("--priority", is_flag=True, help="Its requests may ask to go before all others.")
@click.option("--admin", is_flag=True, help="It may run the service: see it, make keys, pay.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
def create(
    account: str,
    name: str,
    days: float | None,
    per_minute: int | None,
    at_once: int | None,
    *,
    priority: bool,
    admin: bool,
    as_json: bool,
) -> None:
    """Make a key for ACCOUNT, which is made too if it is new.

    The secret is shown now and never again.
    """
    from tilewright.accounts import create_account, create_key, end_of_life

    with database() as (tx, now):
        account_id = create_account(tx, account, now)
        limits = (end_of_life(days, now), per_minute, at_once)
        rights = {"priority": priority, "admin": admin}
        key, secret = create_key(tx, account_id, name, now, *limits, **rights)
    if as_json:
        say_json({"key": secret, **key._asdict()})
        return
    click.echo(secret)
    click.echo(f"This is shown once. Key {key.id} of account {account}.", err=True)
    click.echo(f"It is for the service {service_meant()}.", err=True)
    click.echo(f"It needs credits: tilewright credits add {quote(account)} 10", err=True)


@keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a line of JSON for each.")
def list_them(as_json: bool) -> None:
    """List every key, the revoked ones too; secrets are known to nobody."""
    from tilewright.accounts import account_name, list_keys

    with database() as (tx, now):
        found = [(key, account_name(tx, key.account_id)) for key in list_keys(tx)]
    if as_json:
        for key, account in found:
            say_json({"account": account, **key._asdict()})
    elif found:
        say_table(HEAD, [_row(key, account, now) for key, account in found])
    else:
        click.echo("There is no key yet; to make one: tilewright keys create ACCOUNT", err=True)


@keys.command()
@click.argument("key_id")
def revoke(key_id: str) -> None:
    """Make a key useless from now on.

    KEY_ID is what `keys list` shows first, or the key itself, or its start, tw_..., if no other
    key in use has the same.
    """
    from tilewright.accounts import PREFIX, SHOWN, list_keys
    from tilewright.accounts import revoke as revoke_key
    from tilewright.contract import NotFound

    with database() as (tx, now):
        used = [key for key in list_keys(tx) if key.revoked_at is None]
        meant = [key.id for key in used if key_id == key.id or key_id.startswith(key.start)]
        if len(meant) != 1:
            lack = f"{len(meant)} keys in use begin like" if meant else "no key in use is"
            shown = f"{key_id[:SHOWN]}..." if key_id.startswith(PREFIX) else key_id
            raise NotFound(f"{lack} {shown}; `tilewright keys list` shows the ids of them all")
        revoke_key(tx, meant[0], now)
    click.echo(f"{meant[0]} is revoked")


def _row(key: "Key", account: str, now: float) -> tuple[str, ...]:
    expired = key.expires_at is not None and key.expires_at <= now
    state = "revoked" if key.revoked_at else "expired" if expired else "in use"
    rights = {"admin": key.admin, "priority": key.priority}
    may = ", ".join(name for name, given in rights.items() if given)
    times = moment(key.expires_at), moment(key.last_used_at)
    return key.id, f"{key.start}...", account, key.name, state, *times, may
