"""A message goes to a public host once, whole, and its answer's status is all that comes back."""

import pytest

from tests.intake.site import Site, answer, redirect
from tilewright.contract import FetchFailed, UrlRefused
from tilewright.intake import FetchLimits, check_url, post

HERE = "127.0.0.1"
BODY = b'{"type": "request.completed"}'


def is_here(ip: str) -> bool:
    """Stands for `is_public` where the public host is a server of the test."""
    return ip == HERE


def test_the_message_arrives_with_its_headers() -> None:
    with Site(lambda _: [answer(b"thanks", "202 Accepted")]) as site:
        status = post(f"{site.url}/hook?a=1", BODY, {"webhook-id": "7"}, allowed=is_here)

    head, _, body = site.requests[0].partition("\r\n\r\n")
    lines = head.split("\r\n")
    assert (status, len(site.requests)) == (202, 1)
    assert lines[0] == "POST /hook?a=1 HTTP/1.1"
    assert {"webhook-id: 7", f"Content-Length: {len(BODY)}"} <= set(lines)
    assert body.encode() == BODY


def test_a_redirect_is_not_followed() -> None:
    with Site(lambda _: [redirect("http://10.0.0.1/")]) as site:
        assert post(site.url, BODY, {}, allowed=is_here) == 302
    assert len(site.requests) == 1


def test_an_address_that_is_not_public_is_never_connected_to() -> None:
    with Site(lambda _: [answer()]) as site, pytest.raises(UrlRefused, match="not public"):
        post(site.url, BODY, {})
    assert site.requests == []


def test_a_host_that_never_answers_is_given_up() -> None:
    limits = FetchLimits(connect=1, read=0.1, total=0.2)

    def silence(_: str) -> list[bytes]:
        site.closing.wait()
        return []

    site = Site(silence)
    with site, pytest.raises(FetchFailed, match="too slow"):
        post(site.url, BODY, {}, allowed=is_here, limits=limits)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/hook",
        "http://[::ffff:10.0.0.1]/hook",
        "http://localhost:8000/hook",
        "http://door.localhost/hook",
        "ftp://tiles.example/hook",
        "http://me:secret@tiles.example/hook",
    ],
)
def test_what_would_certainly_be_refused_is_refused_at_the_door(url: str) -> None:
    with pytest.raises(UrlRefused):
        check_url(url)


def test_a_name_is_not_looked_up_at_the_door() -> None:
    check_url("https://no-such-host.example/hook")
    check_url("http://localhost/hook", is_here)
