"""A request that was checked becomes a job: its photos are kept, its cost is held."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from anyio import CapacityLimiter, to_thread

from tilewright.accounts import Caller, touch
from tilewright.api.door import Door
from tilewright.api.moderation import refusal
from tilewright.api.photos import Photos, came_along, read_photos
from tilewright.api.shapes import LONGEST_KEY
from tilewright.api.slugs import Model
from tilewright.contract import IMAGES, WIRE_ONLY, ServiceRequest, megapixels
from tilewright.contract.request import LONGEST_URL
from tilewright.jobs import Acceptance, Job, Submission, refuse

TAKERS = CapacityLimiter(24)
"""Requests whose photos are fetched at a time: while they wait for other people's hosts they must
not hold up anybody else."""

ADDRESS = re.compile(r"https?://|/uploads/", re.IGNORECASE)
"""How the text of a photo begins that is not the photo itself."""

PRIORITIES = {"normal": 0, "high": -1}
"""As the queue has them: smaller is sooner."""

OPTIONS = ("base64", "webhook_url")

USUAL_SIDE = 1024
"""Texels; tiles of every shape have as many as a square of it."""


@dataclass(frozen=True)
class Taking:
    """A request and what is known of it. may: see `submit`. base: where the service is reached.

    trace: its `traceparent`. word, body_hash: of its Idempotency-Key.
    """

    door: Door
    caller: Caller
    model: Model
    engine: str
    wish: ServiceRequest
    files: dict[str, bytes]
    base: str
    may: Callable[[str, int], None] | None
    trace: str | None
    word: str | None
    body_hash: str

    async def photos(self) -> Photos:
        """Fetched where they are elsewhere, and checked."""
        if self.may is None and came_along(self.wish, self.files):
            return self._read()
        return await to_thread.run_sync(self._read, limiter=TAKERS)

    def _read(self) -> Photos:
        if self.may is not None:
            self.may(self.engine, _texels(self.wish))
        return read_photos(self.door, self.caller.account_id, self.base, self.wish, self.files)

    def submission(self, photos: Photos) -> Submission:
        """What is kept of it, besides the photos themselves."""
        wish, rules = self.wish, self.door.rules
        return Submission(
            slug=self.model.slug,
            engine=self.engine,
            request=wish.model_dump(mode="json", exclude=set(WIRE_ONLY)),
            inputs=photos.blobs,
            texels=photos.tile[0] * photos.tile[1],
            cost=rules.price_of(self.model, self.caller) * megapixels(*photos.tile),
            body_hash=self.body_hash,
            options={
                **wish.model_dump(include=set(OPTIONS)),
                "retention_seconds": wish.retention_seconds or rules.retention,
                "sent": _sent(wish),
                **_kept(self.trace),
            },
            uploads=tuple(upload.id for upload in photos.uploads.values()),
            seed=wish.seed,
            priority=PRIORITIES[wish.priority],
            idempotency_key=self.word,
        )


def _texels(wish: ServiceRequest) -> int:
    """How many texels the tile will have, about: its shape may be the photo's."""
    width = wish.width or wish.height or USUAL_SIDE
    return width * (wish.height or width)


async def take(taking: Taking) -> tuple[Job, bool]:
    """The job, and whether it is new. Of a refused or repeated submit no photo stays."""
    door, photos = taking.door, await taking.photos()
    try:
        await photos.keep(door.blobs, alone=door.together.idle(taking.caller.account_id))
        why = refusal(taking.wish.prompt, door.rules)
        accept = partial(_accept, door, taking.caller, taking.submission(photos), why)
        job, new = await door.together.write(taking.caller.account_id, accept)
    except Exception:
        await _forget(door, photos)
        raise
    if not new:
        await _forget(door, photos)
    elif job.ended:
        door.meters.end(job)
    return job, new


def _accept(
    door: Door, caller: Caller, submission: Submission, why: str | None, acceptance: Acceptance
) -> tuple[Job, bool]:
    """In a transaction with all who come at the same moment. why: it must not be made."""
    now = door.clock()
    job, new = acceptance.accept(caller, submission, now)
    touch(acceptance.tx, caller, now)
    if not new or why is None:
        return job, new
    acceptance.write()
    return refuse(acceptance.tx, job.id, why, now), new


async def _forget(door: Door, photos: Photos) -> None:
    if photos.made:
        await to_thread.run_sync(door.blobs.discard, *photos.made.values())


def _sent(wish: ServiceRequest) -> dict[str, Any]:
    """What the history shows besides `request`: photos by their addresses, if they have any."""
    sent = wish.model_dump(mode="json", include=set(WIRE_ONLY))
    return {
        name: None if name in IMAGES and not _is_address(value) else value
        for name, value in sent.items()
    }


def _is_address(source: str | None) -> bool:
    return source is not None and len(source) <= LONGEST_URL and ADDRESS.match(source) is not None


def _kept(trace: str | None) -> dict[str, str]:
    """The `traceparent` that goes with the job, whatever the caller's is worth."""
    fits = trace is not None and 0 < len(trace) <= LONGEST_KEY and trace.isprintable()
    return {"traceparent": trace} if trace is not None and fits else {}
