"""Customers of a running service, and what they send."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from sqlalchemy import Engine, func, select, union

from tests.api.photos import data_url
from tests.serving import NO_TLS, Service, until
from tilewright.accounts import balance, create_account, create_key, differences, grant, revoke
from tilewright.database import reading, writing
from tilewright.database.tables import blob_owners, jobs, uploads

SLUG = "qwen-image-edit-plus-texture-extract"
ASYNC, SYNC = f"/v2/{SLUG}", f"/v1/{SLUG}"
PRICE = Decimal("0.02")

ENDED = ("COMPLETED", "FAILED")


def wish(**changes: Any) -> dict[str, Any]:
    """A good body."""
    return {"prompt": "brick", "image_1": data_url(), **changes}


class Customer:
    """An account with a key, and a line to the service."""

    price = PRICE

    def __init__(
        self, service: Service, engine: Engine, http: httpx.Client, account: str, key: str, id: str
    ) -> None:
        self.service = service
        self.http = http
        self.account = account
        self.key = key
        self.key_id = id
        self._engine = engine

    def submit(self, **changes: Any) -> str:
        """The id of an accepted job."""
        answer = self.http.post(ASYNC, json=wish(**changes))
        assert answer.status_code == 200, answer.text
        return str(answer.json()["request_id"])

    def status(self, job: str) -> dict[str, Any]:
        """What the status route says."""
        found: dict[str, Any] = self.http.get(f"/v2/requests/{job}/status").json()
        return found

    def result(self, job: str) -> dict[str, Any]:
        """What the result route says once the job has ended."""
        until(lambda: self.status(job)["status"] in ENDED)
        found: dict[str, Any] = self.http.get(f"/v2/requests/{job}").json()
        return found

    def running(self, **changes: Any) -> str:
        """The id of a job that a worker is at, for as long as it takes."""
        job = self.submit(prompt=f"{uuid4().hex} ticks=3000 pause=0.01", **changes)
        until(lambda: self.status(job)["status"] == "PROCESSING")
        return job

    def balance(self) -> Decimal:
        """What is left, after the whole ledger was added up and found exact."""
        with reading(self._engine) as tx:
            assert not differences(tx)
            return balance(tx, self.account)

    def kept(self) -> list[Path]:
        """The files of all that is kept of this account, whatever others leave meanwhile."""
        mine = [select(one.c.id).where(one.c.account_id == self.account) for one in (jobs, uploads)]
        owned = select(blob_owners.c.blob).where(blob_owners.c.owner_id.in_(union(*mine)))
        with reading(self._engine) as tx:
            return [self.service.folder / "blobs" / name for name in {*tx.scalars(owned)}]

    def revoke(self) -> None:
        """The operator takes the key back."""
        with writing(self._engine) as tx:
            assert revoke(tx, self.key_id, time.time())


@contextmanager
def customers(
    service: Service,
    engine: Engine,
    *,
    dollars: str = "10",
    expires_in: float | None = None,
    **limits: Any,
) -> Iterator[Customer]:
    """A new customer until the block ends."""
    now = time.time()
    with writing(engine) as tx:
        account = create_account(tx, uuid4().hex, now)
        expires_at = None if expires_in is None else now + expires_in
        key, secret = create_key(tx, account, "laptop", now, expires_at, **limits)
        if Decimal(dollars):
            grant(tx, account, Decimal(dollars), "", now)
    headers = {"x-api-key": secret}
    with httpx.Client(base_url=service.url, headers=headers, timeout=60, verify=NO_TLS) as http:
        yield Customer(service, engine, http, account, secret, key.id)


def idle(engine: Engine) -> bool:
    """Whether all jobs that were ever accepted have ended."""
    with reading(engine) as tx:
        return tx.scalar(select(func.count()).where(jobs.c.state.not_in(ENDED))) == 0


def fault(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The body of a fault, whose shape is always the same."""
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = json.loads(answer.content)
    assert isinstance(body["error"], str)
    assert body["error"]
    assert body["code"] == code, body
    return body


def fields(answer: httpx.Response) -> dict[str, str]:
    """The wrong parameters that a 400 names, each of which stands in the sentence too."""
    assert answer.status_code == 400, answer.text
    body = answer.json()
    assert all(one["field"] in body["error"] for one in body["fields"])
    return {one["field"]: one["message"] for one in body["fields"]}
