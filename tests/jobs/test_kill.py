"""A process that is killed in the middle of anything loses nothing and charges nobody twice."""

import random
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

from sqlalchemy import Engine, select, text

from tests.house.tree import HOUSE
from tests.jobs.people import COST, ENGINE, purse, somebody, tile
from tilewright.accounts import Caller
from tilewright.database import open_database, reading, writing
from tilewright.database.tables import jobs
from tilewright.jobs import claim, finish, recover

ROUNDS = 8
GRANTED = Decimal(1000)


def killed_after(url: str, seed: int, jobs_accepted: int) -> list[str]:
    """The ids that a reckless process told of before it was killed."""
    line = [sys.executable, "-m", "tests.jobs.reckless", url, str(seed)]
    with subprocess.Popen(line, cwd=HOUSE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = [process.stdout.readline().strip() for _ in range(jobs_accepted)]
        process.kill()
        told += [line.strip() for line in process.stdout if line.endswith("\n")]
    assert process.returncode == -signal.SIGKILL
    assert all(told)
    return told


def end_all(engine: Engine) -> None:
    """As the next start does: what ran comes back, and what waits is done."""
    now = time.time() + 60
    with writing(engine) as tx:
        recover(tx, now)
        while job := claim(tx, ENGINE, "patient", now):
            assert finish(tx, job.id, job.attempt, tile(job), now)


def charged(engine: Engine) -> int:
    with reading(engine) as tx:
        completed = select(jobs.c.id).where(jobs.c.state == "COMPLETED")
        return len(tx.execute(completed).all())


def check(engine: Engine, caller: Caller, told: list[str]) -> None:
    with reading(engine) as tx:
        assert tx.execute(text("PRAGMA integrity_check")).all() == [("ok",)]
        kept = set(tx.scalars(select(jobs.c.id)))
    assert set(told) <= kept
    purse(engine, caller)


def test_a_killed_process_leaves_an_exact_ledger(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'tilewright.db'}"
    engine = open_database(url)
    caller = somebody(engine, dollars=str(GRANTED))
    chance = random.Random(3)
    told: list[str] = []

    for seed in range(ROUNDS):
        told += killed_after(url, seed, chance.randint(1, 120))
        check(engine, caller, told)

    end_all(engine)
    assert purse(engine, caller) == GRANTED - COST * charged(engine)
    with reading(engine) as tx:
        states = set(tx.scalars(select(jobs.c.state)))
    assert states == {"COMPLETED", "FAILED"}
    engine.dispose()
