"""Accepts a request: checked whole, its photos kept, its cost held, its job in the queue."""

import hashlib
import json
import logging
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from anyio import CapacityLimiter, to_thread
from fastapi import Request

from tilewright.accounts import Caller
from tilewright.api.body import Parameters, read_parameters
from tilewright.api.callers import LIMITS, count_request, who_asks
from tilewright.api.door import Door
from tilewright.api.photos import form_photos
from tilewright.api.routing import engine_for
from tilewright.api.shapes import LONGEST_KEY
from tilewright.api.slugs import find_model
from tilewright.api.taking import PRIORITIES, Taking, take
from tilewright.api.words import base_url
from tilewright.contract import (
    FieldFault,
    Forbidden,
    InvalidRequest,
    ServiceRequest,
    UrlRefused,
    parse_service_request,
)
from tilewright.intake import check_url
from tilewright.jobs import Job, find_idempotent
from tilewright.telemetry.about import about, trace_id
from tilewright.telemetry.traces import span

COUNTERS = CapacityLimiter(4)
"""Submits that are counted at a time: while they wait for a database that another program holds,
they must not hold up anybody else."""

NO_HASH = ""
"""Of a body that came without an Idempotency-Key: it is compared with none."""

LOG = logging.getLogger(__name__)


class Submitted(NamedTuple):
    """The job, whether it is new, and the headers that tell what is left of the caller's minute."""

    job: Job
    new: bool
    headers: dict[str, str]


async def submit(
    request: Request, door: Door, slug: str, may: Callable[[str, int], None] | None = None
) -> Submitted:
    """Accept what the request asks for. Raises before anything is kept.

    may: called in a thread with the engine of a request that is right, and about how many texels
    its tile has, before its photos are fetched; raises what speaks against accepting it now.
    """
    with span("accept", request.headers.get("traceparent")) as trace:
        return await _submit(request, door, slug, trace, may)


async def _submit(
    request: Request,
    door: Door,
    slug: str,
    trace: str | None,
    may: Callable[[str, int], None] | None,
) -> Submitted:
    caller = await door.look(partial(who_asks, request, door))
    headers = request.scope[LIMITS] = await _count(door, caller)
    model = find_model(slug)
    word = idempotency_key(request)
    parameters = await read_parameters(request)
    files = form_photos(parameters)
    wish = parse_service_request(parameters)
    _check_wish(door, caller, wish)
    engine = engine_for(door.rules, wish)
    body_hash = NO_HASH
    if word is not None:
        key, body_hash = word, _body_hash(slug, parameters, files)
        # No photo needs to be fetched again for a job that is there.
        earlier = await door.look(lambda tx, now: find_idempotent(tx, caller, key, body_hash, now))
        if earlier is not None:
            return Submitted(earlier, False, headers)

    job, new = await take(
        Taking(
            door=door,
            caller=caller,
            model=model,
            engine=engine.name,
            wish=wish,
            files=files,
            base=base_url(request, door),
            may=may,
            trace=trace,
            word=word,
            body_hash=body_hash,
        )
    )
    with about(job_id=job.id, trace_id=trace_id(trace)):
        LOG.info("accepted" if new else "accepted before")
    if new and not job.ended:
        door.carrier.accepted(job.engine)
    return Submitted(job, new, headers)


async def _count(door: Door, caller: Caller) -> dict[str, str]:
    """Take one request from the key's minute, if it has a limit; what is left, as headers."""
    if caller.per_minute is None:
        return {}

    def count() -> dict[str, str]:
        with door.writing() as (tx, now):
            return count_request(tx, caller, now)

    return await to_thread.run_sync(count, limiter=COUNTERS)


def _check_wish(door: Door, caller: Caller, wish: ServiceRequest) -> None:
    if PRIORITIES[wish.priority] < 0 and caller.key_id is not None and not caller.priority:
        raise Forbidden(
            "this key may not ask for priority; leave it out, or ask the operator for a key that "
            "may: tilewright keys create NAME --priority"
        )
    if wish.webhook_url is not None:
        check_address("webhook_url", wish.webhook_url, door)
    if (wish.retention_seconds or 0) > door.rules.retention:
        limit = f"at most {door.rules.retention} here, not {wish.retention_seconds}"
        raise InvalidRequest([FieldFault("retention_seconds", f"must be {limit}")])


def check_address(name: str, url: str, door: Door) -> None:
    """Refuse, by the name of its parameter, an address that would never be reached."""
    try:
        check_url(url, door.rules.allowed)
    except UrlRefused as error:
        raise InvalidRequest([FieldFault(name, str(error))]) from error


def idempotency_key(request: Request) -> str | None:
    """The word in the header of that name, if there is one. Raises `InvalidRequest`."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not 0 < len(key) <= LONGEST_KEY or not key.isprintable():
        raise InvalidRequest(
            [FieldFault("Idempotency-Key", f"must have 1 to {LONGEST_KEY} printable characters")]
        )
    return key


def _body_hash(slug: str, parameters: Parameters, files: dict[str, bytes]) -> str:
    """The same for the same request, whatever the order of its fields."""
    prints = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    whole = json.dumps([slug, {**parameters, **prints}], sort_keys=True)
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()
