"""A process that accepts, claims, ends and removes jobs until it is killed.

    python -m tests.jobs.reckless URL SEED

It prints the id of each job after the commit that accepted it, as a door answers its caller.
"""

import random
import sys
import time
from collections.abc import Callable

from sqlalchemy import Connection

from tests.jobs.people import ENGINE, accept, tile, wish
from tilewright.accounts import Caller, find_account
from tilewright.contract import NotFound
from tilewright.database import open_database, reading, writing
from tilewright.jobs import (
    Failure,
    Job,
    Outcome,
    cancel,
    claim,
    finish,
    give_back,
    recover,
    renew,
)


def main(url: str, seed: int) -> None:
    """Go on for ever."""
    chance = random.Random(seed)
    engine = open_database(url)
    with reading(engine) as tx:
        caller = Caller(find_account(tx, "ann"))
    running: list[Job] = []
    while True:
        told: list[str] = []
        with writing(engine) as tx:
            for _ in range(chance.randint(1, 4)):
                step = chance.choices(STEPS, weights=WEIGHTS)[0]
                step(tx, caller, running, chance, told)
        for job_id in told:
            print(job_id, flush=True)


def send(
    tx: Connection, caller: Caller, running: list[Job], chance: random.Random, told: list[str]
) -> None:
    told.append(accept(tx, caller, wish(options={"webhook_url": "https://a"}), time.time()).job.id)


def take(
    tx: Connection, caller: Caller, running: list[Job], chance: random.Random, told: list[str]
) -> None:
    job = claim(tx, ENGINE, f"worker {chance.random()}", time.time())
    running.extend([job] if job else [])


def end(
    tx: Connection, caller: Caller, running: list[Job], chance: random.Random, told: list[str]
) -> None:
    if running:
        job = running.pop(chance.randrange(len(running)))
        outcomes: list[Outcome] = [tile(job), Failure("too dark", "surface_unusable")]
        finish(tx, job.id, job.attempt, chance.choice(outcomes), time.time())


def put_back(
    tx: Connection, caller: Caller, running: list[Job], chance: random.Random, told: list[str]
) -> None:
    if running:
        job = running.pop()
        renew(tx, job.id, job.attempt, time.time())
        give_back(tx, job.id, job.attempt)


def drop(
    tx: Connection, caller: Caller, running: list[Job], chance: random.Random, told: list[str]
) -> None:
    if running:
        try:
            cancel(tx, caller.account_id, chance.choice(running).id, time.time())
        except NotFound as error:
            raise AssertionError("a job that was accepted is gone") from error


def mend(
    tx: Connection, caller: Caller, running: list[Job], chance: random.Random, told: list[str]
) -> None:
    recover(tx, time.time() + chance.choice([0, 60]))


Step = Callable[[Connection, Caller, list[Job], random.Random, list[str]], None]
STEPS: list[Step] = [send, take, end, put_back, drop, mend]
WEIGHTS = [5, 4, 3, 1, 1, 1]

if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
