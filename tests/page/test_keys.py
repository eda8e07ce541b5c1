"""A service with keys asks for one, and it goes nowhere else."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Request, expect

from tests.page.person import await_tile, enter_key, make, serious, wish
from tests.serving import Account, Service, serving


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, Account]]:
    with serving(tmp_path_factory.mktemp("locked") / "data") as service:
        yield service, service.account("ann", "0.02")


def test_a_key_is_asked_for_kept_and_never_in_an_address(
    visit: BrowserContext, locked: tuple[Service, Account], leaves: Path
) -> None:
    service, ann = locked
    asked: list[Request] = []
    visit.on("request", lambda one: asked.append(one))
    page = visit.new_page()
    page.goto(service.url)
    expect(page.get_by_role("heading", name="This service asks for an API key")).to_be_visible()
    assert serious(page) == []
    enter_key(page, "not a key")
    expect(page.get_by_role("heading", name="Your API key")).to_be_visible()
    expect(page.locator("#key-fault")).to_contain_text("not known")
    enter_key(page, ann.key)

    wish(page, leaves)
    make(page)
    await_tile(page)
    page.reload()
    await_tile(page)

    assert [one.url for one in asked if ann.key in one.url] == []
    assert [one.url for one in asked if not one.url.startswith((service.url, "blob:"))] == []
    make(page)
    expect(page.locator("#refused")).to_contain_text("credits")
    expect(page.get_by_label("What to take from it")).not_to_have_value("")


def test_who_needs_no_key_is_not_told_that_one_is_asked_for(page: Page) -> None:
    page.get_by_role("button", name="Enter a key").click()

    expect(page.get_by_role("heading", name="An API key, if you have one")).to_be_visible()
