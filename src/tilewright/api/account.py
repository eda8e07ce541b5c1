"""Who a key belongs to, what is left of its credits, and which models there are."""

from typing import Any

from fastapi import APIRouter

from tilewright.accounts import DAY, account_name, balance, statement, usage, webhook_secret
from tilewright.api.callers import TheCaller, TheDoor
from tilewright.api.shapes import entry_shown, fault_answers
from tilewright.api.slugs import MODELS

router = APIRouter(tags=["account"])

SPANS = (1, 7, 30)
"""Days that an account's usage is told of."""

LAST = 20
"""Changes of the balance that are told."""

FAULTS = fault_answers(401, 403)


@router.get("/v1/get-user-credits", responses=FAULTS)
def credits(door: TheDoor, caller: TheCaller) -> dict[str, float]:
    """What the account can still spend, in dollars."""
    with door.reading() as (tx, _):
        return {"credits": float(balance(tx, caller.account_id))}


@router.get("/api/auth/authenticate", responses=FAULTS)
def authenticate(door: TheDoor, caller: TheCaller) -> dict[str, Any]:
    """The account that the key belongs to, and what signs messages to its requests' webhook_url."""
    with door.reading() as (tx, _):
        left = float(balance(tx, caller.account_id))
        name = account_name(tx, caller.account_id)
        secret = webhook_secret(tx, caller.account_id)
    return {
        "user_id": caller.account_id,
        "username": name,
        "email": None,
        "credits": {"balance": left},
        "admin": caller.admin,
        "webhook_secret": secret,
    }


@router.get("/api/account/usage", responses=FAULTS)
def used(door: TheDoor, caller: TheCaller) -> dict[str, Any]:
    """Tiles and dollars of the last day, week and month, and the last changes of the balance."""
    with door.reading() as (tx, now):
        left = balance(tx, caller.account_id)
        spans = {days: usage(tx, caller.account_id, now - days * DAY) for days in SPANS}
        entries = statement(tx, caller.account_id, LAST)
    return {
        "dollars": str(left),
        "used": [
            {"days": days, "tiles": one.tiles, "dollars": str(one.dollars)}
            for days, one in spans.items()
        ],
        "entries": [entry_shown(entry) for entry in entries],
    }


@router.get("/inference-model-information/list", responses=FAULTS)
def models(door: TheDoor, caller: TheCaller) -> dict[str, Any]:
    """Every model of this service, with the engines that make it here, the preferred one first."""
    engines = [state.name for state in door.rules.engines]
    rows = [
        {
            "id": model.slug,
            "slug": model.slug,
            "name": model.name,
            "description": model.description,
            "version": "1",
            "engine": engines[0],
            "engines": engines,
            "price": float(door.rules.price_of(model, caller)),
        }
        for model in MODELS
    ]
    return {"models": rows, "total": len(rows), "page": 1}
