"""What must be true of a fleet when all is over, whatever was killed meanwhile."""

import time
from collections import Counter

import httpx
from sqlalchemy import Engine, select

from tests.chaos.service import ENDED
from tests.fleet.fleet import Fleet
from tests.queue.engines import TILE
from tilewright.accounts import differences
from tilewright.api.rounds import sweep
from tilewright.database import reading
from tilewright.database.tables import blob_owners, doomed_blobs, jobs, ledger

HOUR = 3600.0
"""As if it had passed: a door sweeps what has lain in the store for so long."""


def states(database: Engine) -> dict[str, str]:
    """Every job that was accepted, and its state: the database's word."""
    with reading(database) as tx:
        return {row.id: row.state for row in tx.execute(select(jobs.c.id, jobs.c.state))}


def audit(fleet: Fleet, accepted: list[str]) -> Counter[str]:
    """Assert all of it; how many jobs ended how, and how many blobs the sweep found."""
    found = states(fleet.database)
    assert sorted(accepted) == sorted(found), "accepted, but unknown to the database or twice"
    assert set(found.values()) <= ENDED
    _money(fleet.database, found)
    swept = sweep(fleet.database, fleet.blobs, before=time.time() + HOUR)
    _blobs(fleet)
    _answers(fleet, found)
    return Counter(found.values()) + Counter(swept=swept)


def _money(database: Engine, found: dict[str, str]) -> None:
    """Each job was held for once, and charged or released once, as its state says."""
    with reading(database) as tx:
        assert differences(tx) == []
        rows = tx.execute(
            select(ledger.c.job_id, ledger.c.kind).where(ledger.c.job_id.is_not(None))
        )
        kinds = Counter((job, kind) for job, kind in rows)
    assert set(kinds.values()) <= {1}, "something was settled twice"
    charged = {job for job, kind in kinds if kind == "charge"}
    assert charged == {job for job, state in found.items() if state == "COMPLETED"}
    released = {job for job, kind in kinds if kind == "release"}
    assert released == {job for job, state in found.items() if state == "FAILED"}


def _blobs(fleet: Fleet) -> None:
    """No blob without a record, no record without its blob."""
    with reading(fleet.database) as tx:
        assert list(tx.scalars(select(doomed_blobs.c.blob))) == []
        known = set(tx.scalars(select(blob_owners.c.blob)))
        rows = tx.execute(select(jobs.c.inputs, jobs.c.output)).all()
    there = set(fleet.blobs.put_before(time.time() + HOUR))
    assert there - known == set(), "blobs without a record"
    assert known - there == set(), "records without their blob"
    named = {blob for row in rows for blob in row.inputs.values() if blob}
    named |= {row.output["blob"] for row in rows if row.output}
    assert named == known


def _answers(fleet: Fleet, found: dict[str, str]) -> None:
    """Every job is told by every door, and its tile opens by the link of one at the other."""
    one, other = fleet.urls[0], fleet.urls[-1]
    with httpx.Client(headers={"x-api-key": fleet.key}, timeout=30, trust_env=False) as http:
        for job, state in found.items():
            answer = http.get(f"{one}/v2/requests/{job}")
            assert answer.status_code == {"COMPLETED": 200, "FAILED": 422}[state]
            assert answer.json()["status"] == state
            if state == "COMPLETED":
                link = answer.json()["output"].replace(one, other)
                assert http.get(link).content.startswith(TILE)
