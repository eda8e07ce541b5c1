"""From a photo to a tile that can be seen repeated and taken home."""

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.page.conftest import Guarded
from tests.page.person import (
    await_tile,
    button,
    drop,
    look_beside,
    make,
    overhang,
    serious,
    wish,
)
from tests.serving import Service
from tilewright import compose
from tilewright.contract import PhotoRefused, ServiceRequest
from tilewright.contract.request import SIZES
from tilewright.engine.choose import QWEN_ONLY
from tilewright.intake import decode

RIGHT = "one => one.getBoundingClientRect().right"
GROUND = "one => getComputedStyle(one).backgroundColor"


def test_a_dropped_photo_becomes_a_tile_that_can_be_seen_repeated_and_taken_home(
    page: Page, leaves: Path, tmp_path: Path
) -> None:
    assert serious(page) == []
    wish(page, leaves)
    assert serious(page) == []
    make(page)
    await_tile(page)
    assert serious(page) == []

    expect(page.get_by_text(re.compile(r"Overall [01]\.\d\d\. \w"))).to_be_in_viewport()
    expect(page.get_by_role("meter")).to_have_count(6)
    sheet = page.locator(".sheet")
    whole, tile = sheet.evaluate(
        "it => [it.getBoundingClientRect().width, parseFloat(it.style.backgroundSize)]"
    )
    assert whole == pytest.approx(3 * tile, abs=1)
    button(page, "Borders in the middle").click()
    page.wait_for_function(
        "middle => Math.abs(parseFloat(document.querySelector('.sheet').style.backgroundPosition)"
        " - middle) < 1",
        arg=tile / 2,
    )
    look_beside(page)
    expect(page.locator(".source polygon").first).to_be_attached()
    expect(page.get_by_text(re.compile("Outlined: what was taken"))).to_be_visible()

    with page.expect_download() as taken:
        page.get_by_role("link", name="Download webp").click()
    assert taken.value.suggested_filename == "leaves.tile.webp"
    file = tmp_path / taken.value.suggested_filename
    taken.value.save_as(file)
    assert compose.score_tile(file).seam > 0.5


def test_a_closed_tab_loses_nothing(visit: BrowserContext, service: Service, leaves: Path) -> None:
    first = visit.new_page()
    first.goto(service.url)
    wish(first, leaves)
    make(first)
    expect(button(first, "Cancel")).to_be_visible()
    first.close()

    again = visit.new_page()
    again.goto(service.url)

    await_tile(again)
    expect(again.get_by_label("What to take from it")).to_have_value(re.compile("leaves"))
    expect(again.locator(".slot", has_text="leaves.jpg")).to_be_visible()


def test_cancel_really_cancels(page: Page, service: Service, leaves: Path) -> None:
    wish(page, leaves, side=2048)
    with page.expect_response(re.compile(r"/v2/qwen")) as accepted:
        make(page)
    request_id = accepted.value.json()["request_id"]

    button(page, "Cancel").click()

    expect(page.get_by_role("heading", name="Cancelled")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Cancelled: "))).to_be_visible()
    page.get_by_role("link", name="History").click()
    expect(page.locator(".past .sign")).to_have_text("Cancelled")
    told = page.request.get(f"{service.url}/v2/requests/{request_id}").json()
    assert (told["status"], told["code"]) == ("FAILED", "cancelled")


def test_a_tile_that_was_quicker_than_cancel_stays(page: Page, leaves: Path) -> None:
    held: list[Route] = []
    page.route("**/cancel", lambda route: held.append(route))
    wish(page, leaves)
    make(page)
    button(page, "Cancel").click()
    await_tile(page)

    with page.expect_response(re.compile(r"/v2/requests/[0-9a-f-]{36}$")):
        held[0].continue_()

    await_tile(page)
    expect(button(page, "Cancel")).to_have_count(0)


def test_how_far_a_tile_is_can_be_heard_as_it_is_seen(
    visit: BrowserContext, guarded: Guarded, leaves: Path
) -> None:
    page = guarded.open(visit, guarded.ann)
    wish(page, leaves, "chalk ticks=60 pause=0.1")
    make(page)

    name = re.compile(r"^In the making, \d+ %: chalk")
    expect(page.get_by_role("button", name=name)).to_be_visible()
    assert serious(page) == []


def test_what_was_cancelled_is_not_asked_for_again(page: Page, leaves: Path) -> None:
    wish(page, leaves, side=2048)
    make(page)
    button(page, "Cancel").click()
    expect(page.get_by_role("heading", name="Cancelled")).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if "/requests/" in one.url else None)

    page.reload()

    expect(page.get_by_role("heading", name="Cancelled")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert asked == []


def test_what_the_service_refuses_stands_beside_the_field_until_that_is_changed(
    page: Page, leaves: Path
) -> None:
    wish(page, leaves, side=300)

    make(page)

    width = page.get_by_label("Width", exact=True)
    expect(page.locator("#width-fault")).to_contain_text("multiple of 32, not 300; try 288")
    expect(width).to_be_focused()
    expect(width).to_have_value("300")
    assert serious(page) == []

    width.fill("256")

    expect(page.get_by_role("alert")).to_have_count(0)
    page.get_by_role("link", name="Code").click()
    expect(page.get_by_label("In Python")).to_contain_text("256")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_file_that_is_no_image_is_said_to_be_none(page: Page, tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("not a photo")
    drop(page, text, kind="text/plain")
    expect(page.locator("#image_1-fault")).to_contain_text("“notes.txt” is not an image")

    lying = tmp_path / "lying.jpg"
    lying.write_bytes(b"\xff\xd8\xff not a photo either")
    drop(page, lying)

    expect(page.locator("#image_1-fault")).to_contain_text("“lying.jpg” cannot be read")
    expect(page.locator(".arrival .fault")).to_contain_text("“lying.jpg” cannot be read")
    expect(page.get_by_role("button", name="Make the tile")).to_be_disabled()


@pytest.mark.parametrize(
    ("size", "told"),
    [
        ((8000, 6500), "has 8000x6500 pixels, 52.0 megapixels; at most 50 are decoded"),
        ((16400, 32), "has 16400x32 pixels; a side may have 16384"),
        ((31, 400), "has 31x400 pixels; each side needs at least 32"),
    ],
)
def test_a_photo_of_too_many_pixels_or_too_few_is_told_when_it_is_chosen(
    page: Page, tmp_path: Path, size: tuple[int, int], told: str
) -> None:
    photo = tmp_path / "wall.png"
    Image.new("L", size).save(photo)
    with pytest.raises(PhotoRefused) as refused:
        decode(photo.read_bytes())

    drop(page, photo, kind="image/png")

    expect(page.locator("#image_1-fault")).to_contain_text(f"“wall.png” {told}")
    assert told in str(refused.value)


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp"])
def test_a_photo_that_is_cut_short_is_told_when_it_is_chosen(
    page: Page, leaves: Path, tmp_path: Path, kind: str
) -> None:
    photo = tmp_path / f"cut.{kind}"
    with Image.open(leaves) as whole:
        whole.save(photo)
    photo.write_bytes(photo.read_bytes()[: -photo.stat().st_size // 3])

    drop(page, photo, kind=f"image/{kind}")

    told = f"“cut.{kind}” is cut short or damaged; save it again"
    expect(page.locator("#image_1-fault")).to_contain_text(told)


def test_a_photo_of_a_kind_that_is_not_taken_leaves_the_one_before_it_in_place(
    page: Page, leaves: Path, tmp_path: Path
) -> None:
    drop(page, leaves)
    expect(page.get_by_alt_text("leaves.jpg")).to_be_visible()
    phone = tmp_path / "phone.heic"
    phone.write_bytes(b"of a phone")

    drop(page, phone, kind="image/heic")

    told = "“phone.heic” is a file of type HEIC; save it as JPEG, PNG or WebP"
    expect(page.locator("#image_1-fault")).to_contain_text(told)
    expect(page.get_by_alt_text("leaves.jpg")).to_be_visible()


def test_of_photos_that_are_dropped_together_each_is_said_what_became_of_it(
    page: Page, leaves: Path, tmp_path: Path
) -> None:
    names = ["base.jpg", "moss.jpg", "sand.jpg", "rust.jpg"]
    photos = [tmp_path / name for name in names]
    for photo in photos:
        photo.write_bytes(leaves.read_bytes())
    mixing = page.locator("details", has_text="Blend and layer")

    drop(page, *photos)

    told = page.get_by_text("“base.jpg” is the photo")
    expect(told).to_contain_text("“moss.jpg” will be blended in. “sand.jpg” will be laid over.")
    expect(told).to_contain_text("“rust.jpg” was left out: a tile is made of 3 photos at most.")
    expect(mixing.locator("summary")).to_have_text("Blend and layer2 set")
    expect(page.locator(".slot", has_text="moss.jpg")).to_be_visible()
    assert serious(page) == []

    button(page, "Third photo: remove").click()

    expect(told).to_have_count(0)
    expect(mixing.locator("summary")).to_have_text("Blend and layer1 set")
    expect(page.locator(".slot", has_text="moss.jpg")).to_be_visible()


def test_a_section_that_opened_for_a_fault_stays_open_while_it_is_mended(
    page: Page, leaves: Path
) -> None:
    wish(page, leaves, side=300)
    page.get_by_label("Height", exact=True).fill("300")
    page.locator("summary", has_text="Size and arrangement").click()
    make(page)
    width, height = (page.get_by_label(name, exact=True) for name in ("Width", "Height"))
    expect(width).to_be_focused()

    width.press("ControlOrMeta+a")
    page.keyboard.type("256")
    expect(width).to_have_value("256")
    height.press("ControlOrMeta+a")
    page.keyboard.type("288")

    expect(page.locator("#height-fault")).to_have_count(0)
    expect(height).to_be_focused()
    expect(height).to_have_value("288")


def test_who_says_nothing_is_told_what_to_say_and_nothing_is_sent(page: Page, leaves: Path) -> None:
    sent: list[str] = []
    page.on("request", lambda one: sent.append(one.url) if one.method == "POST" else None)
    drop(page, leaves)

    make(page)

    expect(page.locator("#prompt-fault")).to_contain_text("Say what to take")
    expect(page.get_by_label("What to take from it")).to_be_focused()
    assert sent == []


def test_an_example_says_of_itself_what_to_take(page: Page) -> None:
    page.get_by_role("button", name="Old bricks").click()

    expect(page.get_by_label("What to take from it")).to_have_value(re.compile("brick"))
    expect(page.get_by_alt_text("old_brick_grey.jpg")).to_be_visible()
    expect(button(page, "Make the tile")).to_be_enabled()


def test_it_can_all_be_done_with_the_keyboard(page: Page) -> None:
    page.get_by_role("button", name="Asphalt").focus()
    page.keyboard.press("Enter")
    words = page.get_by_label("What to take from it")
    expect(words).to_have_value(re.compile("asphalt"))
    page.get_by_text("Size and arrangement").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Width", exact=True).focus()
    page.keyboard.type("128")
    page.get_by_role("radio", name="1:1", exact=True).focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="2:3")).to_be_checked()
    words.focus()
    page.keyboard.press("Control+Enter")
    await_tile(page)

    page.get_by_label(re.compile("The tile, repeated")).focus()
    before = page.locator(".sheet").get_attribute("style")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("+")
    assert page.locator(".sheet").get_attribute("style") != before


def test_a_service_that_is_away_is_waited_for(
    page: Page, visit: BrowserContext, leaves: Path
) -> None:
    wish(page, leaves)
    visit.set_offline(True)
    make(page)
    expect(page.get_by_text(re.compile("The service does not answer"))).to_be_visible()

    visit.set_offline(False)

    await_tile(page)
    expect(page.get_by_text(re.compile("The service does not answer"))).to_have_count(0)


def test_an_expired_tile_can_be_made_again(
    page: Page, visit: BrowserContext, service: Service, leaves: Path
) -> None:
    wish(page, leaves)
    with page.expect_response(re.compile(r"/v2/qwen")) as accepted:
        make(page)
    await_tile(page)
    address = f"{service.url}/v2/requests/{accepted.value.json()['request_id']}"
    assert page.request.delete(address).status == 204

    page.reload()

    expect(page.get_by_text(re.compile("This tile has expired"))).to_be_visible()
    button(page, "Make it again").click()
    await_tile(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_and_can_be_read_there(
    visit: BrowserContext, service: Service, leaves: Path, scheme: str
) -> None:
    page = visit.new_page()
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(service.url)
    expect(page.get_by_label("take one")).to_have_attribute("capture", "environment")
    assert overhang(page) <= 0
    wish(page, leaves)
    make(page)
    await_tile(page)

    assert overhang(page) <= 0
    assert serious(page) == []


def test_on_the_narrowest_phone_nothing_stands_out_at_its_side(
    browser: Browser, service: Service, leaves: Path
) -> None:
    phone = browser.new_context(
        viewport={"width": 320, "height": 640}, has_touch=True, is_mobile=True
    )
    page = phone.new_page()
    page.goto(service.url)
    expect(page.get_by_role("heading", name="Begin with a photo")).to_be_visible()
    expect(page.get_by_text("Drop a photo here")).to_have_count(0)
    assert page.locator(".arrival").evaluate(RIGHT) <= 320
    assert overhang(page) <= 0
    wish(page, leaves)
    make(page)
    await_tile(page)

    assert overhang(page) <= 0
    assert page.locator(".shapes button").last.evaluate(RIGHT) <= 320
    phone.close()


def test_on_a_wide_screen_the_tile_has_nearly_half_of_it_beside_its_photo(
    page: Page, leaves: Path
) -> None:
    page.set_viewport_size({"width": 2560, "height": 1300})
    wish(page, leaves)
    make(page)
    await_tile(page)

    look_beside(page)

    box = page.locator(".glass").bounding_box()
    assert box is not None
    assert box["width"] > 0.45 * 2560
    assert box["height"] > 0.6 * 1300


def test_where_the_system_has_few_colors_what_is_chosen_stands_out(
    page: Page, leaves: Path
) -> None:
    page.emulate_media(forced_colors="active")
    drop(page, leaves)
    pairs = [
        (button(page, "Point by point"), button(page, "Lasso")),
        (page.locator(".ratios label").nth(0), page.locator(".ratios label").nth(1)),
        (page.get_by_role("link", name="Make"), page.get_by_role("link", name="Code")),
    ]
    for chosen, other in pairs:
        expect(chosen).to_be_visible()
        assert chosen.evaluate(GROUND) != other.evaluate(GROUND)


def test_every_parameter_that_the_service_can_apply_has_a_control(page: Page) -> None:
    expect(page.locator("summary", has_text="Diffusion model")).to_have_count(0)
    for group in page.locator("details > summary").all():
        group.click()

    for name in set(ServiceRequest.model_fields) - {"aspect_ratio"} - set(QWEN_ONLY):
        expect(page.locator(f"[id='{name}']")).to_be_attached()
    expect(page.get_by_role("radio")).to_have_count(len(SIZES) + 1)


def test_whoever_makes_a_tile_far_down_the_page_sees_all_of_it(page: Page, leaves: Path) -> None:
    top = "document.querySelector('.stage').getBoundingClientRect().top"
    wish(page, leaves)
    page.evaluate("scrollTo(0, 150)")
    assert page.evaluate(top) < 0
    button(page, "Make the tile").evaluate("one => one.click()")  # which scrolls nothing

    await_tile(page)
    assert page.evaluate(top) > -1
