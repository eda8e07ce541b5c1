"""A photo comes in any of five ways; what is none, or lies where nobody may look, is refused."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

import httpx
import pytest

from tests.api.conftest import Hire
from tests.api.people import ASYNC, SYNC, Customer, fault, fields, wish
from tests.api.photos import OTHER, SMALL, data_url, packed
from tests.intake.pictures import bomb
from tests.intake.site import Answer, Site, answer, redirect
from tests.queue.engines import TILE
from tests.serving import NO_TLS, PATIENCE, Service, serving
from tilewright.intake.limits import LARGEST_FILE
from tilewright.store import Links, load_secret, open_blobs

Stranger = Callable[[Answer], Site]

CODES = {
    400: ("invalid_request",),
    413: ("file_too_large", "photo_too_large"),
    502: ("fetch_failed",),
}


def endless(path: str) -> Iterator[bytes]:
    """A file without an end."""
    yield b"HTTP/1.1 200 OK\r\n\r\n\x89PNG\r\n\x1a\n"
    while True:
        yield bytes(2**16)


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A door that reaches public addresses only."""
    folder = tmp_path_factory.mktemp("strict") / "data"
    with serving(folder, "--workers", "0", allowed_networks="") as service:
        yield service


def uploaded(customer: Customer, *photos: str) -> list[str]:
    answer = customer.http.post("/upload-asset", json={"data_urls": photos or [data_url()]})
    assert answer.status_code == 200, answer.text
    urls: list[str] = answer.json()["file_urls"]
    return urls


@pytest.mark.parametrize("way", ["address", "data", "base64", "upload", "upload path", "upload id"])
def test_a_photo_arrives_by_every_way(ann: Customer, shown: str, way: str) -> None:
    upload = uploaded(ann)[0]
    sources = {
        "address": shown,
        "data": data_url(),
        "base64": packed(),
        "upload": upload,
        "upload path": upload.removeprefix(ann.service.url),
        "upload id": upload.split("/")[-2],
    }

    assert ann.http.post(SYNC, json=wish(image_1=sources[way])).content == TILE + SMALL


def test_three_photos_arrive(ann: Customer, shown: str) -> None:
    urls = uploaded(ann, data_url(), data_url(OTHER, "image/jpeg"))
    assert urls[0].endswith("/photo.png")
    assert urls[1].endswith("/photo.jpg")

    answer = ann.http.post(SYNC, json=wish(image_1=shown, image_2=urls[0], image_3=urls[1]))
    assert answer.status_code == 200


def test_an_upload_is_seen_by_whoever_has_its_address_and_used_by_its_owner(
    hire: Hire, ann: Customer
) -> None:
    url = uploaded(ann)[0]

    seen = ann.http.get(url)
    assert (seen.content, seen.headers["content-type"]) == (SMALL, "image/png")
    refused = hire().http.post(ASYNC, json=wish(image_1=url))
    assert "not found" in fields(refused)["image_1"]


def test_a_host_that_calls_its_photos_as_we_do_is_asked_for_them(
    ann: Customer, stranger: Stranger
) -> None:
    host = stranger(lambda path: [answer(OTHER)]).url
    photo = f"{host}/uploads/{uuid4()}/photo.jpg"

    assert ann.http.post(SYNC, json=wish(image_1=photo)).content == TILE + OTHER


def test_a_tile_may_be_the_photo_of_the_next_though_nobody_could_fetch_it(
    strict: Service,
) -> None:
    tile = open_blobs(strict.folder / "blobs").put(SMALL)
    signed = Links(load_secret(strict.folder / "secret")).sign(tile, time.time() + PATIENCE)
    link = f"{strict.url}/results/{tile}/tile.png?{urlencode(signed)}"
    with httpx.Client(base_url=strict.url, verify=NO_TLS) as http:
        taken = http.post(ASYNC, json=wish(image_1=link))
        forged = http.post(ASYNC, json=wish(image_1=link.replace("signature=", "signature=0")))

    assert taken.status_code == 200, taken.text
    assert "not public" in fields(forged)["image_1"]


def test_who_names_an_address_inside_is_told_who_may_allow_it(strict: Service) -> None:
    inside = "http://localhost:9/wall.png"
    asked = [wish(image_1=inside), wish(webhook_url=inside)]
    with httpx.Client(base_url=strict.url, verify=NO_TLS) as http:
        photo, hook = (http.post(ASYNC, json=body) for body in asked)

    for told, field in ((photo, "image_1"), (hook, "webhook_url")):
        assert "ask whoever runs this" in fields(told)[field]
        assert "TILEWRIGHT_ALLOWED_NETWORKS" in fields(told)[field]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"data_urls": []},
        {"data_urls": "data:"},
        {"data_urls": [7]},
        {"data_urls": [data_url()] * 11},
        {"data_urls": [data_url(), "data:audio/mpeg;base64,SUQz"]},
        {"data_urls": ["http://127.0.0.1/photo.png"]},
        {"data_urls": [data_url(SMALL[:40])]},
        {"data_urls": [data_url()], "more": 1},
    ],
    ids=lambda body: str(body)[:40],
)
def test_an_upload_of_anything_but_photos_is_refused(waiting: Customer, body: object) -> None:
    assert fields(waiting.http.post("/upload-asset", json=body))


def test_whoever_uploads_no_photo_is_told_what_to_give_and_which_of_them_it_is(
    waiting: Customer,
) -> None:
    for wrong in ("xx", "http://127.0.0.1/photo.png"):
        body = {"data_urls": [data_url(), wrong]}
        told = fields(waiting.http.post("/upload-asset", json=body))["data_urls"]
        assert told.startswith("photo 2")
        assert "a data: URL, or the base64 of an image" in told
        assert "file" not in told
    asked = fields(waiting.http.post(ASYNC, json=wish(image_1="xx")))["image_1"]
    assert asked.endswith("give an http(s) or data: URL, or the base64 of an image")


def test_a_photo_that_is_too_large_is_a_413_by_its_name(waiting: Customer) -> None:
    wide, heavy = bomb(20000), SMALL + bytes(LARGEST_FILE)
    for photo in (wide, heavy):
        body = fault(
            waiting.http.post(ASYNC, json=wish(image_2=packed(photo))), 413, "photo_too_large"
        )
        assert [one["field"] for one in body["fields"]] == ["image_2"]
        assert body["error"].startswith("image_2: the photo has")
    form = waiting.http.post(ASYNC, data={"prompt": "brick"}, files={"image_1": heavy})
    fault(form, 413, "photo_too_large")
    sent = waiting.http.post("/upload-asset", json={"data_urls": [packed(wide)]})
    assert "photo 1" in fault(sent, 413, "photo_too_large")["error"]


@pytest.mark.parametrize(
    ("says", "status", "words"),
    [
        (lambda path: [answer(b"", "404 Not Found")], 502, "answered 404"),
        (lambda path: [answer(b"", "500 Oops")], 502, "answered 500"),
        (endless, 413, f"larger than {LARGEST_FILE} bytes"),
        (lambda path: [answer(b"", length=10**12)], 413, f"larger than {LARGEST_FILE} bytes"),
        (lambda path: [b"what?"], 502, "did not speak HTTP"),
        (lambda path: [redirect("file:///etc/passwd")], 400, "only http and https"),
        (lambda path: [redirect("http://10.0.0.1/photo.png")], 400, "10.0.0.1"),
        (lambda path: [redirect(path)], 502, "redirects more than 3 times"),
        (lambda path: [answer(b"<html>not found</html>")], 400, "JPEG"),
        (lambda path: [answer(b"GIF89a" + bytes(100))], 400, "GIF"),
        (lambda path: [answer(SMALL[:30])], 400, "damaged"),
        (lambda path: [answer(SMALL[: len(SMALL) // 2])], 400, "cut short"),
        (lambda path: [answer(bomb(20000))], 413, "20000"),
    ],
    ids=[
        *("404", "500", "endless", "too long", "no HTTP", "to a file", "to a private address"),
        *("in a circle", "a page", "a GIF", "a torn PNG", "half a PNG", "a bomb"),
    ],
)
def test_an_address_without_a_good_photo_is_refused_with_the_reason(
    waiting: Customer, stranger: Stranger, says: Answer, status: int, words: str
) -> None:
    refused = waiting.http.post(ASYNC, json=wish(image_1=f"{stranger(says).url}/photo"))

    assert refused.status_code == status, refused.text
    body = refused.json()
    assert body["code"] in CODES[status]
    assert words in body["error"]
    assert waiting.balance() == 10


def test_a_host_that_is_not_there_is_a_502(waiting: Customer, stranger: Stranger) -> None:
    with Site(lambda path: []) as site:
        url = site.url

    for gone in (url, "http://no-such-host.invalid/photo.png"):
        fault(waiting.http.post(ASYNC, json=wish(image_1=gone)), 502, "fetch_failed")


@pytest.mark.parametrize("name", ["image_1", "image_2", "image_3", "webhook_url"])
def test_this_machine_is_not_reached_unless_the_operator_allows_it(
    strict: Service, shown: str, name: str
) -> None:
    refused = httpx.post(f"{strict.url}{ASYNC}", json=wish(**{name: shown}), verify=NO_TLS)

    assert "public" in fields(refused)[name]


def test_of_a_refused_request_no_photo_stays(waiting: Customer) -> None:
    def blobs() -> set[Path]:
        return {path for path in (waiting.service.folder / "blobs").rglob("*") if path.is_file()}

    before = blobs()
    fault(waiting.http.post(ASYNC, json=wish(image_2="bad")), 400, "invalid_request")
    waiting.revoke()
    fault(waiting.http.post(ASYNC, json=wish()), 401, "unauthorized")
    assert blobs() == before
