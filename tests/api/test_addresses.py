"""Every address in an answer is absolute, and right wherever the caller stands."""

from collections.abc import Iterator
from uuid import UUID

import httpx
import pytest

from tests.api.people import ASYNC, fields, wish
from tests.api.photos import data_url
from tests.serving import LOOPBACK, NO_TLS, Service, serving

PROXY = {"x-forwarded-proto": "https", "x-forwarded-host": "tiles.example"}
PUBLIC = "https://api.example:8443/tiles"
NONE = str(UUID(int=0))


@pytest.fixture(scope="module", params=["trusted_proxies", "public_url"])
def placed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Service]]:
    """A service that stands behind something, and how it knows."""
    value = {"trusted_proxies": LOOPBACK, "public_url": f"{PUBLIC}/"}[request.param]
    folder = tmp_path_factory.mktemp("placed") / "data"
    with serving(folder, "--workers", "0", **{request.param: value}) as service:
        yield request.param, service


def submitted(service: Service, headers: dict[str, str] | None = None) -> str:
    """The address of the result of a job, without its id."""
    body = httpx.post(f"{service.url}{ASYNC}", json=wish(), headers=headers, verify=NO_TLS).json()
    whole: str = body["response_url"]
    assert body["status_url"] == f"{whole}/status"
    return whole.removesuffix(f"/v2/requests/{body['request_id']}")


def test_the_configured_address_or_that_of_a_trusted_proxy_is_told(
    placed: tuple[str, Service],
) -> None:
    name, service = placed
    told = submitted(service, PROXY)

    assert told == (PUBLIC if name == "public_url" else "https://tiles.example")
    page = httpx.get(f"{service.url}/docs", headers=PROXY, verify=NO_TLS).text
    assert f"curl {told}/v2/" in page


def test_an_upload_is_known_again_by_the_address_that_was_told(
    placed: tuple[str, Service],
) -> None:
    _, service = placed
    with httpx.Client(base_url=service.url, headers=PROXY, verify=NO_TLS) as http:
        sent = http.post("/upload-asset", json={"data_urls": [data_url()]})
        upload = sent.json()["file_urls"][0]
        taken = http.post(ASYNC, json=wish(image_1=upload))
        gone = http.post(ASYNC, json=wish(image_1=upload.replace(upload.split("/")[-2], NONE)))

    assert taken.status_code == 200, taken.text
    assert "not found" in fields(gone)["image_1"]


def test_a_stranger_is_not_believed(alone: Service) -> None:
    page = httpx.get(f"{alone.url}/docs", headers=PROXY, verify=NO_TLS).text

    assert f"curl {alone.url}/v2/" in page
    assert "tiles.example" not in page


@pytest.mark.parametrize(
    "headers",
    [
        {"x-forwarded-proto": "javascript", "x-forwarded-host": "a b"},
        {"x-forwarded-host": 'evil.example/"onload'},
        {"x-forwarded-host": "evil.example,"},
        {},
    ],
)
def test_nonsense_from_a_proxy_is_passed_over(
    placed: tuple[str, Service], headers: dict[str, str]
) -> None:
    name, service = placed

    assert submitted(service, headers) == (PUBLIC if name == "public_url" else service.url)


def test_of_several_proxies_the_nearest_is_believed(placed: tuple[str, Service]) -> None:
    name, service = placed
    headers = {"x-forwarded-host": "forged.example, tiles.example:444"}

    told = submitted(service, headers)
    assert told == (PUBLIC if name == "public_url" else "http://tiles.example:444")


@pytest.mark.parametrize("path", ["/docs/", "/v2/requests//", "//docs", "/v1/get-user-credits/"])
def test_nothing_redirects(alone: Service, path: str) -> None:
    assert httpx.get(f"{alone.url}{path}", verify=NO_TLS).status_code in (401, 404, 405)
