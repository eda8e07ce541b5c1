"""A worker on another machine: `tilewright worker`, told where the queue is and nothing else."""

import base64
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.chaos.service import Service
from tests.database.postgres import Cluster
from tests.fleet.nats import Nats
from tests.house.tree import HOUSE
from tests.ports import free_port
from tests.serving import until
from tests.store.s3 import S3
from tests.trust import Trust

PROMPT = "Extract asphalt texture from the road."
WEBP = (b"RIFF", b"WEBP")


@contextmanager
def worker(home: Path, **settings: str) -> Iterator["subprocess.Popen[bytes]"]:
    """The real command in an empty folder, with these variables and none besides."""
    home.mkdir()
    with (home.with_suffix(".log")).open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tilewright", "worker", "--engine", "synthesis"],
            cwd=home,
            env={"PATH": os.environ["PATH"], "HOME": str(home), **settings},
            stdout=log,
            stderr=log,
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def test_a_worker_that_knows_the_queue_only_makes_a_tile_over_encrypted_lines(
    tmp_path: Path, cluster: Cluster, trust: Trust
) -> None:
    authority = {"TILEWRIGHT_CA_FILE": str(trust.authority)}
    with (
        Nats(tmp_path / "nats", certificate=trust.certificate) as nats,
        S3(tmp_path, certificate=trust.certificate, authority=trust.authority) as s3,
        Service(
            tmp_path / "door",
            cluster.ready_database(),
            **nats.settings,
            **s3.settings("apart"),
            **authority,
        ) as there,
        worker(tmp_path / "elsewhere", **nats.settings, **authority),
    ):
        there.start()
        photo = httpx.post(
            f"{there.url}/upload-asset",
            json={"data_urls": [_photo()]},
            headers={"x-api-key": there.key},
            timeout=30,
        ).json()["urls"][0]
        job = there.post(PROMPT, image_1=photo, aspect_ratio="1:1", width=256, height=256)
        there.all_end()

        told = there.get(f"/v2/requests/{job.json()['request_id']}")
        assert told.status_code == 200, told.text
        image = told.json()["images"][0]
        tile = httpx.get(image["url"])
        assert (tile.content[:4], tile.content[8:12]) == WEBP
        assert tile.headers["content-type"] == image["content_type"] == "image/webp"
        assert len(tile.content) == image["file_size"]
        assert "immutable" in tile.headers["cache-control"]
        kept = s3.blobs("apart").put_before(time.time() + 60)
        assert len(kept) == 2
        assert not (tmp_path / "door" / "blobs").exists()
        assert list((tmp_path / "elsewhere").iterdir()) == []

        assert _delete(there, job.json()["request_id"]) == 204
        until(lambda: len(s3.blobs("apart").put_before(time.time() + 60)) == 1)  # the upload
        assert httpx.get(image["url"]).status_code == 404


def test_a_queue_that_shows_an_unknown_certificate_is_not_believed(
    tmp_path: Path, trust: Trust
) -> None:
    log = tmp_path / "elsewhere.log"
    with (
        Nats(tmp_path / "nats", certificate=trust.certificate) as nats,
        worker(tmp_path / "elsewhere", **nats.settings),
    ):
        until(lambda: "certificate verify failed" in log.read_text())


def test_a_door_names_what_is_wrong_with_its_store_and_does_not_start(
    tmp_path: Path, s3: S3
) -> None:
    settings = s3.settings("wrong") | {"TILEWRIGHT_STORE_URL": "s3://nobodys"}
    ended = subprocess.run(
        [sys.executable, "-m", "tilewright", "serve", "--port", str(free_port())],
        cwd=HOUSE,
        env={**os.environ, **settings, "TILEWRIGHT_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert ended.returncode != 0
    assert "has no bucket 'nobodys'; make it, or correct TILEWRIGHT_STORE_URL" in ended.stderr


def _delete(there: Service, job: str) -> int:
    headers = {"x-api-key": there.key}
    return httpx.delete(f"{there.url}/v2/requests/{job}", headers=headers).status_code


def _photo() -> str:
    """A street, as a data: address."""
    data = (HOUSE / "examples" / "asphalt_street.jpg").read_bytes()
    return f"data:image/jpeg;base64,{base64.b64encode(data).decode()}"
