"""Who holds an admin key sees how the service fares, and manages keys and credits."""

from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from tests.api.conftest import Hire
from tests.api.people import Customer, fault, fields
from tests.serving import NO_TLS, Service, serving, until
from tilewright.database import writing

ROUTES = (
    ("GET", "/admin/overview"),
    ("GET", "/admin/keys"),
    ("POST", "/admin/keys"),
    ("DELETE", "/admin/keys/some"),
    ("GET", "/admin/accounts"),
    ("GET", "/admin/credits?account=ann"),
    ("POST", "/admin/credits"),
)


@pytest.fixture
def boss(hire: Hire) -> Customer:
    """Who runs the service."""
    return hire(admin=True)


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_it_is_for_operators_only(ann: Customer, method: str, path: str) -> None:
    refused = ann.http.request(method, path, json={} if method == "POST" else None)

    assert "may not run the service" in fault(refused, 403, "forbidden")["error"]
    nobody = httpx.request(method, ann.service.url + path, verify=NO_TLS)
    fault(nobody, 401, "unauthorized")


def test_a_service_that_stands_open_is_nobodys_to_run(folder: Path) -> None:
    with serving(folder, "--workers", "0") as service:
        for method, path in ROUTES:
            refused = httpx.request(method, service.url + path, verify=NO_TLS)
            assert "--admin" in fault(refused, 403, "forbidden")["error"]


def test_every_route_is_described_and_tried_here(service: Service) -> None:
    paths = httpx.get(f"{service.url}/openapi.json", verify=NO_TLS).json()["paths"]
    described = {
        (method.upper(), path)
        for path, methods in paths.items()
        for method, operation in methods.items()
        if operation["tags"] == ["admin"]
    }

    tried = {
        (method, path.partition("?")[0].replace("some", "{key_id}")) for method, path in ROUTES
    }
    assert described == tried


def test_the_overview_counts_what_happens(boss: Customer, ann: Customer) -> None:
    before = boss.http.get("/admin/overview").json()
    for prompt in ("oak", "x refuse", "y refuse"):
        ann.result(ann.submit(prompt=prompt))
    running = ann.running()

    after = boss.http.get("/admin/overview").json()

    assert after["completed"] == before["completed"] + 1
    assert after["failed"] == before["failed"] + 2
    (work,) = after["engines"]
    assert (work["name"], work["running"], work["workers"]) == ("synthesis", 1, 1)
    assert work["ready_workers"] == 1
    assert after["mean_seconds"] >= 0
    assert "there is no surface" in {one["last_error"] for one in after["failures"]}
    ann.http.post(f"/v2/requests/{running}/cancel")
    codes = {one["code"] for one in boss.http.get("/admin/overview").json()["failures"]}
    assert "cancelled" in codes


def test_running_the_service_counts_as_use_of_the_key_once_a_minute(
    boss: Customer, books: Engine
) -> None:
    def used() -> str | None:
        keys = boss.http.get("/admin/keys").json()["keys"]
        found: str | None = next(key["last_used_at"] for key in keys if key["id"] == boss.key_id)
        return found

    with writing(books):  # the database takes nothing now, and nobody has to wait for that
        assert boss.http.get("/admin/overview").status_code == 200
        assert used() is None
    first = until(used)
    assert boss.http.get("/admin/overview").status_code == 200
    assert used() == first


def test_a_key_is_made_shown_once_used_and_revoked(boss: Customer) -> None:
    wish = {"account": "eve", "name": "phone", "days": 1, "per_minute": 5, "priority": True}
    answer = boss.http.post("/admin/keys", json=wish)
    made = answer.json()
    assert answer.headers["cache-control"] == "no-store"
    secret = made.pop("key")
    headers = {"x-api-key": secret}
    with httpx.Client(base_url=boss.service.url, headers=headers, verify=NO_TLS) as eve:
        told = eve.get("/api/auth/authenticate").json()
        assert (told["username"], told["admin"]) == ("eve", False)

        listing = boss.http.get("/admin/keys")
        assert secret not in listing.text
        mine = next(one for one in listing.json()["keys"] if one["id"] == made["id"])
        assert mine == made
        assert (mine["account"], mine["name"], mine["per_minute"]) == ("eve", "phone", 5)
        assert (mine["priority"], mine["admin"]) == (True, False)
        assert secret.startswith(mine["start"])
        life = datetime.fromisoformat(mine["expires_at"]) - datetime.fromisoformat(
            mine["created_at"]
        )
        assert life == timedelta(days=1)

        assert boss.http.delete(f"/admin/keys/{made['id']}").status_code == 200
        fault(eve.get("/v1/get-user-credits"), 401, "unauthorized")
    fault(boss.http.delete(f"/admin/keys/{made['id']}"), 404, "not_found")


def test_a_key_cannot_revoke_itself(boss: Customer) -> None:
    fault(boss.http.delete(f"/admin/keys/{boss.key_id}"), 403, "forbidden")


def test_credits_are_given_and_told_to_the_cent(boss: Customer) -> None:
    given = boss.http.post(
        "/admin/credits", json={"account": "zoe", "dollars": "2.25", "note": "invoice 7"}
    ).json()

    assert given == boss.http.get("/admin/credits", params={"account": "zoe"}).json()
    assert given["dollars"] == "2.25"
    assert (given["entries"][0]["kind"], given["entries"][0]["note"]) == ("grant", "invoice 7")
    accounts = boss.http.get("/admin/accounts").json()["accounts"]
    assert next(one["dollars"] for one in accounts if one["name"] == "zoe") == "2.25"
    fault(boss.http.get("/admin/credits", params={"account": "nobody"}), 404, "not_found")

    back = boss.http.post("/admin/credits", json={"account": "zoe", "dollars": -2}).json()
    assert (back["dollars"], back["entries"][0]["dollars"]) == ("0.25", "-2.00")


def test_credits_whose_answer_was_lost_are_sent_again_and_given_once(boss: Customer) -> None:
    key, asked = {"idempotency-key": "invoice 8"}, {"account": "yve", "dollars": 5}
    first, again = (
        boss.http.post("/admin/credits", json=asked, headers=key).json() for _ in range(2)
    )
    other = boss.http.post("/admin/credits", json={**asked, "dollars": 6}, headers=key)

    assert first == again
    assert (first["dollars"], first["entries"][0]["request_id"]) == ("5.00", None)
    assert "request_id" not in fault(other, 409, "idempotency_conflict")


@pytest.mark.parametrize(
    ("path", "body", "name"),
    [
        ("keys", {}, "account"),
        ("keys", {"account": "  "}, "account"),
        ("keys", {"account": "eve", "days": 0}, "days"),
        ("keys", {"account": "eve", "per_minute": 0}, "per_minute"),
        ("keys", {"account": "eve", "power": 1}, "power"),
        ("keys", {"account": "eve", "admin": "yes"}, "admin"),
        ("credits", {"account": "eve", "dollars": "much"}, "dollars"),
        ("credits", {"account": "eve", "dollars": "NaN"}, "dollars"),
        ("credits", {"account": "eve", "dollars": -1}, "dollars"),
        ("credits", {"account": "eve", "dollars": "0.0000001"}, "dollars"),
    ],
)
def test_what_cannot_be_is_named(
    boss: Customer, path: str, body: dict[str, object], name: str
) -> None:
    assert name in fields(boss.http.post(f"/admin/{path}", json=body))


def test_an_account_sees_what_it_used(ann: Customer) -> None:
    ann.result(ann.submit(prompt="oak"))
    ann.result(ann.submit(prompt="x refuse"))

    told = ann.http.get("/api/account/usage").json()

    assert told["dollars"] == "9.98"
    assert told["used"] == [{"days": days, "tiles": 1, "dollars": "0.02"} for days in (1, 7, 30)]
    kinds = [one["kind"] for one in told["entries"]]
    assert kinds == ["release", "hold", "charge", "hold", "grant"]
    assert ann.http.get("/api/auth/authenticate").json()["admin"] is False


def test_the_operators_command_marks_a_key(waiting: Customer) -> None:
    boss = waiting.service.account_by_command("boss", "1", "--admin")

    with boss.line(waiting.service) as http:
        assert http.get("/admin/overview").status_code == 200
    listed = waiting.service.operator("keys", "list").out
    assert next(line for line in listed.splitlines() if boss.key_id in line).endswith("  admin")
