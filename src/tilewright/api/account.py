"""Who a key belongs to, what is left of its credits, and which models there are."""

from typing import Any

from fastapi import APIRouter

from tilewright.accounts import account_name, balance, webhook_secret
from tilewright.api.callers import TheCaller, TheDoor
from tilewright.api.shapes import fault_answers
from tilewright.api.slugs import MODELS

router = APIRouter(tags=["account"])

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
        "webhook_secret": secret,
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
