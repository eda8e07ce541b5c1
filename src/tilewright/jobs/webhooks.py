"""Addresses that an account wants to be told at, and of what."""

from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import Connection, insert, select, update

from tilewright.accounts.keys import new_webhook_secret
from tilewright.contract import FieldFault, InvalidRequest, NotFound
from tilewright.contract.faults import show
from tilewright.database.tables import deliveries, webhooks
from tilewright.jobs.notify import EVENTS, EVERY_EVENT, HOSTED_WORD

TAKEN = (
    f"must be {', '.join(EVENTS.values())}, {EVERY_EVENT} for both, or a word of the hosted "
    "service's in capitals, such as PIXELFLOW, which stands for both too"
)


class Webhook(NamedTuple):
    """One row of the table, column by column."""

    id: str
    account_id: str
    url: str
    secret: str
    events: list[str]
    active: bool
    created_at: float


def add_webhook(
    tx: Connection, account_id: str, url: str, events: list[str], now: float
) -> Webhook:
    """Tell this address of these events from now on. Whether it may be reached, the caller checks.

    The events are those of `jobs.notify`; raise `InvalidRequest` for any other.
    """
    webhook = Webhook(
        id=str(uuid4()),
        account_id=account_id,
        url=url,
        secret=new_webhook_secret(),
        events=_named(events),
        active=True,
        created_at=now,
    )
    tx.execute(insert(webhooks), webhook._asdict())
    return webhook


def update_webhook(
    tx: Connection, account_id: str, webhook_id: str, url: str, events: list[str]
) -> Webhook:
    """Change address and events, and make it active; raise `NotFound` if there is none.

    What was not taken at the old address is tried at the new one.
    """
    changed = _change(tx, account_id, webhook_id, url=url, events=_named(events), active=True)
    _change_waiting(tx, webhook_id, url=url)
    return changed


def deactivate_webhook(tx: Connection, account_id: str, webhook_id: str) -> Webhook:
    """Tell it of nothing more, nor try again; raise `NotFound` if there is none."""
    changed = _change(tx, account_id, webhook_id, active=False)
    _change_waiting(tx, webhook_id, state="GIVEN_UP", last_error="its webhook was made inactive")
    return changed


def list_webhooks(tx: Connection, account_id: str) -> list[Webhook]:
    """All of an account's, oldest first; the inactive ones too."""
    query = select(webhooks).where(webhooks.c.account_id == account_id)
    rows = tx.execute(query.order_by(webhooks.c.created_at, webhooks.c.id))
    return [Webhook._make(row) for row in rows]


def _change(tx: Connection, account_id: str, webhook_id: str, **values: Any) -> Webhook:
    row = tx.execute(
        update(webhooks)
        .where(webhooks.c.id == webhook_id, webhooks.c.account_id == account_id)
        .values(**values)
        .returning(*webhooks.c)
    ).one_or_none()
    if row is None:
        raise NotFound(f"webhook {webhook_id} not found")
    return Webhook._make(row)


def _change_waiting(tx: Connection, webhook_id: str, **values: Any) -> None:
    mine = deliveries.c.webhook_id == webhook_id, deliveries.c.state == "WAITING"
    tx.execute(update(deliveries).where(*mine).values(**values))


def _named(events: list[str]) -> list[str]:
    if not events:
        raise InvalidRequest([FieldFault("event.types", "must name at least one event")])
    for event in events:
        if event not in (*EVENTS.values(), EVERY_EVENT) and not HOSTED_WORD.fullmatch(event):
            raise InvalidRequest([FieldFault("event.types", f"{TAKEN}, not {show(event)}")])
    return list(dict.fromkeys(events))
