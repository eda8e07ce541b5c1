"""Whoever asked for it is told of the end of a job, in a signed message, and again if need be."""

import json
from collections.abc import Callable, Iterator
from threading import Event
from typing import Any

import pytest
from sqlalchemy import Engine, update
from standardwebhooks import Webhook, WebhookVerificationError

from tests.api.people import ASYNC, Customer, fault, fields, wish
from tests.intake.site import Answer, Site, answer, redirect
from tests.serving import until
from tilewright.api.rounds import AT_ONCE, OF_ONE
from tilewright.database import writing
from tilewright.database.tables import deliveries

Stranger = Callable[[Answer], Site]

EVERY = ["PIXELFLOW"]


def taken(path: str) -> list[bytes]:
    return [answer()]


def message(request: str) -> tuple[dict[str, str], str]:
    """Headers, in small letters, and body of what a receiver got."""
    head, _, body = request.partition("\r\n\r\n")
    lines = (line.split(": ", 1) for line in head.split("\r\n")[1:])
    return {name.lower(): value for name, value in lines}, body


def verified(request: str, secret: str) -> Any:
    """The body, if it was signed with that secret."""
    headers, body = message(request)
    return Webhook(secret).verify(body, headers)


def logged(customer: Customer, webhook: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = customer.http.get(
        "/webhook/dispatch-logs", params={"webhook_id": webhook}
    ).json()["logs"]
    return found


def tried(customer: Customer, hook: dict[str, str], tries: int = 1) -> dict[str, Any]:
    """The newest entry of the log, once there were so many tries."""

    def newest() -> dict[str, Any] | None:
        rows = logged(customer, hook["webhook_id"])
        return rows[0] if rows and rows[0]["tries"] == tries else None

    found: dict[str, Any] = until(newest)
    return found


def add(customer: Customer, url: str, types: list[str] = EVERY) -> dict[str, str]:
    body = {"webhook_url": url, "event": {"types": types}}
    answer = customer.http.post("/webhook/add", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, str] = answer.json()
    return found


def hurry(books: Engine) -> None:
    """Whatever waits for another try is due now: an hour is not waited for here."""
    with writing(books) as tx:
        tx.execute(update(deliveries).where(deliveries.c.state == "WAITING").values(next_at=0))


def test_a_request_tells_its_own_address_with_the_accounts_signature(
    ann: Customer, stranger: Stranger
) -> None:
    site = stranger(taken)
    job = ann.submit(webhook_url=f"{site.url}/hook?mine=1")
    until(lambda: site.requests)

    secret = ann.http.get("/api/auth/authenticate").json()["webhook_secret"]
    body = verified(site.requests[0], secret)
    assert site.requests[0].startswith("POST /hook?mine=1 HTTP/1.1")
    assert body["type"] == "request.completed"
    assert (body["data"]["request_id"], body["data"]["status"]) == (job, "COMPLETED")
    assert "traceparent" not in body
    with pytest.raises(WebhookVerificationError):
        verified(site.requests[0].replace(job, "another"), secret)


def test_the_callers_trace_goes_on_to_the_receiver(ann: Customer, stranger: Stranger) -> None:
    site = stranger(taken)
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    asked = wish(webhook_url=f"{site.url}/hook")
    assert ann.http.post(ASYNC, json=asked, headers={"traceparent": trace}).status_code == 200
    until(lambda: site.requests)

    assert f"traceparent: {trace}" in site.requests[0]


@pytest.mark.parametrize(
    ("types", "told"),
    [
        (["PIXELFLOW"], ["request.completed", "request.failed"]),
        (["*"], ["request.completed", "request.failed"]),
        (["NODE_RUN"], ["request.completed", "request.failed"]),
        (["request.failed"], ["request.failed"]),
        (["request.completed"], ["request.completed"]),
    ],
)
def test_an_account_is_told_what_it_subscribed_to(
    ann: Customer, stranger: Stranger, types: list[str], told: list[str]
) -> None:
    site = stranger(taken)
    hook = add(ann, site.url, types)
    for prompt in ("x", "x refuse"):
        ann.result(ann.submit(prompt=prompt))

    until(lambda: len(site.requests) == len(told))

    bodies = [verified(request, hook["secret"]) for request in site.requests]
    assert sorted(body["type"] for body in bodies) == told
    log = until(
        lambda: (
            (rows := logged(ann, hook["webhook_id"]))
            and {row["status"] for row in rows} == {"delivered"}
            and rows
        )
    )
    assert sorted(row["event_type"] for row in log) == told
    assert {row["response_code"] for row in log} == {200}


def test_a_request_tells_what_became_of_its_messages(
    hire: Callable[..., Customer], stranger: Stranger
) -> None:
    ann, bob = hire(), hire()
    hook = add(ann, stranger(taken).url)
    job = ann.submit(webhook_url=stranger(lambda path: [answer(b"", "500 Oops")]).url)

    def told() -> dict[str, dict[str, Any]] | None:
        found = ann.http.get("/webhook/request-logs", params={"request_id": job}).json()["logs"]
        by_webhook = {one["webhook_id"]: one for one in found}
        return by_webhook if len(found) == 2 and all(one["tries"] for one in found) else None

    rows = until(told)
    assert (rows[hook["webhook_id"]]["status"], rows[None]["status"]) == ("delivered", "waiting")
    assert rows[None]["response_code"] == 500
    fault(bob.http.get("/webhook/request-logs", params={"request_id": job}), 404, "not_found")


def test_a_cancel_is_told_too(ann: Customer, stranger: Stranger) -> None:
    site = stranger(taken)
    job = ann.running(webhook_url=site.url)
    ann.http.post(f"/v2/requests/{job}/cancel")
    until(lambda: site.requests)

    data = json.loads(message(site.requests[0])[1])["data"]
    assert (data["status"], data["error"]) == ("FAILED", "cancelled by its owner")


def test_a_receiver_that_fails_hears_the_same_message_again(
    ann: Customer, stranger: Stranger, books: Engine
) -> None:
    answers = iter(["500 Oops", "503 Busy", "204 No Content"])
    site = stranger(lambda path: [answer(b"", next(answers))])
    hook = add(ann, site.url)
    ann.result(ann.submit())

    for tries, status in ((1, 500), (2, 503)):
        row = tried(ann, hook, tries)
        assert (row["status"], row["response_code"]) == ("waiting", status)
        assert str(status) in row["error"]
        hurry(books)
    until(lambda: logged(ann, hook["webhook_id"])[0]["status"] == "delivered")

    heads = [message(request)[0] for request in site.requests]
    assert len(heads) == 3
    assert len({head["webhook-id"] for head in heads}) == 1
    assert [verified(request, hook["secret"]) for request in site.requests]


def silent(path: str) -> Iterator[bytes]:
    yield b"HTTP/1.1 "


def test_redirecting_refusing_and_broken_receivers_are_logged(
    ann: Customer, stranger: Stranger
) -> None:
    aim = stranger(taken)
    with Site(taken) as closed:
        gone = closed.url
    hooks = {
        "302": add(ann, stranger(lambda path: [redirect(aim.url)]).url),
        "does not take connections": add(ann, gone),
        "did not speak HTTP": add(ann, stranger(silent).url),
    }
    ann.result(ann.submit())

    for words, hook in hooks.items():
        row = tried(ann, hook)
        assert words in row["error"]
        assert row["status"] == "waiting"
    assert aim.requests == []


def test_a_slow_receiver_holds_up_no_other(ann: Customer, stranger: Stranger) -> None:
    over = Event()

    def slow(path: str) -> Iterator[bytes]:
        over.wait(20)
        yield answer()

    late, prompt = stranger(slow), stranger(taken)
    hooks = [add(ann, late.url), add(ann, prompt.url)]
    ann.result(ann.submit())

    until(lambda: logged(ann, hooks[1]["webhook_id"])[0]["status"] == "delivered")
    assert late.requests
    assert logged(ann, hooks[0]["webhook_id"])[0]["status"] == "waiting"
    over.set()
    until(lambda: logged(ann, hooks[0]["webhook_id"])[0]["status"] == "delivered")


def test_receivers_that_hang_hold_up_no_other_account(
    hire: Callable[..., Customer], stranger: Stranger
) -> None:
    over = Event()

    def hanging(path: str) -> Iterator[bytes]:
        over.wait(20)
        yield answer()

    ann, bob = hire(), hire()
    late, prompt = stranger(hanging), stranger(taken)
    for number in range(3 * AT_ONCE):
        add(ann, f"{late.url}/{number}")
    ann.result(ann.submit())
    until(lambda: late.requests)

    bob.submit(webhook_url=prompt.url)
    until(lambda: prompt.requests)
    assert len(late.requests) <= AT_ONCE + OF_ONE
    over.set()
    until(lambda: len({one.split()[1] for one in late.requests}) == 3 * AT_ONCE)


def test_a_silenced_webhook_is_told_nothing(ann: Customer, stranger: Stranger) -> None:
    site, other = stranger(taken), stranger(taken)
    hook = add(ann, site.url)
    add(ann, other.url)
    ann.http.get("/webhook/inactive", params={"webhook_id": hook["webhook_id"]})
    ann.result(ann.submit())

    until(lambda: other.requests)
    assert logged(ann, hook["webhook_id"]) == []


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"event": {"types": ["*"]}}, "webhook_url"),
        ({"webhook_url": "http://10.0.0.1/", "event": {"types": ["*"]}}, "webhook_url"),
        ({"webhook_url": "ftp://example.com/", "event": {"types": ["*"]}}, "webhook_url"),
        ({"webhook_url": "https://example.com/"}, "event"),
        ({"webhook_url": "https://example.com/", "event": []}, "event"),
        ({"webhook_url": "https://example.com/", "event": {}}, "event.types"),
        ({"webhook_url": "https://example.com/", "event": {"types": ["*"] * 21}}, "event.types"),
        ({"webhook_url": "https://example.com/", "event": {"types": []}}, "event.types"),
        ({"webhook_url": "https://example.com/", "event": {"types": [7]}}, "event.types"),
        ({"webhook_url": "https://example.com/", "event": {"types": "x"}}, "event.types"),
        ({"webhook_url": "https://example.com/", "event": {"types": ["foo.bar"]}}, "event.types"),
        ({"webhook_url": "https://example.com/", "event": {"types": ["*", "all"]}}, "event.types"),
        ({"webhook_url": "https://example.com/", "event": {"types": ["*"]}, "a": 1}, "a"),
    ],
    ids=lambda one: str(one)[:40],
)
def test_a_wrong_webhook_is_refused_by_the_name_of_its_fault(
    waiting: Customer, body: object, name: str
) -> None:
    told = fields(waiting.http.post("/webhook/add", json=body))
    assert list(told) == [name]
    assert "List should" not in told[name]
    assert "valid dictionary" not in told[name]


def test_a_word_that_nothing_is_told_by_is_answered_with_those_that_are_taken(
    ann: Customer,
) -> None:
    hook = add(ann, "https://example.com/")["webhook_id"]
    body = {"webhook_url": "https://example.com/", "event": {"types": ["request.complete"]}}
    for route, more in (("add", {}), ("update", {"webhook_id": hook})):
        told = fields(ann.http.post(f"/webhook/{route}", json={**body, **more}))["event.types"]
        for word in ("request.completed", "request.failed", "*", "PIXELFLOW", "'request.complete'"):
            assert word in told


def test_somebody_elses_webhook_is_not_there(waiting: Customer, ann: Customer) -> None:
    hook = add(ann, "https://example.com/hook")["webhook_id"]

    for customer, webhook in ((waiting, hook), (ann, "unknown")):
        ask = {"webhook_id": webhook}
        body = {**ask, "webhook_url": "https://example.com/", "event": {"types": ["*"]}}
        for told in (
            customer.http.get("/webhook/inactive", params=ask),
            customer.http.get("/webhook/dispatch-logs", params=ask),
            customer.http.post("/webhook/update", json=body),
        ):
            fault(told, 404, "not_found")
    assert fields(ann.http.get("/webhook/inactive")) == {"webhook_id": "is required"}
