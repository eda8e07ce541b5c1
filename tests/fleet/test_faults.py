"""Doors, workers, the database and the store fail in turn: each job ends once, none is lost."""

from pathlib import Path

from sqlalchemy import update

from tests.chaos.service import ENDED
from tests.database.postgres import running_cluster
from tests.fleet.audit import audit, states
from tests.fleet.clients import Clients
from tests.fleet.fleet import Fleet
from tests.fleet.nats import Nats
from tests.serving import until
from tests.store.s3 import S3
from tilewright.database import writing
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
