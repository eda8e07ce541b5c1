"""Accounts and their API keys. A key's secret is shown once; the database knows its digest only."""

import base64
import hashlib
import secrets
from decimal import Decimal
from typing import NamedTuple
from uuid import uuid4

from sqlalchemy import Connection, bindparam, func, insert, select, update

from tilewright.accounts.money import to_dollars
from tilewright.contract import Forbidden, InvalidRequest, NotFound, Unauthorized
from tilewright.contract.errors import FieldFault
from tilewright.database.looks import seen
from tilewright.database.once import insert_once
from tilewright.database.tables import accounts, api_keys

PREFIX = "tw_"
"""So that people, and programs that look for leaked keys, see what it is."""

SECRET_BYTES = 32
"""Of chance. So many need no slow digest: nobody can guess them."""

SHOWN = 8
"""Characters of a secret by which people tell their keys apart."""

DAY = 86400.0
LONGEST_LIFE = 36500
"""Days until a key expires, at most. Dates end somewhere, and a lifetime will do."""

FRESH_SECONDS = 60.0
"""`last_used_at` may be so old: not each request costs a write."""


class Caller(NamedTuple):
    """Who asks, and how fast and how much at once they may; None is no limit.

    used_at: when the key was last noted as used. priority: whether its jobs may go before others.
    admin: whether it may run the service. credits: what the account could spend at that moment,
    where it was looked at along with the key.
    """

    account_id: str
    key_id: str | None = None
    per_minute: int | None = None
    at_once: int | None = None
    used_at: float | None = None
    priority: bool = False
    admin: bool = False
    credits: Decimal | None = None


class Key(NamedTuple):
    """What may be shown of an API key."""

    id: str
    account_id: str
    name: str
    start: str
    created_at: float
    expires_at: float | None
    revoked_at: float | None
    last_used_at: float | None
    per_minute: int | None
    at_once: int | None
    priority: bool
    admin: bool


_SHOWN_COLUMNS = [api_keys.c[name] for name in Key._fields]

_BY_DIGEST = (
    select(
        api_keys.c.id,
        api_keys.c.account_id,
        api_keys.c.expires_at,
        api_keys.c.revoked_at,
        api_keys.c.per_minute,
        api_keys.c.at_once,
        api_keys.c.last_used_at,
        api_keys.c.priority,
        api_keys.c.admin,
        accounts.c.disabled,
        accounts.c.balance_micros,
    )
    .join_from(api_keys, accounts, accounts.c.id == api_keys.c.account_id)
    .where(api_keys.c.digest == bindparam("digest"))
)

# Asked at once by several, who all saw it stale, it is noted once.
_TOUCH = (
    update(api_keys)
    .where(
        api_keys.c.id == bindparam("key"),
        func.coalesce(api_keys.c.last_used_at, 0.0) < bindparam("stale"),
    )
    .values(last_used_at=bindparam("at"))
)

_ANY_KEY = select(api_keys.c.id).limit(1)


def create_account(tx: Connection, name: str, now: float) -> str:
    """The id of the account of that name, which is made if there is none."""
    if not name.strip():
        raise InvalidRequest([FieldFault("account", "must not be empty")])
    insert_once(
        tx,
        accounts,
        id=str(uuid4()),
        name=name,
        balance_micros=0,
        webhook_secret=new_webhook_secret(),
        created_at=now,
    )
    return find_account(tx, name)


def find_account(tx: Connection, name: str) -> str:
    """The id of the account of that name; raise `NotFound` if there is none."""
    found: str | None = tx.scalar(select(accounts.c.id).where(accounts.c.name == name))
    if found is None:
        raise NotFound(f"account {name} not found")
    return found


def account_name(tx: Connection, account_id: str) -> str:
    """What people call the account."""
    name: str = tx.scalars(select(accounts.c.name).where(accounts.c.id == account_id)).one()
    return name


def create_key(
    tx: Connection,
    account_id: str,
    name: str,
    now: float,
    expires_at: float | None = None,
    per_minute: int | None = None,
    at_once: int | None = None,
    *,
    priority: bool = False,
    admin: bool = False,
) -> tuple[Key, str]:
    """A new key and its secret, which nobody can find out later. admin: it may run the service."""
    _check_limits(per_minute=per_minute, at_once=at_once)
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    key = Key(
        id=str(uuid4()),
        account_id=account_id,
        name=name,
        start=secret[:SHOWN],
        created_at=now,
        expires_at=expires_at,
        revoked_at=None,
        last_used_at=None,
        per_minute=per_minute,
        at_once=at_once,
        priority=priority,
        admin=admin,
    )
    tx.execute(insert(api_keys), {**key._asdict(), "digest": _digest(secret)})
    return key, secret


def end_of_life(days: float | None, now: float) -> float | None:
    """When a key that is good for so many days expires; None is never."""
    if days is None:
        return None
    if not 0 < days <= LONGEST_LIFE:
        fault = f"must be more than 0 and at most {LONGEST_LIFE}, not {days:g}"
        raise InvalidRequest([FieldFault("days", fault)])
    return now + days * DAY


def authenticate(tx: Connection, secret: str, now: float) -> Caller:
    """Whose key it is; raise `Unauthorized`, or `Forbidden` if the account is closed.

    Only reads. The look-up is by digest, so its time tells nothing about any secret.
    """
    row = seen(tx, _BY_DIGEST, digest=_digest(secret))
    if row is None:
        raise Unauthorized("this API key is not known; check that it was copied whole")
    if row.revoked_at is not None:
        raise Unauthorized("this API key was revoked; ask for a new one")
    if row.expires_at is not None and row.expires_at <= now:
        raise Unauthorized("this API key has expired; ask for a new one")
    if row.disabled:
        raise Forbidden("this account is disabled; ask the operator of this server")
    return Caller(
        row.account_id,
        row.id,
        row.per_minute,
        row.at_once,
        row.last_used_at,
        priority=row.priority,
        admin=row.admin,
        credits=to_dollars(row.balance_micros),
    )


def touch(tx: Connection, caller: Caller, now: float) -> None:
    """Note that the caller's key was used, once a minute or so."""
    if is_stale(caller, now):
        tx.execute(_TOUCH, {"key": caller.key_id, "at": now, "stale": now - FRESH_SECONDS})


def is_stale(caller: Caller, now: float) -> bool:
    """Whether the caller has a key whose use is to be noted again."""
    return caller.key_id is not None and (caller.used_at or 0.0) < now - FRESH_SECONDS


def revoke(tx: Connection, key_id: str, now: float) -> bool:
    """Make the key useless from now on; False if there is none, or it was revoked before."""
    done = tx.execute(
        update(api_keys)
        .where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    return done.rowcount == 1


def any_key(tx: Connection) -> bool:
    """Whether there ever was a key. Revoking the last one must not open the service again."""
    return tx.execute(_ANY_KEY).first() is not None


def list_keys(tx: Connection, account_id: str | None = None) -> list[Key]:
    """The keys of an account, or all there are, oldest first; the revoked ones too."""
    query = select(*_SHOWN_COLUMNS).order_by(api_keys.c.created_at, api_keys.c.id)
    if account_id is not None:
        query = query.where(api_keys.c.account_id == account_id)
    return [Key._make(row) for row in tx.execute(query)]


def webhook_secret(tx: Connection, account_id: str) -> str:
    """What webhooks that are named in a request are signed with."""
    secret: str = tx.scalars(
        select(accounts.c.webhook_secret).where(accounts.c.id == account_id)
    ).one()
    return secret


def new_webhook_secret() -> str:
    """A secret as Standard Webhooks writes it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _check_limits(**limits: int | None) -> None:
    faults = [
        FieldFault(name, f"must be at least 1, not {limit}")
        for name, limit in limits.items()
        if limit is not None and limit < 1
    ]
    if faults:
        raise InvalidRequest(faults)
