"""The page and the published client find a fleet as one machine, whichever door answers."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.database.postgres import Cluster
from tests.deploy.plain import DOORS, WORKERS, Fleet, fleet_without_workers
from tests.page.person import await_tile, button, enter_key, make, wish
from tests.sdk.address import turned
from tests.serving import NO_TLS
from tests.store.s3 import S3

SLUG = "qwen-image-edit-plus-texture-extract"


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory, cluster: Cluster, s3: S3) -> Iterator[Fleet]:
    """Two doors and two workers on PostgreSQL and an object store."""
    folder = tmp_path_factory.mktemp("fleet")
    with fleet_without_workers(folder, cluster.ready_database(), s3) as started:
        for name in WORKERS:
            started.start(name, "worker")
        yield started


class Side:
    """One door, for somebody with a key."""

    def __init__(self, fleet: Fleet, door: str, key: str) -> None:
        self.url = fleet.url(door)
        self.key = key

    def open(self, visit: BrowserContext) -> Page:
        page = visit.new_page()
        page.goto(self.url)
        enter_key(page, self.key)
        return page


def test_a_tile_that_was_made_at_one_door_is_in_the_history_of_another(
    visit: BrowserContext, fleet: Fleet, leaves: Path
) -> None:
    key = fleet.new_key("studio")
    first, second = (Side(fleet, door, key) for door in DOORS)
    page = first.open(visit)
    wish(page, leaves)
    make(page)
    await_tile(page)

    page = second.open(visit)
    page.get_by_role("link", name="History", exact=True).click()
    past = page.locator(".past li")
    expect(past).to_have_count(1)
    picture = past.locator("img").element_handle()
    page.wait_for_function("one => one.complete && one.naturalWidth", arg=picture)
    past.get_by_role("button", name=re.compile("^Extract fallen")).click()
    await_tile(page)
    with page.expect_download() as taken:
        page.get_by_role("link", name="Download webp").click()
    assert taken.value.suggested_filename.endswith(".webp")
    expect(button(page, "Borders in the middle")).to_be_visible()


def test_the_published_client_uploads_at_one_door_and_runs_at_another(
    fleet: Fleet, leaves: Path
) -> None:
    key = fleet.new_key("laboratory")
    first, second = (turned(Side(fleet, door, key)) for door in DOORS)
    photo = str(first.files.upload(leaves)["file_urls"][0])

    small = {"image_1": photo, "prompt": "Extract fallen leaves texture.", "width": 128}
    result = second.run(slug=SLUG, **small)

    assert result["status"] == "COMPLETED"
    assert httpx.get(result["output"], verify=NO_TLS).headers["content-type"] == "image/webp"
    for client in (first, second):
        client._client.close()
