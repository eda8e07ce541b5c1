"""Whatever goes wrong is said in a sentence, nothing that was entered is lost, and it goes on."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.api.people import ASYNC
from tests.page.conftest import Guarded
from tests.page.person import (
    await_tile,
    button,
    enter_key,
    lose_answers,
    make,
    serious,
    wish,
)
from tests.serving import PATIENCE, Account, Service, until

PER_MINUTE = 8
"""One more is let through every 7.5 s, which is longer than a slow machine takes to ask."""

LEASE_OVER_MS = 120_000
"""A worker that is gone is waited for 15 seconds; then the tile is made from the beginning."""

HUGE = 200 * 2**20


def words(page: Page) -> None:
    """What was entered is there."""
    expect(page.get_by_label("What to take from it")).to_have_value(re.compile("leaves"))


def test_a_huge_file_is_refused_at_once_and_never_read(
    page: Page, leaves: Path, tmp_path: Path
) -> None:
    huge = tmp_path / "huge.jpg"
    with huge.open("wb") as file:
        file.truncate(HUGE)
    wish(page, leaves)
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    line = page.context.new_cdp_session(page)
    taken = "Performance.getMetrics"
    line.send("Performance.enable")
    before = {one["name"]: one["value"] for one in line.send(taken)["metrics"]}

    page.locator("#image_1").set_input_files(huge)

    expect(page.locator("#image_1-fault")).to_contain_text(
        "“huge.jpg” is 200 MiB, and at most 32 MiB are taken"
    )
    after = {one["name"]: one["value"] for one in line.send(taken)["metrics"]}
    assert after["JSHeapUsedSize"] - before["JSHeapUsedSize"] < HUGE / 10
    assert asked == []
    words(page)
    expect(page.locator(".slot", has_text="leaves.jpg")).to_be_visible()


def test_a_request_that_comes_too_soon_waits_and_says_how_long(
    visit: BrowserContext, guarded: Guarded, leaves: Path
) -> None:
    dora = guarded.service.account("dora", "5", per_minute=PER_MINUTE)
    page = guarded.open(visit, dora)
    wish(page, leaves)
    spend(guarded, dora)
    make(page)
    expect(page.get_by_text(f"may send {PER_MINUTE} requests per minute")).to_be_visible()
    expect(page.get_by_text(re.compile(r"sent again in \d s"))).to_be_visible()
    assert serious(page) == []
    expect(page.get_by_label("How good it is")).to_be_visible(timeout=60_000)

    spend(guarded, dora)
    make(page)
    button(page, "Do not wait").click()
    expect(page.locator("#refused")).to_contain_text("try again in")
    words(page)


def spend(guarded: Guarded, who: Account) -> None:
    """All that is left of the minute."""
    with who.line(guarded.service) as line:
        until(lambda: line.post(ASYNC, json={}).status_code == 429)


def test_a_key_that_is_revoked_meanwhile_is_asked_for_anew(
    visit: BrowserContext, guarded: Guarded, leaves: Path
) -> None:
    fay = guarded.service.account("fay", "5")
    page = guarded.open(visit, fay)
    wish(page, leaves)
    assert guarded.service.operator("keys", "revoke", fay.key_id).code == 0

    make(page)

    expect(page.locator("#key-fault")).to_contain_text("This API key was revoked")
    assert serious(page) == []
    enter_key(page, guarded.ann.key)
    words(page)
    make(page)
    expect(page.get_by_label("How good it is")).to_be_visible(timeout=60_000)


def test_an_account_without_credits_is_told_what_is_lacking(
    visit: BrowserContext, guarded: Guarded, leaves: Path
) -> None:
    gil = guarded.service.account("gil", "0.01")
    page = guarded.open(visit, gil)
    wish(page, leaves)

    make(page)

    expect(page.locator("#refused")).to_contain_text(re.compile("0.02.*credits|credits.*0.02"))
    words(page)


def test_a_wish_whose_answers_are_lost_is_one_job_however_often_it_is_sent(
    visit: BrowserContext, guarded: Guarded, leaves: Path
) -> None:
    hal = guarded.service.account("hal", "5")
    page = guarded.open(visit, hal)
    wish(page, leaves)
    lose_answers(page, "**/v2/qwen*")
    make(page)
    expect(page.locator("#refused")).to_contain_text("does not answer")
    page.reload()
    page.unroute("**/v2/qwen*")

    make(page)
    await_tile(page)

    with hal.line(guarded.service) as line:
        assert line.get("/inference-request/request-history").json()["total"] == 1
        make(page)
        expect(page.get_by_role("button", name=re.compile("^Tile: "))).to_have_count(2)
        assert line.get("/inference-request/request-history").json()["total"] == 2


def test_that_nothing_answers_is_said_only_as_long_as_it_is_so(page: Page, leaves: Path) -> None:
    wish(page, leaves)
    page.route("**/*", lambda route: route.abort())
    make(page)
    expect(page.locator("#refused")).to_contain_text("does not answer")  # it is not sent again
    expect(page.locator(".banner")).to_be_visible()

    page.unroute("**/*")

    expect(page.locator(".banner")).to_have_count(0)


def test_a_tile_whose_time_is_over_is_said_to_be_gone_while_it_is_looked_at(
    page: Page, service: Service, leaves: Path
) -> None:
    page.clock.install()
    page.reload()
    wish(page, leaves)
    with page.expect_response(re.compile(r"/v2/qwen")) as accepted:
        make(page)
    await_tile(page)
    address = f"{service.url}/v2/requests/{accepted.value.json()['request_id']}"
    assert page.request.delete(address).status == 204

    page.clock.fast_forward("01:00:05")

    expect(page.get_by_text(re.compile("This tile has expired"))).to_be_visible()
    words(page)


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Service]:
    """A service that the test may kill and start."""
    service = Service.at(tmp_path / "data")
    yield service
    assert "Traceback" not in service.log.read_text()


def test_a_service_that_is_killed_in_the_middle_and_started_goes_on(
    mortal: Service, visit: BrowserContext, leaves: Path
) -> None:
    with mortal.start() as first:
        try:
            until(mortal.is_ready)
            page = visit.new_page()
            page.goto(mortal.url)
            wish(page, leaves, side=1024)
            make(page)
            expect(page.get_by_role("progressbar")).to_have_attribute("value", re.compile("."))
        finally:
            first.kill()
    expect(page.get_by_text(re.compile("The service does not answer"))).to_be_visible()
    words(page)

    with mortal.start() as second:
        try:
            expect(page.get_by_label("How good it is")).to_be_visible(timeout=LEASE_OVER_MS)
            expect(page.get_by_text(re.compile("The service does not answer"))).to_have_count(0)
        finally:
            second.terminate()
            second.wait(PATIENCE)
