"""For those who run the service: whose keys there are, and what their accounts can spend."""

from decimal import Decimal
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from tilewright.accounts import (
    LONGEST_LIFE,
    Key,
    balance,
    create_account,
    create_key,
    end_of_life,
    find_account,
    grant,
    list_accounts,
    list_keys,
    revoke,
    statement,
)
from tilewright.api.admin import FAULTS, TheOperator
from tilewright.api.body import read_as, takes
from tilewright.api.callers import TheDoor
from tilewright.api.door import Door
from tilewright.api.shapes import IDEMPOTENCY_KEY, entry_shown, fault_answers, moment
from tilewright.api.submit import idempotency_key
from tilewright.contract import FieldFault, Forbidden, InvalidRequest, NotFound

router = APIRouter(prefix="/admin", tags=["admin"])

LAST = 50
"""Lines of a ledger that are shown."""

Name = Annotated[
    str, StringConstraints(strict=True, strip_whitespace=True, min_length=1, max_length=200)
]
Limit = Annotated[int, Field(ge=1, le=1_000_000, strict=True)]

UNSEEN = {"Cache-Control": "no-store"}


class NewKey(BaseModel):
    """A key that somebody shall have."""

    model_config = ConfigDict(extra="forbid")

    account: Name = Field(description="Whose it is; made if it is new.")
    name: Name = Field("key", description="What people call the key.")
    days: float | None = Field(None, gt=0, le=LONGEST_LIFE, description="Until it expires.")
    per_minute: Limit | None = Field(None, description="Requests a minute.")
    at_once: Limit | None = Field(None, description="Jobs that wait or run at a time.")
    priority: bool = Field(
        False, strict=True, description="Whether its requests may ask to go before all others."
    )
    admin: bool = Field(False, strict=True, description="Whether it may run the service.")


class NewCredits(BaseModel):
    """What somebody has paid, or was given too much."""

    model_config = ConfigDict(extra="forbid")

    account: Name = Field(description="Whose they are; made if it is new.")
    dollars: Decimal = Field(
        description="A number, or text with up to 6 decimal places; less than 0 takes back what "
        "was given too much and is not spent."
    )
    note: Annotated[str, StringConstraints(max_length=500)] = Field(
        "by the operator", description="Kept in the ledger."
    )


@router.get("/keys", responses=FAULTS)
def get_keys(door: TheDoor, operator: TheOperator) -> dict[str, Any]:
    """Every key, the revoked ones too; secrets are known to nobody."""
    with door.reading() as (tx, _):
        names = {one.id: one.name for one in list_accounts(tx)}
        found = list_keys(tx)
    return {"keys": [_shown(key, names[key.account_id]) for key in found]}


@router.post(
    "/keys", responses=fault_answers(400, 401, 403, 406, 408, 413), openapi_extra=takes(NewKey)
)
async def make_key(request: Request, door: TheDoor, operator: TheOperator) -> JSONResponse:
    """Make a key; `key` is its secret, which is shown now and never again."""
    asked = await read_as(request, NewKey)

    def make() -> tuple[Key, str]:
        with door.writing() as (tx, now):
            account_id = create_account(tx, asked.account, now)
            limits = (end_of_life(asked.days, now), asked.per_minute, asked.at_once)
            rights = {"priority": asked.priority, "admin": asked.admin}
            return create_key(tx, account_id, asked.name, now, *limits, **rights)

    key, secret = await to_thread.run_sync(make)
    return JSONResponse({"key": secret, **_shown(key, asked.account)}, headers=UNSEEN)


@router.delete("/keys/{key_id}", responses=fault_answers(401, 403, 404))
def revoke_key(key_id: str, door: TheDoor, operator: TheOperator) -> dict[str, str]:
    """Make a key useless from now on. The one that asks cannot revoke itself."""
    if key_id == operator.key_id:
        raise Forbidden(
            "a key cannot revoke itself; use another admin key, or tilewright keys revoke"
        )
    with door.writing() as (tx, now):
        if not revoke(tx, key_id, now):
            raise NotFound(f"no key {key_id[:80]} is in use")
    return {"id": key_id, "message": "Key revoked"}


@router.get("/accounts", responses=FAULTS)
def get_accounts(door: TheDoor, operator: TheOperator) -> dict[str, Any]:
    """Every account, and what it can still spend, in dollars."""
    with door.reading() as (tx, _):
        found = list_accounts(tx)
    return {
        "accounts": [
            {
                "id": one.id,
                "name": one.name,
                "dollars": str(one.dollars),
                "created_at": moment(one.created_at),
            }
            for one in found
        ]
    }


@router.get("/credits", responses=fault_answers(400, 401, 403, 404))
def get_credits(
    door: TheDoor,
    operator: TheOperator,
    account: Annotated[str, Query(description="Its name.", max_length=200)],
) -> dict[str, Any]:
    """What an account can still spend, and the last lines of its ledger."""
    return _credits(door, account)


@router.post(
    "/credits",
    responses=fault_answers(400, 401, 403, 406, 408, 409, 413),
    openapi_extra={**takes(NewCredits), "parameters": [IDEMPOTENCY_KEY]},
)
async def add_credits(request: Request, door: TheDoor, operator: TheOperator) -> dict[str, Any]:
    """Give an account credits to spend, or take some back; the answer is what `GET` says after.

    With an `Idempotency-Key` the same may be sent again: it is done once.
    """
    once = idempotency_key(request)
    asked = await read_as(request, NewCredits)
    if not asked.dollars.is_finite():
        raise InvalidRequest([FieldFault("dollars", "must be a number")])

    def give() -> dict[str, Any]:
        with door.writing() as (tx, now):
            account_id = create_account(tx, asked.account, now)
            grant(tx, account_id, asked.dollars, asked.note, now, once)
        return _credits(door, asked.account)

    return await to_thread.run_sync(give)


def _credits(door: Door, account: str) -> dict[str, Any]:
    with door.reading() as (tx, _):
        account_id = find_account(tx, account)
        left, entries = balance(tx, account_id), statement(tx, account_id, LAST)
    return {
        "account": account,
        "dollars": str(left),
        "entries": [entry_shown(entry) for entry in entries],
    }


def _shown(key: Key, account: str) -> dict[str, Any]:
    """All but the secret, of which nobody knows more than how it starts."""
    times = ("created_at", "expires_at", "revoked_at", "last_used_at")
    at = {name: getattr(key, name) for name in times}
    return {
        **key._asdict(),
        **{name: None if when is None else moment(when) for name, when in at.items()},
        "account": account,
    }
