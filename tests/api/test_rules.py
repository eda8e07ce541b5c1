"""What the operator decides: which words are not taken, and how long anything is kept."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, update

from tests.api.people import ASYNC, SYNC, Customer, fault, wish
from tests.api.photos import SMALL, data_url
from tests.serving import NO_TLS, Service, serving, until
from tilewright.database import writing
from tilewright.database.tables import jobs, uploads
from tilewright.store import Links, open_blobs

RUDE = "a wall of shit"

KEPT = 90
"""Seconds, less than the hour that a service usually keeps things."""


@pytest.fixture(scope="module", params=["true", "false"])
def judging(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[bool, Service]]:
    """A door that looks at prompts, and one that does not."""
    folder = tmp_path_factory.mktemp("judging") / "data"
    rules = {"moderation": request.param, "blocked_words": "marble, grey slate"}
    rules["retention_seconds"] = str(KEPT)
    with serving(folder, "--workers", "0", **rules) as service:
        yield request.param == "true", service


@pytest.mark.parametrize(
    "prompt", [RUDE, "polished MARBLE.", "grey slate roof", "m a r b l e sh1t"]
)
def test_prompts_with_blocked_words_fail_at_once_and_cost_nothing(
    judging: tuple[bool, Service], prompt: str
) -> None:
    judged, service = judging
    submitted = httpx.post(f"{service.url}{ASYNC}", json=wish(prompt=prompt), verify=NO_TLS).json()
    job = submitted["request_id"]
    assert submitted["status"] == "QUEUED"
    answer = httpx.get(f"{service.url}/v2/requests/{job}", verify=NO_TLS)

    if judged:
        body = fault(answer, 422, "content_blocked")
        assert body["status"] == "FAILED"
        assert "words that this service does not take" in body["error"]
    else:
        assert answer.json()["status"] == "QUEUED"


def test_a_request_that_names_no_time_is_kept_as_long_as_the_service_keeps_anything(
    judging: tuple[bool, Service],
) -> None:
    _, service = judging
    with httpx.Client(base_url=service.url, verify=NO_TLS) as http:
        job = http.post(ASYNC, json=wish()).json()["request_id"]
        fault(http.post(ASYNC, json=wish(retention_seconds=KEPT + 1)), 400, "invalid_request")
        http.post(f"/v2/requests/{job}/cancel")
    with closing(sqlite3.connect(service.folder / "tilewright.db")) as shell:
        kept = "select expires_at - finished_at from jobs where id = ?"
        assert shell.execute(kept, [job]).fetchone() == (pytest.approx(KEPT),)


@pytest.mark.parametrize("prompt", ["the wall of Scunthorpe", "grass", "cockatoo feathers"])
def test_innocent_prompts_are_taken(waiting: Customer, prompt: str) -> None:
    assert waiting.status(waiting.submit(prompt=prompt))["status"] == "QUEUED"


def test_a_blocked_prompt_is_a_failure_of_a_sync_call_too(ann: Customer) -> None:
    answer = ann.http.post(SYNC, json=wish(prompt=RUDE))

    fault(answer, 422, "content_blocked")
    assert ann.balance() == 10


def test_what_has_had_its_time_is_gone_for_good(ann: Customer, books: Engine) -> None:
    upload = ann.http.post("/upload-asset", json={"data_urls": [data_url()]}).json()["urls"][0]
    job = ann.submit(image_1=upload, image_2=data_url(), retention_seconds=60)
    tile = ann.result(job)["output"]
    kept = ann.kept()
    assert [path.is_file() for path in kept] == [True] * 3

    with writing(books) as tx:  # a minute is not waited for here
        for table in (jobs, uploads):
            mine = table.c.account_id == ann.account
            tx.execute(update(table).where(mine).values(expires_at=time.time() - 1))

    fault(ann.http.get(f"/v2/requests/{job}"), 404, "not_found")
    fault(ann.http.post(ASYNC, json=wish(image_1=upload)), 400, "invalid_request")
    until(lambda: not any(path.exists() for path in kept))
    fault(httpx.get(upload, verify=NO_TLS), 404, "not_found")
    fault(httpx.get(tile, verify=NO_TLS), 404, "not_found")
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


def test_a_repeated_submit_of_a_blocked_prompt_tells_how_it_ended(waiting: Customer) -> None:
    key = {"Idempotency-Key": "once"}
    first, again = (
        waiting.http.post(ASYNC, json=wish(prompt=RUDE), headers=key).json() for _ in range(2)
    )

    assert first["request_id"] == again["request_id"]
    assert (first["status"], again["status"]) == ("QUEUED", "FAILED")


@pytest.mark.parametrize("kind", ["application/json", None, "multipart/form-data; boundary=x"])
@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_while_there_is_no_key_no_page_of_another_site_may_act(
    judging: tuple[bool, Service], origin: str, kind: str | None
) -> None:
    _, service = judging
    headers = {"Origin": origin, **({"Content-Type": kind} if kind else {})}

    for path in (ASYNC, SYNC, "/upload-asset", "/webhook/add"):
        answer = httpx.post(f"{service.url}{path}", json=wish(), headers=headers, verify=NO_TLS)
        assert origin in fault(answer, 403, "forbidden")["error"]


@pytest.mark.parametrize("name", ["evil.example", "127.0.0.1.evil.example", "10.0.0.1"])
def test_while_there_is_no_key_no_name_but_this_machines_own_is_answered(
    judging: tuple[bool, Service], waiting: Customer, name: str
) -> None:
    """A page of a name that was made to lead here is no other site to its visitor's browser."""
    _, service = judging
    led = {"Host": f"{name}:{service.port}", "Origin": f"http://{name}:{service.port}"}
    with httpx.Client(base_url=service.url, headers=led, verify=NO_TLS) as page:
        assert name in fault(page.post(ASYNC, json=wish()), 403, "forbidden")["error"]
        fault(page.get("/inference-request/request-history"), 403, "forbidden")
    assert waiting.http.post(ASYNC, json=wish(), headers=led).status_code == 200


@pytest.mark.parametrize("name", ["localhost", "[::1]", "tiles.localhost", "127.0.0.5"])
def test_each_name_of_this_machine_is_answered_while_there_is_no_key(
    judging: tuple[bool, Service], name: str
) -> None:
    _, service = judging
    path = f"{service.url}/v1/get-user-credits"

    assert httpx.get(path, headers={"Host": name}, verify=NO_TLS).status_code == 200


def test_our_own_page_may_and_so_may_a_page_that_was_given_a_key(
    judging: tuple[bool, Service], waiting: Customer
) -> None:
    _, service = judging

    own = httpx.post(
        f"{service.url}{ASYNC}", json=wish(), headers={"Origin": service.url}, verify=NO_TLS
    )
    keyed = waiting.http.post(ASYNC, json=wish(), headers={"Origin": "https://good.example"})

    assert (own.status_code, keyed.status_code) == (200, 200)


FRIEND, STRANGER = "https://app.example:8443", "https://evil.example"
ASKING = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-api-key"}
MAY = "access-control-allow-origin"


def test_pages_of_the_sites_that_are_named_may_ask_and_read_the_answer(folder: Path) -> None:
    named = f"{FRIEND}, http://localhost:5173"
    with serving(folder, "--workers", "0", origins=named) as service:
        with httpx.Client(base_url=service.url, headers={"Origin": FRIEND}, verify=NO_TLS) as page:
            before = page.options(ASYNC, headers=ASKING)
            sent = page.post(ASYNC, json=wish())
            polled = page.get(sent.json()["status_url"])
            missed = page.get("/v2/requests/unknown")
        with httpx.Client(
            base_url=service.url, headers={"Origin": STRANGER}, verify=NO_TLS
        ) as page:
            refused = page.options(ASYNC, headers=ASKING)
            fault(page.post(ASYNC, json=wish()), 403, "forbidden")

    assert before.headers["access-control-allow-headers"] == "x-api-key"
    for answer, status in ((before, 200), (sent, 200), (polled, 200), (missed, 404)):
        assert (answer.status_code, answer.headers[MAY]) == (status, FRIEND)
    assert sent.headers["access-control-expose-headers"] == "*"
    assert (refused.status_code, MAY in refused.headers) == (400, False)


def test_no_page_of_another_site_may_ask_unless_the_operator_named_it(waiting: Customer) -> None:
    asked = {"Origin": FRIEND, **ASKING}
    before = waiting.http.options(ASYNC, headers=asked)
    answer = waiting.http.get("/v1/get-user-credits", headers={"Origin": FRIEND})

    fault(before, 405, "http_405")
    assert MAY not in before.headers.keys() | answer.headers.keys()


def test_a_link_that_one_door_signed_opens_at_another_with_the_same_secret(
    folder: Path, tmp_path: Path
) -> None:
    secret, blobs = "known to both of the doors", str(tmp_path / "shared")
    name = open_blobs(tmp_path / "shared").put(SMALL)
    links = {
        word: Links(word.encode()).sign(name, time.time() + 60)
        for word in (secret, "known to nobody else")
    }
    shared = {"link_secret": secret, "store_url": blobs}
    with (
        serving(folder, "--workers", "0", **shared) as one,
        serving(tmp_path / "other", "--workers", "0", **shared) as two,
    ):
        for door in (one, two):
            told = [
                httpx.get(
                    f"{door.url}/results/{name}/tile.png", params=query, verify=NO_TLS
                ).status_code
                for query in links.values()
            ]
            assert told == [200, 403]


def test_a_door_with_a_shared_store_asks_for_a_shared_secret(folder: Path, tmp_path: Path) -> None:
    blobs = str(tmp_path / "shared")
    with serving(folder, "--workers", "0", store_url=blobs) as door:
        until(lambda: "set TILEWRIGHT_LINK_SECRET" in door.log.read_text())
