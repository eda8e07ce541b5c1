"""`tilewright serve`: refuses what cannot be, and leaves in peace."""

import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.api.people import ASYNC, wish
from tests.database.postgres import Cluster
from tests.house.tree import HOUSE
from tests.ports import free_port
from tests.serving import NO_TLS, PATIENCE, Service, serving, until


def test_a_second_service_on_the_same_folder_is_refused(alone: Service) -> None:
    again = Service.at(alone.folder)

    refused = again.cli(*again.command)

    assert refused.returncode == 2
    assert refused.stderr.startswith("tilewright: process ")
    assert f"serves {alone.folder} already; stop it, or set TILEWRIGHT_DATA_DIR" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert alone.is_ready()


def test_a_port_that_is_taken_is_refused(alone: Service, folder: Path) -> None:
    other = Service.at(folder)
    for port, host in ((alone.port, "127.0.0.1"), (alone.port, "localhost")):
        refused = other.cli("serve", "--port", str(port), "--host", host)
        assert refused.returncode == 2
        assert f"cannot listen on {host} port {port}: Address already in use" in refused.stderr
        assert "--port" in refused.stderr


@pytest.mark.parametrize("host", ["tiles.example", "127.0.0.256", "192.0.2.77", ""])
def test_an_address_that_is_not_ours_is_refused(folder: Path, host: str) -> None:
    service = Service.at(folder)

    refused = service.cli("serve", "--port", str(free_port()), "--host", host)

    assert refused.returncode == 2
    assert len(refused.stderr.splitlines()) == 1
    assert host in refused.stderr


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    service = Service.at(tmp_path / "file" / "data")

    refused = service.cli(*service.command)

    assert refused.returncode == 2
    assert "TILEWRIGHT_DATA_DIR" in refused.stderr


def test_it_leaves_soon_though_somebody_still_listens(folder: Path) -> None:
    service = Service.at(folder, "--workers", "0")
    with service.start() as process:
        try:
            until(service.is_ready)
            job = httpx.post(f"{service.url}{ASYNC}", json=wish(), verify=NO_TLS).json()[
                "request_id"
            ]
            events = f"{service.url}/v2/requests/{job}/events"
            with httpx.stream("GET", events, timeout=PATIENCE, verify=NO_TLS) as answer:
                told = answer.iter_text()
                assert next(told).startswith("event: progress")
                process.send_signal(signal.SIGINT)
                assert process.wait(PATIENCE / 3) == 0
        finally:
            process.kill()
    assert "Traceback" not in service.log.read_text()


def test_it_serves_and_leaves_in_peace_though_nobody_reads_what_it_says(folder: Path) -> None:
    """As in `tilewright serve | tee log`, where a Ctrl-C ends tee first."""
    service = Service.at(folder)
    command = [sys.executable, "-m", "tilewright", *service.command]
    with (
        service.log.open("wb") as log,
        subprocess.Popen(
            command, env=service.environment, cwd=HOUSE, stdout=subprocess.PIPE, stderr=log
        ) as process,
    ):
        try:
            assert process.stdout is not None
            process.stdout.close()
            until(lambda: service.is_ready() or process.poll() is not None)
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE) == 0, service.log.read_text()
        finally:
            process.kill()
    assert "Traceback" not in service.log.read_text()


def test_a_database_that_hangs_does_not_keep_it(folder: Path, cluster: Cluster) -> None:
    database = cluster.ready_database()
    service = Service.at(folder, "--workers", "0", database_url=database, sync_seconds="0.1")
    with service.start() as process:
        try:
            until(service.is_ready)
            with cluster.frozen():
                # The rounds, which look into the database each second, have gone into it by now.
                assert httpx.get(f"{service.url}/ready", timeout=PATIENCE).status_code == 503
                process.send_signal(signal.SIGTERM)
                assert process.wait(PATIENCE) == 1
        finally:
            process.kill()
    assert "most recent call first" in service.log.read_text()


@pytest.mark.parametrize("loaded", ["click", "tilewright.settings", "sqlalchemy", "fastapi"])
def test_a_ctrl_c_while_it_starts_ends_it_without_a_traceback(folder: Path, loaded: str) -> None:
    """When this module was just loaded, which Python tells."""
    service = Service.at(folder, "--workers", "0")
    command = [sys.executable, "-X", "importtime", "-m", "tilewright", *service.command]
    with subprocess.Popen(
        command, env=service.environment, cwd=HOUSE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stderr is not None
            assert any(line.rstrip().endswith(f" {loaded}") for line in process.stderr)
            process.send_signal(signal.SIGINT)
            _, rest = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    assert process.returncode in (0, 130, -signal.SIGINT)
    assert "Traceback" not in rest


def test_what_was_accepted_is_there_after_a_restart(folder: Path) -> None:
    with serving(folder, "--workers", "0") as first:
        job = httpx.post(f"{first.url}{ASYNC}", json=wish(), verify=NO_TLS).json()["request_id"]
    with serving(folder, "--workers", "0") as second:
        assert (
            httpx.get(f"{second.url}/v2/requests/{job}", verify=NO_TLS).json()["status"] == "QUEUED"
        )


def test_a_killed_service_leaves_nothing_behind_that_hinders_the_next(folder: Path) -> None:
    service = Service.at(folder)
    with service.start() as process:
        try:
            until(service.is_ready)
        finally:
            process.kill()
            process.wait(PATIENCE)
    with serving(folder) as second:
        assert httpx.get(f"{second.url}/ready", verify=NO_TLS).status_code == 200
