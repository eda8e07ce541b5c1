"""What a job costs the database, with 10, 1,000 and 100,000 jobs kept before it.

    python -m bench.fleet.growth

On SQLite and on a PostgreSQL that it starts. The databases of all sizes take turns of a few jobs
each, so that what else the machine does meets them alike; the ratio of the medians counts.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert, text

from tests.database.postgres import Cluster
from tests.jobs.people import ENGINE, accept, somebody, tile, wish
from tilewright.accounts import Caller, balance, statement
from tilewright.database import open_database, reading, writing
from tilewright.database.tables import blob_owners, jobs, ledger
from tilewright.jobs import (
    HistoryQuery,
    claim,
    eta,
    expire,
    find,
    finish,
    history,
    how_many_wait,
    position,
    queues,
    recover,
    renew,
)

SIZES = (10, 1_000, 100_000)
ROUNDS, JOBS = 40, 5
WAITING = 20
"""Jobs that wait meanwhile, of the same key."""

BAR = 1.3
AT_ONCE = 1_000_000
"""A limit that is counted at each submit, and never reached."""

Seconds = dict[str, list[float]]


class Ledger:
    """A database with so many jobs kept, and the seconds that each step of new ones took."""

    def __init__(self, url: str, kept: int) -> None:
        self.database: Engine = open_database(url)
        self.caller: Caller = somebody(self.database, "100000", at_once=AT_ONCE)
        self.seconds: Seconds = {}
        self._fill(kept)
        for _ in range(WAITING):
            self._accept()

    def _fill(self, kept: int) -> None:
        now = time.time()
        with writing(self.database) as tx:
            first = accept(tx, self.caller, wish(), now - 3000).job
            done = claim(tx, ENGINE, "worker", now - 3000)
            assert done is not None
            finish(tx, done.id, done.attempt, tile(done), now - 2990)
        row = find_row(self.database, first.id)
        for start in range(0, kept, 10_000):
            some = range(start, min(kept, start + 10_000))
            with writing(self.database) as tx:
                tx.execute(insert(jobs), [_old(row, number, kept) for number in some])
                tx.execute(insert(ledger), [entry for one in some for entry in _paid(row, one)])
                tx.execute(insert(blob_owners), [_owned(number) for number in some])
        with writing(self.database) as tx:
            tx.execute(text("ANALYZE"))

    def _accept(self) -> str:
        with writing(self.database) as tx:
            return accept(tx, self.caller, wish(), time.time()).job.id

    def run(self) -> None:
        """One job from its submit to its result, and what doors do meanwhile."""
        database, now = self.database, time.time()
        with self._timed("submit"):
            job_id = self._accept()
        with self._timed("claim"), writing(database) as tx:
            job = claim(tx, ENGINE, "worker", now)
        assert job is not None
        with self._timed("poll"), reading(database) as tx:
            found = find(tx, self.caller.account_id, job_id, now)
            position(tx, found)
            eta(tx, found, 2, now)
        with self._timed("renew"), writing(database) as tx:
            renew(tx, job.id, job.attempt, now)
        with self._timed("finish"), writing(database) as tx:
            finish(tx, job.id, job.attempt, tile(job), now)
        with self._timed("result"), reading(database) as tx:
            find(tx, self.caller.account_id, job.id, now)
            balance(tx, self.caller.account_id)

    def look(self) -> None:
        """What doors do once a second, or when somebody asks for it."""
        database, now = self.database, time.time()
        with self._timed("round: recover"), writing(database) as tx:
            recover(tx, now)
        with self._timed("round: count the calls"), reading(database) as tx:
            how_many_wait(tx, ENGINE, 4096)
        with self._timed("round: expire"), writing(database) as tx:
            expire(tx, now)
        with self._timed("depth and age of the queues"), reading(database) as tx:
            queues(tx, now)
        with self._timed("states of all that is kept"), reading(database) as tx:
            queues(tx, now)
        with self._timed("a page of the history"), reading(database) as tx:
            history(tx, self.caller.account_id, HistoryQuery(), now)
        with self._timed("a statement of the account"), reading(database) as tx:
            statement(tx, self.caller.account_id, 20)

    @contextmanager
    def _timed(self, what: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.seconds.setdefault(what, []).append(time.perf_counter() - began)


def find_row(database: Engine, job_id: str) -> dict[str, Any]:
    with reading(database) as tx:
        return find(tx, None, job_id, time.time())._asdict()


def _old(row: dict[str, Any], number: int, kept: int) -> dict[str, Any]:
    """A job that ended within the hour, evenly spread."""
    at = row["created_at"] + 2900 * number / kept
    times = {"created_at": at, "started_at": at + 1, "finished_at": at + 7, "expires_at": at + 9e3}
    return {**row, "id": f"old-{number}", **times}


def _paid(row: dict[str, Any], number: int) -> list[dict[str, Any]]:
    base = {"account_id": row["account_id"], "job_id": f"old-{number}", "note": "", "at": 1.0}
    micros = row["cost_micros"]
    return [{**base, "kind": "hold", "micros": -micros}, {**base, "kind": "charge", "micros": 0}]


def _owned(number: int) -> dict[str, Any]:
    return {"blob": f"blob-{number}", "owner_id": f"old-{number}"}


def measure(kind: str, address: Callable[[int], str]) -> float:
    """Print the table of one kind of database; the worst ratio of the steps of a job."""
    there = {size: Ledger(address(size), size) for size in SIZES}
    for _ in range(ROUNDS):
        for one in there.values():
            for _ in range(JOBS):
                one.run()
            one.look()
    print(f"\n{kind}: median ms with so many jobs kept")
    print(f"| | {' | '.join(f'{size:,}' for size in SIZES)} | worst ratio |")
    worst = 0.0
    whole: list[float] = [0.0] * len(SIZES)
    for step in there[SIZES[0]].seconds:
        found = [statistics.median(one.seconds[step]) * 1000 for one in there.values()]
        ratio = max(found) / found[0]
        print(f"| {step} | {' | '.join(f'{one:.3f}' for one in found)} | {ratio:.2f} |")
        if step in ("submit", "claim", "poll", "renew", "finish", "result"):
            whole = [sum(pair) for pair in zip(whole, found, strict=True)]
    worst = max(whole) / whole[0]
    told = " | ".join(f"{one:.3f}" for one in whole)
    print(f"| **a whole job** | {told} | **{worst:.2f}** (bar {BAR}) |", flush=True)
    for one in there.values():
        one.database.dispose()
    return worst


def main() -> None:
    """Both databases."""
    with tempfile.TemporaryDirectory(prefix="tilewright-growth-") as name:
        measure("SQLite", lambda size: f"sqlite:///{name}/{size}.db")
    with tempfile.TemporaryDirectory(prefix="tilewright-growth-") as name:
        Path(name).chmod(0o755)
        cluster = Cluster(Path(name))
        cluster.start()
        try:
            measure("PostgreSQL", lambda _: cluster.new_database())
        finally:
            cluster.stop()


if __name__ == "__main__":
    main()
