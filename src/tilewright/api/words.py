"""What is said of a job: the bodies of the status and of the result, with absolute addresses."""

import re
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import Request
from sqlalchemy import Connection

from tilewright.accounts import balance
from tilewright.api.door import Door
from tilewright.jobs import Job, Standing, eta, position

Body = dict[str, Any]

SCHEME, HOST = re.compile("https?"), re.compile(r"[\w.-]+(:\d+)?|\[[\da-fA-F:.]+\](:\d+)?")


BEGINS = "begin"
"""The stage of a job whose worker has told none yet, or none to this door."""


def base_url(request: Request, door: Door) -> str:
    """Where callers reach this service, without a slash at the end.

    What a proxy says is believed if the operator trusts it; of a list, what the last one added.
    """
    if door.rules.public_url:
        return door.rules.public_url
    scheme, host = request.scope["scheme"], request.headers.get("host", "")
    if not HOST.fullmatch(host):
        host = request.url.netloc
    if request.client is not None and door.rules.trusted(request.client.host):
        scheme = _forwarded(request, "proto", SCHEME) or scheme
        host = _forwarded(request, "host", HOST) or host
    return f"{scheme}://{host}"


def _forwarded(request: Request, name: str, form: re.Pattern[str]) -> str | None:
    value = request.headers.get(f"x-forwarded-{name}", "").rpartition(",")[2].strip()
    return value if form.fullmatch(value) else None


def addresses(base: str, job: Job | Standing) -> Body:
    """Where to ask for a job."""
    own = f"{base}/v2/requests/{job.id}"
    return {"status_url": f"{own}/status", "response_url": own}


def submitted_body(base: str, job: Job, new: bool) -> Body:
    """The answer to an async submit. A new job is always said to be queued, as callers expect."""
    links = addresses(base, job)
    return {
        "request_id": job.id,
        "status": "QUEUED" if new else job.state,
        "poll_url": links["status_url"],
        **links,
        "events_url": f"{links['response_url']}/events",
        "cancel_url": f"{links['response_url']}/cancel",
    }


def status_body(
    base: str,
    door: Door,
    tx: Connection,
    job: Job | Standing,
    now: float,
    credits: Decimal | None = None,
) -> Body:
    """Where a job stands. credits: its account's, if they are known already."""
    body: Body = {"request_id": job.id, "status": job.state, **addresses(base, job), "metrics": {}}
    if job.state == "QUEUED":
        body |= {"queue_position": position(tx, job), "waiting_for": waiting_for(door, job)}
    done = 0.0
    if job.state == "PROCESSING":
        progress = door.carrier.progress(job.id)
        done, stage = (progress.fraction, progress.stage) if progress else (0.0, BEGINS)
        body |= {"progress": round(done, 4), "stage": stage}
    if not job.ended:
        workers = door.carrier.presence.living(job.engine, "ready")
        seconds = eta(tx, job, workers, now, done)
        return body | {"eta_seconds": None if seconds is None else round(seconds, 2)}
    body["metrics"] = metrics(tx, job, credits)
    if job.state == "FAILED":
        body |= {"error": job.error, "code": job.error_code}
    return body


def waiting_for(door: Door, job: Job | Standing) -> str | None:
    """What a queued job waits for, in words, if it is not just its turn."""
    living = door.carrier.presence.living
    if living(job.engine, "ready"):
        return None
    if living(job.engine, "loading"):
        return f"a worker of the {job.engine} engine, which loads its model"
    return (
        f"a worker of the {job.engine} engine: none is running; if none comes within "
        f"{door.rules.patience:g} s, it fails and costs nothing"
    )


def result_body(base: str, door: Door, tx: Connection, job: Job, credits: Decimal | None) -> Body:
    """The tile's address and all that is known about it, of a job that is COMPLETED."""
    assert job.output is not None
    report = job.output["report"]
    url = tile_url(base, door, job)
    image = {
        "url": url,
        "content_type": job.output["content_type"],
        "file_name": job.output["file_name"],
        **{name: job.output[name] for name in ("file_size", "width", "height")},
    }
    return {
        "request_id": job.id,
        "status": job.state,
        "output": url,
        "images": [image],
        "seed": report["seed"],
        "prompt": report["prompt"],
        "error": None,
        "metrics": metrics(tx, job, credits),
        "engine": report["engine"],
        "engine_version": report["engine_version"],
        "seam": report["score"]["seam"],
        "report": report,
    }


def tile_url(base: str, door: Door, job: Job) -> str:
    """A signed address of the tile, good until the job expires."""
    assert job.output is not None
    assert job.expires_at is not None
    blob = job.output["blob"]
    query = urlencode(door.links.sign(blob, job.expires_at))
    return f"{base}/results/{blob}/{quote(job.output['file_name'])}?{query}"


def metrics(tx: Connection, job: Job | Standing, credits: Decimal | None) -> Body:
    """Seconds and dollars of a job that has ended."""
    left = balance(tx, job.account_id) if credits is None else credits
    finished = job.finished_at or job.created_at
    started = job.started_at or finished
    return {
        "inference_time": _seconds(finished - started),
        "queue_time": _seconds(started - job.created_at),
        "total_time": _seconds(finished - job.created_at),
        "cost": float(job.cost) if job.state == "COMPLETED" else 0.0,
        "remaining_credits": float(left),
        "retry_count": max(0, job.attempt - 1),
    }


def _seconds(span: float) -> float:
    return round(max(0.0, span), 4)  # a clock that was set back makes no negative time
