"""Who runs the service signs in with an admin key; nobody else gets there."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.api.people import ASYNC, wish
from tests.page.conftest import Guarded
from tests.page.person import button, enter_key, lose_answers, overhang, serious
from tests.serving import until


def test_others_are_told_what_is_needed(visit: BrowserContext, guarded: Guarded) -> None:
    page = guarded.open(visit, guarded.ann)
    expect(page.get_by_role("link", name="History")).to_be_visible()
    expect(page.get_by_role("link", name="Operator")).to_have_count(0)

    page.goto(f"{guarded.service.url}/#operator")

    expect(page.get_by_text("The key of ann may not run the service.")).to_be_visible()
    assert serious(page) == []
    button(page, "Enter an admin key").click()
    enter_key(page, guarded.boss.key)
    expect(page.get_by_role("heading", name="How it fares")).to_be_visible()


def test_a_service_that_stands_open_has_no_operator(page: Page) -> None:
    page.goto(f"{page.url}#operator")

    expect(page.get_by_text("This needs an admin key.")).to_be_visible()


def test_how_the_service_fares_is_seen_as_it_happens(
    visit: BrowserContext, guarded: Guarded
) -> None:
    page = guarded.open(visit, guarded.boss, "operator")
    fares = page.get_by_role("region", name="How it fares")
    expect(fares).to_contain_text("1 of 1 workers ready")

    with guarded.ann.line(guarded.service) as line:
        job = line.post(ASYNC, json=wish(prompt="elm refuse")).json()["request_id"]
        until(lambda: line.get(f"/v2/requests/{job}/status").json()["status"] == "FAILED")

    expect(fares.get_by_text("there is no surface")).to_be_visible(timeout=10_000)


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_keys_are_made_paid_for_and_revoked(
    visit: BrowserContext, guarded: Guarded, width: int, scheme: str
) -> None:
    name = f"eve{width}"
    page = guarded.open(visit, guarded.boss, "operator")
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 900})
    form = page.get_by_role("form", name="Make a key")
    form.get_by_label("Account").fill(name)
    form.get_by_label("Requests a minute").fill("7")
    form.get_by_label("Account").press("Enter")
    secret = page.locator(".secret").inner_text()
    pay = page.get_by_role("form", name="Give credits")
    pay.get_by_label("To the account").fill(name)
    pay.get_by_label("Dollars").fill("much")
    pay.get_by_label("Dollars").press("Enter")
    expect(page.locator(".fault")).to_contain_text("dollars")
    pay.get_by_label("Dollars").fill("2.25")
    button(page, "Give credits").click()
    expect(page.get_by_role("heading", name=f"{name} has $2.25")).to_be_visible()
    assert serious(page) == []
    assert overhang(page) <= 0

    address, headers = f"{guarded.service.url}/v1/get-user-credits", {"x-api-key": secret}
    assert page.request.get(address, headers=headers).json() == {"credits": 2.25}
    row = page.get_by_label("Keys", exact=True).locator("tr", has_text=name)
    expect(row).to_contain_text("7 a minute")
    row.get_by_role("button", name=re.compile("^Revoke")).click()
    row.get_by_role("button", name="Revoke for good").click()
    expect(row).to_contain_text("revoked")
    assert page.request.get(address, headers=headers).status == 401
    button(page, "I have it").click()
    assert secret not in page.content()
    mine = page.get_by_label("Keys", exact=True).locator("tr", has_text="boss")
    mine.get_by_role("button", name=re.compile("^Revoke")).click()
    mine.get_by_role("button", name="Revoke for good").click()
    expect(mine).to_contain_text("cannot revoke itself")


def test_credits_whose_answer_is_lost_are_given_once(
    visit: BrowserContext, guarded: Guarded
) -> None:
    page = guarded.open(visit, guarded.boss, "operator")
    pay = page.get_by_role("form", name="Give credits")
    for settled in ("Revoke", "Statement of boss"):  # until the tables are there, the form moves
        expect(page.get_by_role("button", name=settled).first).to_be_visible()
    pay.get_by_label("To the account").fill("ivy")
    pay.get_by_label("Dollars").fill("25")
    credits = "**/admin/credits"

    lose_answers(page, credits)
    button(page, "Give credits").click()
    expect(page.get_by_text("The service does not answer. Nothing you entered")).to_be_visible()
    page.unroute(credits)
    button(page, "Give credits").click()

    expect(page.get_by_role("heading", name="ivy has $25")).to_be_visible()
    expect(pay.get_by_label("Dollars")).to_have_value("")

    pay.get_by_label("To the account").fill("ivy")
    pay.get_by_label("Dollars").fill("1")
    lose_answers(page, credits)
    button(page, "Give credits").click()
    expect(page.get_by_text("The service does not answer. Nothing you entered")).to_be_visible()
    page.unroute(credits)
    pay.get_by_label("Dollars").fill("3")
    button(page, "Give credits").click()
    expect(
        page.get_by_text("What you sent before, and got no answer to, was given")
    ).to_be_visible()
    pay.get_by_label("Dollars").fill("2")
    button(page, "Give credits").click()

    expect(page.get_by_role("heading", name="ivy has $28")).to_be_visible()
