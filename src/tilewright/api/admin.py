"""For those who run the service, with a key that is marked so: what it does, and how it fares."""

import logging
from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Depends
from sqlalchemy.exc import SQLAlchemyError

from tilewright.accounts import Caller, is_stale, touch
from tilewright.api.callers import TheCaller, TheDoor
from tilewright.api.door import Door
from tilewright.api.shapes import fault_answers, moment
from tilewright.contract import Forbidden
from tilewright.jobs import Queue, Reason, lately, queues

LOG = logging.getLogger(__name__)

router = APIRouter(prefix="/admin", tags=["admin"])

LATELY_SECONDS = 3600.0
"""How far back the operator looks: jobs are usually kept for as long."""

FAULTS = fault_answers(401, 403)


async def the_operator(door: TheDoor, caller: TheCaller, after: BackgroundTasks) -> Caller:
    """Nobody without a key that is marked: a service that stands open is nobody's to run."""
    if caller.admin:
        if is_stale(caller, door.clock()):
            after.add_task(_note_use, door, caller)
        return caller
    if caller.key_id is None:
        raise Forbidden(
            "this needs an admin key; make the first with tilewright keys create NAME --admin, "
            "after which every request needs a key"
        )
    raise Forbidden(
        "this key may not run the service; ask its operator for one that was made with "
        "tilewright keys create NAME --admin"
    )


def _note_use(door: Door, caller: Caller) -> None:
    """After the answer: nobody waits for a busy database, or gets a 503, for the sake of this."""
    try:
        with door.writing() as (tx, now):
            touch(tx, caller, now)
    except (SQLAlchemyError, TimeoutError) as error:
        LOG.warning("that an admin key was used is not noted", exc_info=error)


TheOperator = Annotated[Caller, Depends(the_operator)]


@router.get("/overview", responses=FAULTS)
def overview(door: TheDoor, operator: TheOperator) -> dict[str, Any]:
    """What each engine has to do, and what became of the jobs that ended within the hour.

    Jobs that were deleted or have expired meanwhile are not counted.
    """
    with door.reading() as (tx, now):
        found = queues(tx, now)
        ended = lately(tx, now - LATELY_SECONDS)
    names = dict.fromkeys([*(engine.name for engine in door.rules.engines), *found])
    return {
        "engines": [_work(door, name, found.get(name, Queue(0, 0, 0.0))) for name in names],
        "queue_connected": door.carrier.connected,
        "window_seconds": LATELY_SECONDS,
        "completed": ended.completed,
        "failed": ended.failed,
        "per_minute": round(ended.completed * 60 / LATELY_SECONDS, 2),
        "mean_seconds": _tenths(ended.mean_run),
        "mean_wait_seconds": _tenths(ended.mean_wait),
        "failures": [_shown(one) for one in ended.reasons],
    }


def _work(door: Door, engine: str, queue: Queue) -> dict[str, Any]:
    return {
        "name": engine,
        "waiting": queue.waiting,
        "running": queue.running,
        "oldest_seconds": _tenths(queue.oldest),
        "workers": door.carrier.presence.living(engine),
        "ready_workers": door.carrier.presence.living(engine, "ready"),
    }


def _tenths(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)


def _shown(reason: Reason) -> dict[str, Any]:
    return {
        "code": reason.code,
        "count": reason.number,
        "last_error": reason.last,
        "last_at": moment(reason.last_at),
    }
