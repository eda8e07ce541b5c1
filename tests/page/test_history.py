"""What was made before is found again, opened and deleted; and what it cost is told."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import BrowserContext, Page, expect

from tests.api.people import ASYNC, wish
from tests.page.conftest import Guarded
from tests.page.person import await_tile, button, make, overhang, serious
from tests.page.person import wish as fill_in
from tests.serving import until

PER_PAGE = 24

DAY = 24 * 60 * 60

TIMES = "\N{MULTIPLICATION SIGN}"


def go(page: Page, place: str) -> None:
    page.get_by_role("link", name=place, exact=True).click()


def test_without_a_key_it_is_that_of_this_browser(page: Page, leaves: Path) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    go(page, "History")
    expect(page.get_by_text("Nothing yet.")).to_be_visible()
    go(page, "Make")
    fill_in(page, leaves)
    make(page)
    await_tile(page)

    go(page, "History")
    past = page.locator(".past li")
    expect(past).to_have_count(1)
    picture = past.locator("img")
    page.wait_for_function("one => one.complete && one.naturalWidth", arg=picture.element_handle())
    assert serious(page) == []
    assert overhang(page) <= 0
    page.get_by_label("Search the words").fill("no such words")
    expect(page.get_by_text("No request has these words.")).to_be_visible()
    page.get_by_label("Search the words").fill("LEAVES")
    past.get_by_role("button", name=re.compile("^Extract fallen")).click()
    await_tile(page)

    go(page, "History")
    past.get_by_role("button", name=re.compile("^Delete: ")).click()
    button(page, "Keep").click()
    past.get_by_role("button", name=re.compile("^Delete: ")).click()
    button(page, "Delete for good").click()
    expect(past).to_have_count(0)


def test_with_a_key_it_is_the_accounts_page_by_page(
    visit: BrowserContext, guarded: Guarded
) -> None:
    carol = guarded.service.account("carol", "1.00")
    with carol.line(guarded.service) as line:
        jobs = [
            line.post(ASYNC, json=wish(prompt=f"oak{number}", seed=number)).json()["request_id"]
            for number in range(PER_PAGE + 1)
        ]
        refused = line.post(ASYNC, json=wish(prompt="oak refuse")).json()["request_id"]
        until(lambda: line.get(f"/v2/requests/{refused}/status").json()["status"] == "FAILED")
        page = guarded.open(visit, carol, "history")
        past = page.locator(".past li")
        expect(past).to_have_count(PER_PAGE)
        expect(page.get_by_text("26 requests.")).to_be_visible()
        expect(past.first).to_contain_text("there is no surface")
        button(page, "Older").click()
        expect(past).to_have_count(2)
        expect(past.last).to_contain_text("oak0")

        page.get_by_label("Search the words").fill("OAK2")
        expect(past).to_have_count(6)  # 2 and 20 to 24
        past.get_by_role("button", name=re.compile("Delete: oak24")).click()
        button(page, "Delete for good").click()
        expect(past).to_have_count(5)
        assert line.get(f"/v2/requests/{jobs[24]}").status_code == 404

    expect(page.locator(".used")).to_contain_text("$0.50")
    expect(page.locator(".used")).to_contain_text("25 tiles")
    page.get_by_text("The last changes of the balance").click()
    expect(page.locator(".used")).to_contain_text("given back")
    assert serious(page) == []
    past.get_by_role("button", name=re.compile("^(Expired )?oak2$")).click()
    expect(page.get_by_label("How good it is")).to_be_visible()
    button(page, "Another arrangement").click()
    expect(page.locator("#image_1-fault")).to_contain_text("does not have the photo of that tile")


def test_a_tile_that_could_not_be_deleted_says_so_and_stays(
    visit: BrowserContext, guarded: Guarded, leaves: Path
) -> None:
    page = guarded.open(visit, guarded.service.account("jon"))
    fill_in(page, leaves)
    make(page)
    await_tile(page)
    go(page, "History")
    past = page.locator(".past li")
    page.route("**/v2/requests/*", lambda route: route.abort())

    past.get_by_role("button", name=re.compile("^Delete: ")).click()
    button(page, "Delete for good").click()

    expect(past.get_by_role("alert")).to_contain_text("The service does not answer")
    expect(past).to_have_count(1)
    assert serious(page) == []
    page.unroute("**/v2/requests/*")
    button(page, "Delete for good").click()
    expect(past).to_have_count(0)


def test_while_the_service_is_away_it_is_what_this_browser_remembers(
    visit: BrowserContext, guarded: Guarded, leaves: Path
) -> None:
    kim = guarded.service.account("kim")
    page = guarded.open(visit, kim)
    fill_in(page, leaves)
    make(page)
    await_tile(page)
    with kim.line(guarded.service) as line:
        assert line.post(ASYNC, json=wish(prompt="elsewhere")).status_code == 200
    go(page, "History")
    past = page.locator(".past li")
    expect(past).to_have_count(2)
    go(page, "Make")
    page.route("**/*", lambda route: route.abort())

    go(page, "History")

    expect(past).to_have_count(1)
    expect(page.get_by_text("these are the tiles that this browser remembers")).to_be_visible()
    expect(past.locator(".sign")).to_have_text("Tile")
    page.unroute("**/*")
    expect(past).to_have_count(2)
    expect(page.get_by_text("these are the tiles that this browser remembers")).to_have_count(0)


def test_a_tile_tells_the_hour_it_and_its_link_live_until_and_the_day_if_another(
    page: Page, leaves: Path, visit: BrowserContext
) -> None:
    visit.grant_permissions(["clipboard-read", "clipboard-write"])
    fill_in(page, leaves)
    make(page)
    await_tile(page)
    address = page.get_by_role("link", name="Download webp").get_attribute("href") or ""
    end = int(parse_qs(urlsplit(address).query)["expires"][0])
    keep = page.locator(".keep")

    page.clock.set_fixed_time(end)
    button(page, "Copy link").click()

    expect(keep).to_contain_text(re.compile(r"kept until \d\d?:\d\d"))
    expect(keep).to_contain_text(re.compile(r"It opens for whoever has it, until \d\d?:\d\d"))
    link = page.evaluate("navigator.clipboard.readText()")
    assert page.request.get(link).headers["content-type"] == "image/webp"

    page.clock.set_fixed_time(end - DAY)
    button(page, "Copy link").click()

    day = page.evaluate("end => new Date(end).toLocaleDateString()", end * 1000)
    expect(keep).to_contain_text(re.compile(rf"kept until {day} \d\d?:\d\d"))
    expect(keep).to_contain_text(re.compile(rf"whoever has it, until {day} \d\d?:\d\d"))


def test_the_same_tile_comes_in_another_size(page: Page, leaves: Path) -> None:
    fill_in(page, leaves)
    make(page)
    await_tile(page)

    page.get_by_label("Make it in another size").select_option(f"512 {TIMES} 512")

    expect(page.locator(".keep")).to_contain_text(f"512 {TIMES} 512", timeout=60_000)
    expect(page.get_by_label("Width", exact=True)).to_have_value("128")
