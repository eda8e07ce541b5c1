"""The compose file is a fleet: what it starts, started here as plain processes, makes tiles."""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

from tests.database.postgres import Cluster
from tests.deploy.composed import FOLDER, Missing, example, filled, read, services
from tests.deploy.image import environment
from tests.deploy.plain import DOORS, DRAWN, SECRETS, WORKERS, Fleet, fleet_without_workers
from tests.deploy.program import check_command, check_settings
from tests.house.tree import HOUSE
from tests.serving import PATIENCE, until
from tests.store.s3 import S3
from tilewright.client import Client
from tilewright.database.connect import MOST_CONNECTIONS

SLUG = "qwen-image-edit-plus-texture-extract"
PROMPT = "Extract fallen leaves texture from the forest floor."
SIDE = 300


@pytest.fixture
def leaves(tmp_path: Path) -> Path:
    """A small photo of leaves."""
    path = tmp_path / "leaves.jpg"
    with Image.open(HOUSE / "examples" / "oak_leaves.jpg") as photo:
        photo.thumbnail((SIDE, SIDE))
        photo.save(path)
    return path


@pytest.fixture
def fleet(tmp_path: Path, cluster: Cluster, s3: S3) -> Iterator[Fleet]:
    """The two doors of compose.yaml."""
    with fleet_without_workers(tmp_path, cluster.new_database(), s3) as started:
        yield started


def test_it_makes_tiles_through_all_doors_and_goes_to_zero_and_back(
    fleet: Fleet, leaves: Path, tmp_path: Path
) -> None:
    assert "data is in" not in (tmp_path / "first.log").read_text(), "a door keeps nothing itself"
    refused = httpx.post(f"{fleet.url('first')}/v2/{SLUG}", json={"prompt": PROMPT})
    assert refused.status_code == 401
    secret = fleet.new_key("studio")

    with contextlib.ExitStack() as stack:
        first, second = (stack.enter_context(Client(secret, fleet.url(name))) for name in DOORS)
        jobs = [
            door.submit_async(SLUG, prompt=PROMPT, image_1=str(leaves), width=256, height=256)
            for door in (first, second)
        ]
        # Two doors may call for the same job: whoever follows a call too many finds nothing to do.
        until(lambda: fleet.lag() >= len(jobs))

        for name in WORKERS:
            fleet.start(name, "worker")
        until(lambda: second.job(jobs[0].request_id).status()["status"] == "PROCESSING")
        assert fleet.lag() > 0, "who works is wanted still"
        for door, job in zip((second, first), jobs, strict=True):
            assert door.job(job.request_id).wait(timeout=PATIENCE * 3)["status"] == "COMPLETED"
        until(lambda: fleet.lag() == 0)
        assert all(fleet.well(name) for name in fleet.ports)
        tile = httpx.get(second.job(jobs[0].request_id).wait()["output"], follow_redirects=True)
        assert tile.headers["content-type"] == "image/webp"

    fleet.leave()


def test_docker_compose_takes_it() -> None:
    """As far as its own schema is not needed to say so: every name that is used is there."""
    whole = read()
    for name, one in whole["services"].items():
        assert one["image"].count("/") <= 1, "images have plain names"
        assert set(one.get("networks", ())) <= set(whole["networks"]), name
        assert set(one.get("depends_on", ())) <= set(whole["services"]), name
        for volume in one.get("volumes", ()):
            place = volume.split(":")[0]
            assert place in whole["volumes"] or (FOLDER / place).is_file(), name


def test_nothing_starts_without_its_secrets() -> None:
    with pytest.raises(Missing):
        services(filled())
    assert all(f"\n{name}=\n" in example() for name in SECRETS)


def test_programs_know_their_commands_and_settings() -> None:
    ours = {
        name: one
        for name, one in services(
            filled(**dict.fromkeys((*SECRETS, "TILEWRIGHT_STORE_SECRET"), DRAWN))
        ).items()
        if one["image"].startswith("tilewright:")
    }
    assert set(ours) == {"door", "worker", "worker-qwen", "weights", "migrate"}
    check_settings(environment())
    for one in ours.values():
        check_command(one["command"])
        check_settings(one.get("environment", {}))


def test_our_containers_are_closed() -> None:
    for name, one in read()["services"].items():
        if one["image"].startswith("tilewright:"):
            assert one["read_only"], name
            assert one["cap_drop"] == ["ALL"], name
            assert one["security_opt"] == ["no-new-privileges:true"], name


def test_figures_and_faults_are_not_for_callers() -> None:
    """As Caddy has it: `path` matches decoded paths, and `respond` goes before `reverse_proxy`."""
    lines = [line.strip() for line in (FOLDER / "Caddyfile").read_text().splitlines()]

    assert "@inside path /metrics /ready" in lines
    assert "respond @inside 404" in lines


def test_the_database_has_connections_for_as_many_doors_as_the_page_starts() -> None:
    page = (HOUSE / "docs" / "fleet.md").read_text()
    doors = [int(number) for number in re.findall(r"--scale door=(\d+)", page)]
    words = read()["services"]["postgres"]["command"]

    most = int(words[-1].removeprefix("max_connections="))
    assert doors
    assert most > max(doors) * MOST_CONNECTIONS


def test_workers_reach_the_queue_and_know_no_database() -> None:
    found = services(filled(**dict.fromkeys((*SECRETS, "TILEWRIGHT_STORE_SECRET"), DRAWN)))

    for name in ("worker", "worker-qwen"):
        assert set(found[name]["environment"]) == {
            *("TILEWRIGHT_NATS_URL", "TILEWRIGHT_NATS_TOKEN"),
            *("TILEWRIGHT_GRACE_SECONDS", "TILEWRIGHT_LOG_FORMAT"),
        }
        assert "records" not in found[name]["networks"]
