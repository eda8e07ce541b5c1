"""Doors, workers, the database and the store fail in turn: each job ends once, none is lost."""

import time
from pathlib import Path

from sqlalchemy import select, update

from tests.chaos.service import ENDED
from tests.database.postgres import Cluster, running_cluster
from tests.fleet.audit import audit, states
from tests.fleet.clients import Clients
from tests.fleet.fleet import Fleet, Host
from tests.fleet.nats import Nats
from tests.serving import until
from tests.store.s3 import S3
from tilewright.api.rounds import LATE_SECONDS
from tilewright.database import reading, writing
from tilewright.database.tables import jobs

JOBS = 120


def leases_are_over(fleet: Fleet) -> None:
    """As if the time had passed in which a dead worker might still be heard."""
    with writing(fleet.database) as tx:
        tx.execute(update(jobs).where(jobs.c.state == "PROCESSING").values(lease_until=0.0))


def test_a_fleet_loses_nothing_and_charges_once_whatever_dies(tmp_path: Path, s3: S3) -> None:
    with (
        running_cluster() as cluster,
        Nats(tmp_path / "nats") as nats,
        Fleet(tmp_path / "fleet", cluster.ready_database(), nats, s3) as fleet,
    ):
        clients = Clients(fleet, JOBS, lambda number: f"stone{number} pause=0.01")

        def more(jobs: int) -> None:
            enough = min(JOBS, len(clients.accepted) + jobs)
            until(lambda: len(clients.accepted) >= enough or clients.wrong)

        clients.start()
        more(20)
        fleet.doors[0].kill()
        more(20)
        fleet.workers[0].kill()
        fleet.doors[0].start()
        fleet.workers[0].start()
        more(10)
        cluster.restart()
        more(10)
        with s3.refusing():
            until(lambda: fleet.ready(fleet.urls[1]) is False)
            fleet.workers[1].kill()
        fleet.workers[1].start()
        clients.join()
        until(lambda: all(map(fleet.ready, fleet.urls)))
        leases_are_over(fleet)
        until(lambda: set(states(fleet.database).values()) <= ENDED)
        told = audit(fleet, clients.accepted)
        assert told["COMPLETED"] > JOBS // 2


def test_no_worker_is_lost_for_a_queue_that_is_away(
    tmp_path: Path, cluster: Cluster, s3: S3
) -> None:
    with (
        Nats(tmp_path / "nats") as nats,
        Fleet(tmp_path / "fleet", cluster.ready_database(), nats, s3, workers=(Host(),)) as fleet,
    ):
        clients = Clients(fleet, 1, lambda number: "stone ticks=40 pause=0.25", threads=1)
        clients.start()
        until(lambda: "PROCESSING" in states(fleet.database).values())
        nats.kill()
        leases_are_over(fleet)
        away = time.monotonic()
        until(lambda: time.monotonic() - away > 2 * LATE_SECONDS or losses(fleet) > 0)
        nats.start()
        until(lambda: set(states(fleet.database).values()) <= ENDED)
        clients.join()
        assert audit(fleet, clients.accepted)["COMPLETED"] == 1
        assert losses(fleet) == 0


def losses(fleet: Fleet) -> int:
    """How often any job lost its worker."""
    with reading(fleet.database) as tx:
        return sum(tx.scalars(select(jobs.c.losses)))
