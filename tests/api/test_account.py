"""An account sees its own requests, its credits and the models; the operator sees all."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tests.api.conftest import Hire
from tests.api.people import ASYNC, SLUG, Customer, fault, fields, wish
from tests.api.photos import data_url
from tests.serving import NO_TLS, Service, serving, until

HISTORY = "/inference-request/request-history"


def test_history_shows_what_was_asked_and_what_became_of_it(ann: Customer, hire: Hire) -> None:
    hire().submit()
    done, failed = ann.submit(prompt="oak", seed=3), ann.submit(prompt="x refuse")
    for job in (done, failed):
        ann.result(job)

    body = ann.http.get(HISTORY).json()

    assert [row["request_id"] for row in body["data"]] == [failed, done]
    assert body["data"] == body["generations"]
    bad, good = body["data"]
    assert (good["model_name"], good["model_status"], good["error"]) == (SLUG, "COMPLETED", None)
    assert (good["prompt"], good["request_body"]["seed"]) == ("oak", 3)
    assert (good["credits_deduction"], bad["credits_deduction"]) == (0.02, 0)
    assert good["generation_url"].startswith(f"{ann.service.url}/results/")
    assert good["latency_ms"] >= 0
    assert datetime.fromisoformat(good["model_created"]).utcoffset() == timedelta(0)
    assert (bad["model_status"], bad["error"]) == ("FAILED", "there is no surface")
    assert bad["generation_url"] is None
    assert (good["code"], bad["code"]) == (None, "surface_unusable")
    assert ann.http.get(f"{HISTORY}/{done}").json() == good


def test_history_comes_in_pages(ann: Customer) -> None:
    jobs = [ann.submit(prompt=f"number{number}") for number in range(3)]
    first = ann.http.get(HISTORY, params={"per_page": 2}).json()
    second = ann.http.get(HISTORY, params={"per_page": 2, "page": 2}).json()

    listed = [row["request_id"] for page in (first, second) for row in page["data"]]
    assert listed == jobs[::-1]
    assert first["pagination"] == {
        "page": 1,
        "per_page": 2,
        "total": 3,
        "total_pages": 2,
        "has_next": True,
        "has_prev": False,
    }
    assert (second["has_next"], second["has_prev"]) == (False, True)


def test_the_history_shows_what_was_sent_and_where_its_photos_were(
    ann: Customer, shown: str
) -> None:
    sent = {"image_1": shown, "base64": True, "retention_seconds": 90, "quality": 80}
    job = ann.submit(image_2=data_url(), **sent)

    asked = ann.http.get(f"{HISTORY}/{job}").json()["request_body"]
    assert {name: asked[name] for name in sent} == sent
    assert asked["image_2"] is None


def test_generations_are_those_that_made_a_tile(ann: Customer) -> None:
    done = ann.submit()
    ann.result(done)
    ann.result(ann.submit(prompt="x refuse"))

    for path in ("generations", "recent-generations"):
        rows = ann.http.get(f"/inference-request/{path}", params={"model_name": SLUG}).json()
        assert [row["request_id"] for row in rows["data"]] == [done]


def test_history_is_searched_by_the_words_of_the_prompt(ann: Customer) -> None:
    oak = ann.submit(prompt="Old OAK, 100 %")
    ann.submit(prompt="elm")

    for words in ("oak", "100 %", "d o"):
        rows = ann.http.get(HISTORY, params={"search": words}).json()["data"]
        assert [row["request_id"] for row in rows] == [oak]
    assert ann.http.get(HISTORY, params={"search": "oak_"}).json()["data"] == []


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"page": "0"}, "page"),
        ({"page": "one"}, "page"),
        ({"per_page": "101"}, "per_page"),
        ({"status": "DONE"}, "status"),
        ({"sort_by": "beauty"}, "sort_by"),
        ({"sort_order": "up"}, "sort_order"),
        ({"from_date": "yesterday"}, "from_date"),
        ({"from_date": ""}, "from_date"),
        ({"to_date": "0"}, "to_date"),
        ({"to_date": "2026-02-30"}, "to_date"),
        ({"from_date": "9999-12-31"}, "from_date"),
        ({"from_date": "2026-01-01", "to_date": "2026-03-01"}, "from_date"),
        ({"to_date": "0001-01-01", "from_date": "0001-01-01"}, None),
        ({"to_date": "9999-12-31"}, None),
        ({"model_name": "x" * 300}, "model_name"),
        ({"search": "x" * 300}, "search"),
    ],
)
def test_a_wrong_query_is_named(waiting: Customer, query: dict[str, str], name: str | None) -> None:
    answer = waiting.http.get(HISTORY, params=query)

    if name is None:
        assert answer.json()["data"] == []
    else:
        assert list(fields(answer)) == [name]


def test_a_wrong_day_of_the_generations_is_named_as_it_was_sent(waiting: Customer) -> None:
    path = "/inference-request/generations"
    for query, name in (
        ({"start_date": "x"}, "start_date"),
        ({"end_date": "x"}, "end_date"),
        ({"start_date": "9999-12-31"}, "start_date"),
    ):
        assert list(fields(waiting.http.get(path, params=query))) == [name]


def test_only_ones_own_requests_are_listed(waiting: Customer) -> None:
    assert waiting.http.get(HISTORY, params={"user_id": waiting.account}).status_code == 200
    for query in ({"user_id": "another"}, {"user_email": "ann@example.com"}):
        fault(waiting.http.get(HISTORY, params=query), 403, "forbidden")
    refused = waiting.http.get("/inference-request/generations", params={"user_id": "another"})
    fault(refused, 403, "forbidden")


def test_the_account_its_credits_and_the_models_are_told(waiting: Customer) -> None:
    told = waiting.http.get("/api/auth/authenticate").json()
    assert told["user_id"] == waiting.account
    assert told["credits"] == {"balance": 10.0}
    models = waiting.http.get("/inference-model-information/list").json()["models"]
    assert [(one["id"], one["engine"], one["price"]) for one in models] == [
        (SLUG, "synthesis", 0.02)
    ]


def test_the_operator_sees_and_ends_jobs(ann: Customer) -> None:
    job = ann.running()
    typed = ann.service.operator

    listed = [json.loads(line) for line in typed("jobs", "list", "--json").out.splitlines()]
    keys = [json.loads(line) for line in typed("keys", "list", "--json").out.splitlines()]
    name = next(key["account"] for key in keys if key["id"] == ann.key_id)
    assert (job, name) in {(row["id"], row["account"]) for row in listed}
    head, *rows = typed("jobs", "list").out.splitlines()
    row = next(row for row in rows if row.startswith(job))
    assert row[head.index("ACCOUNT") :].startswith(f"{name} ")
    assert row[head.index("STATE") :].startswith("PROCESSING ")
    assert row[head.index("ENGINE") :].startswith("synthesis ")
    shown = json.loads(typed("jobs", "show", job).out)
    assert shown["state"] == "PROCESSING"
    told = typed("jobs", "cancel", job).out
    assert told == f"{job} is cancelled\n"
    assert ann.status(job)["status"] == "FAILED"
    assert ann.balance() == 10
    refused = typed("jobs", "show", "unknown")
    assert refused.code == 2
    assert "Request unknown not found" in refused.err
    assert "`tilewright jobs list`" in refused.err


def test_a_worker_is_told_at_once_that_the_operator_ended_its_job(ann: Customer) -> None:
    """Not by its next renewal, which comes every 5 s and would call it lost."""

    def ended() -> str:
        job = ann.running()
        shown = json.loads(ann.service.operator("jobs", "show", job).out)
        diary: Path = ann.service.folder / "diary" / shown["request"]["prompt"].split()[0]
        ann.service.operator("jobs", "cancel", job)
        until(lambda: "stopped" in diary.read_text())
        return diary.read_text()

    # A renewal may fall between the command's commit and its word, but not each time.
    assert any("stopped: cancelled" in ended() for _ in range(4))


def test_a_job_can_be_cancelled_while_no_service_runs(folder: Path) -> None:
    with serving(folder, "--workers", "0") as service:
        job = httpx.post(f"{service.url}{ASYNC}", json=wish(), verify=NO_TLS).json()["request_id"]
        assert service.operator("jobs", "cancel", job).out == f"{job} is cancelled\n"
        job = httpx.post(f"{service.url}{ASYNC}", json=wish(), verify=NO_TLS).json()["request_id"]

    told = service.operator("jobs", "cancel", job)
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith(f"{job} is cancelled\nNo queue runs")


def test_the_operator_makes_keys_pays_and_takes_them_back(waiting: Customer) -> None:
    service = waiting.service
    ann = service.account_by_command("carol", "1.25", "--name", "laptop", "--days", "1")
    with ann.line(service) as http:
        assert http.get("/v1/get-user-credits").json() == {"credits": 1.25}
        rows = service.operator("keys", "list", "--json").out.splitlines()
        listed = [json.loads(row) for row in rows]
        mine = next(row for row in listed if row["id"] == ann.key_id)
        assert (mine["account"], mine["name"]) == ("carol", "laptop")
        assert ann.key not in str(listed)
        shown = json.loads(service.operator("credits", "show", "carol", "--json").out)
        assert (shown["dollars"], shown["entries"][0]["kind"]) == ("1.25", "grant")

        assert service.operator("keys", "revoke", ann.key_id).code == 0
        fault(http.get("/v1/get-user-credits"), 401, "unauthorized")
    again = service.operator("keys", "revoke", ann.key_id)
    assert (again.code, "no key" in again.err) == (2, True)


def test_lists_for_people_have_a_head_and_columns(waiting: Customer) -> None:
    service = waiting.service
    first = service.account_by_command("list of one", "2.50", "--days", "1e-12", "--priority")
    second = service.account_by_command("listed too", "10", "--name", "of the press")
    service.operator("keys", "revoke", second.key_id)

    head, *rows = service.operator("keys", "list").out.splitlines()
    by_id = {row.split()[0]: row for row in rows}
    for key, account, state in (
        (first, "list of one", "expired"),
        (second, "listed too", "revoked"),
    ):
        row = by_id[key.key_id]
        assert row[head.index("STARTS WITH") :].startswith(f"{key.key[:8]}... ")
        assert row[head.index("ACCOUNT") :].startswith(f"{account} ")
        assert row[head.index("STATE") :].startswith(f"{state} ")
    assert by_id[first.key_id][head.index("MAY ALSO") :] == "priority"

    head, *rows = service.operator("credits", "list").out.splitlines()
    row = next(row for row in rows if row.startswith("list of one "))
    assert row[: head.index("SINCE")].split()[-1] == "2.50"
    listed = [
        json.loads(row) for row in service.operator("credits", "list", "--json").out.splitlines()
    ]
    assert {"list of one": "2.50", "listed too": "10.00"}.items() <= {
        one["name"]: one["dollars"] for one in listed
    }.items()

    told, head, row = service.operator("credits", "show", "list of one").out.splitlines()
    assert told == "list of one has 2.50 dollars"
    assert row[head.index("WHAT") :].split()[:2] == ["grant", "2.50"]


def test_whoever_names_an_account_that_is_none_is_told_where_they_are(waiting: Customer) -> None:
    service = waiting.service
    for words in (("show", "nobody"), ("take", "nobody", "1")):
        refused = service.operator("credits", *words)
        assert (refused.code, "`tilewright credits list`" in refused.err) == (2, True)

    made = service.operator("credits", "add", "brand new", "1")
    told, key = made.err.splitlines()
    assert told.startswith(f"It is new, of the service whose data is in {service.folder}; ")
    assert key == "To make its key: tilewright keys create 'brand new'"
    assert service.operator("credits", "add", "brand new", "1").err == ""


def test_a_key_is_revoked_by_its_start_too(waiting: Customer) -> None:
    service = waiting.service
    key, other = service.account("dora"), service.account("emil")

    told = service.operator("keys", "revoke", f"{key.key[:8]}...")
    assert told.out == f"{key.key_id} is revoked\n"
    with key.line(service) as http:
        fault(http.get("/v1/get-user-credits"), 401, "unauthorized")
    with other.line(service) as http:
        assert http.get("/v1/get-user-credits").status_code == 200


def test_a_key_is_revoked_by_itself_and_no_refusal_repeats_one(waiting: Customer) -> None:
    service = waiting.service
    key, kept = service.account("gabi"), service.account("hugo")

    assert service.operator("keys", "revoke", key.key).out == f"{key.key_id} is revoked\n"
    again = service.operator("keys", "revoke", key.key)
    assert (again.code, f"no key in use is {key.key[:8]}...;" in again.err) == (2, True)
    assert key.key not in again.err
    with kept.line(service) as http:
        assert http.get("/v1/get-user-credits").status_code == 200


def test_a_list_of_nothing_says_so_to_people_only(folder: Path) -> None:
    service = Service.at(folder)
    for name in ("keys", "jobs", "credits"):
        told, listed = service.operator(name, "list"), service.operator(name, "list", "--json")
        assert (told.code, told.out) == (0, "")
        assert "There " in told.err
        assert (listed.code, listed.out, listed.err) == (0, "", "")


@pytest.mark.parametrize(
    "arguments",
    [
        ("credits", "add", "carol", "much"),
        ("credits", "add", "carol", "nan"),
        ("credits", "add", "carol", "0.0000001"),
        ("credits", "add", "carol", "0"),
        ("credits", "take", "nobody", "1"),
        ("credits", "show", "nobody"),
        ("keys", "create", ""),
    ],
)
def test_what_an_operator_mistypes_is_refused_in_a_sentence(
    waiting: Customer, arguments: tuple[str, ...]
) -> None:
    refused = waiting.service.operator(*arguments)

    assert refused.code == 2, refused.out
    assert refused.err.startswith("tilewright: ")
    assert len(refused.err.splitlines()) == 1
