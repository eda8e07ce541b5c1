"""Addresses that an account wants to be told at, with the hosted service's routes."""

from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from tilewright.api.body import read_as, takes
from tilewright.api.callers import TheCaller, TheDoor
from tilewright.api.shapes import fault_answers, moment
from tilewright.api.submit import check_address
from tilewright.contract.request import WebhookUrl
from tilewright.jobs import (
    Delivery,
    Webhook,
    add_webhook,
    deactivate_webhook,
    delivery_log,
    job_log,
    list_webhooks,
    update_webhook,
)

router = APIRouter(prefix="/webhook", tags=["webhooks"])

EventName = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=100)]
Id = Annotated[str, Query(max_length=64)]


class Event(BaseModel):
    """What a webhook is told of: request.completed, request.failed, or the hosted words."""

    model_config = ConfigDict(extra="forbid")

    types: Annotated[list[EventName], Field(min_length=1, max_length=20)]


class NewWebhook(BaseModel):
    """An address and what it is told of."""

    model_config = ConfigDict(extra="forbid")

    webhook_url: WebhookUrl
    event: Event


class ChangedWebhook(NewWebhook):
    """The same for a webhook that is there."""

    webhook_id: Annotated[str, StringConstraints(strict=True, min_length=1, max_length=64)]


def _takes(model: type[BaseModel]) -> dict[str, Any]:
    described = takes(model)
    schema = described["requestBody"]["content"]["application/json"]["schema"]
    schema["properties"]["event"] = schema.pop("$defs")["Event"]
    return described


@router.get("/get", responses=fault_answers(401, 403))
def get_webhooks(door: TheDoor, caller: TheCaller) -> dict[str, Any]:
    """Every webhook of the account, the inactive ones too."""
    with door.reading() as (tx, _):
        return {"webhooks": [_shown(one) for one in list_webhooks(tx, caller.account_id)]}


@router.post(
    "/add", responses=fault_answers(400, 401, 403, 406, 408, 413), openapi_extra=_takes(NewWebhook)
)
async def add(request: Request, door: TheDoor, caller: TheCaller) -> dict[str, Any]:
    """Tell an address when jobs end; its secret, for checking signatures, is shown here only."""
    asked = await read_as(request, NewWebhook)
    check_address("webhook_url", asked.webhook_url, door)

    def keep() -> Webhook:
        with door.writing() as (tx, now):
            url, events = asked.webhook_url, asked.event.types
            return add_webhook(tx, caller.account_id, url, events, now)

    webhook = await to_thread.run_sync(keep)
    return {**_done(webhook, "Webhook added"), "secret": webhook.secret}


@router.post(
    "/update",
    responses=fault_answers(400, 401, 403, 404, 406, 408, 413),
    openapi_extra=_takes(ChangedWebhook),
)
async def update(request: Request, door: TheDoor, caller: TheCaller) -> dict[str, Any]:
    """Change the address and the events of a webhook, and make it active.

    What was not taken at the old address yet is tried at the new one.
    """
    asked = await read_as(request, ChangedWebhook)
    check_address("webhook_url", asked.webhook_url, door)

    def keep() -> Webhook:
        with door.writing() as (tx, _):
            url, events = asked.webhook_url, asked.event.types
            return update_webhook(tx, caller.account_id, asked.webhook_id, url, events)

    return _done(await to_thread.run_sync(keep), "Webhook updated")


@router.get("/inactive", responses=fault_answers(400, 401, 403, 404))
def deactivate(webhook_id: Id, door: TheDoor, caller: TheCaller) -> dict[str, Any]:
    """Tell this address of nothing more, nor try again what it has not taken."""
    with door.writing() as (tx, _):
        webhook = deactivate_webhook(tx, caller.account_id, webhook_id)
    return _done(webhook, "Webhook made inactive")


@router.get("/dispatch-logs", responses=fault_answers(400, 401, 403, 404))
def dispatch_logs(webhook_id: Id, door: TheDoor, caller: TheCaller) -> dict[str, Any]:
    """The last deliveries to a webhook, newest first: how often tried, and what came of it."""
    with door.reading() as (tx, _):
        log = delivery_log(tx, caller.account_id, webhook_id)
    return {"webhook_id": webhook_id, "logs": [_logged(one) for one in log]}


@router.get("/request-logs", responses=fault_answers(400, 401, 403, 404))
def request_logs(request_id: Id, door: TheDoor, caller: TheCaller) -> dict[str, Any]:
    """The same of the end of one request: to webhooks, and to its own `webhook_url`."""
    with door.reading() as (tx, now):
        log = job_log(tx, caller.account_id, request_id, now)
    return {"request_id": request_id, "logs": [_logged(one) for one in log]}


def _done(webhook: Webhook, message: str) -> dict[str, Any]:
    return {"status": "success", "webhook_id": webhook.id, "message": message}


def _shown(webhook: Webhook) -> dict[str, Any]:
    return {
        "webhook_id": webhook.id,
        "webhook_url": webhook.url,
        "event_types": webhook.events,
        "event": {"types": webhook.events},
        "status": "active" if webhook.active else "inactive",
        "created_at": moment(webhook.created_at),
    }


def _logged(delivery: Delivery) -> dict[str, Any]:
    words = {"WAITING": "waiting", "DELIVERED": "delivered", "GIVEN_UP": "failed"}
    return {
        "timestamp": moment(delivery.delivered_at or delivery.created_at),
        "event_type": delivery.event,
        "status": words[delivery.state],
        "response_code": delivery.last_status,
        "tries": delivery.tries,
        "error": delivery.last_error,
        "request_id": delivery.job_id,
        "webhook_id": delivery.webhook_id,
    }
