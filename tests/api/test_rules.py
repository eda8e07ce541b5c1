"""What the operator decides: which words are not taken, and how long anything is kept."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest
from sqlalchemy import Engine, update

from tests.api.people import ASYNC, SYNC, Customer, fault, wish
from tests.api.photos import data_url
from tests.serving import Service, serving, until
from tilewright.database import writing
from tilewright.database.tables import jobs, uploads

RUDE = "a wall of shit"


@pytest.fixture(scope="module", params=["true", "false"])
def judging(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[bool, Service]]:
    """A door that looks at prompts, and one that does not."""
    folder = tmp_path_factory.mktemp("judging") / "data"
    rules = {"moderation": request.param, "blocked_words": "marble, grey slate"}
    with serving(folder, "--workers", "0", **rules) as service:
        yield request.param == "true", service


@pytest.mark.parametrize(
    "prompt", [RUDE, "polished MARBLE.", "grey slate roof", "m a r b l e sh1t"]
)
def test_prompts_with_blocked_words_fail_at_once_and_cost_nothing(
    judging: tuple[bool, Service], prompt: str
) -> None:
    judged, service = judging
    job = httpx.post(f"{service.url}{ASYNC}", json=wish(prompt=prompt)).json()["request_id"]
    answer = httpx.get(f"{service.url}/v2/requests/{job}")

    if judged:
        body = fault(answer, 422, "content_blocked")
        assert body["status"] == "FAILED"
        assert "words that this service does not take" in body["error"]
    else:
        assert answer.json()["status"] == "QUEUED"


@pytest.mark.parametrize("prompt", ["the wall of Scunthorpe", "grass", "cockatoo feathers"])
def test_innocent_prompts_are_taken(waiting: Customer, prompt: str) -> None:
    assert waiting.status(waiting.submit(prompt=prompt))["status"] == "QUEUED"


def test_a_blocked_prompt_is_a_failure_of_a_sync_call_too(ann: Customer) -> None:
    answer = ann.http.post(SYNC, json=wish(prompt=RUDE))

    fault(answer, 422, "content_blocked")
    assert ann.balance() == 10


def test_what_has_had_its_time_is_gone_for_good(ann: Customer, database: Engine) -> None:
    def blobs() -> set[str]:
        return {path.name for path in (ann.service.folder / "blobs").rglob("*") if path.is_file()}

    before = blobs()
    upload = ann.http.post("/upload-asset", json={"data_urls": [data_url()]}).json()["urls"][0]
    job = ann.submit(image_1=upload, image_2=data_url(), retention_seconds=60)
    tile = ann.result(job)["output"]
    assert len(blobs() - before) == 3

    with writing(database) as tx:  # a minute is not waited for here
        for table in (jobs, uploads):
            mine = table.c.account_id == ann.account
            tx.execute(update(table).where(mine).values(expires_at=time.time() - 1))

    fault(ann.http.get(f"/v2/requests/{job}"), 404, "not_found")
    fault(ann.http.post(ASYNC, json=wish(image_1=upload)), 400, "invalid_request")
    until(lambda: blobs() <= before)
    fault(httpx.get(upload), 404, "not_found")
    fault(httpx.get(tile), 404, "not_found")
    assert ann.http.get("/inference-request/request-history").json()["data"] == []
    path = ann.service.folder / "tilewright.db"
    with closing(sqlite3.connect(path)) as shell:
        for name in ("jobs", "uploads"):
            count = f"select count(*) from {name} where account_id = ?"
            assert shell.execute(count, [ann.account]).fetchone() == (0,)
    assert ann.balance() == 10 - ann.price


def test_a_tile_is_kept_as_long_as_was_asked(ann: Customer) -> None:
    url = httpx.URL(ann.result(ann.submit(retention_seconds=600))["output"])

    left = float(url.params["expires"]) - time.time()
    assert 500 < left <= 601  # whole seconds are signed
