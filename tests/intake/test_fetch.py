"""A stranger's URL brings one file of a public host, or a refusal, within limits."""

import socket
import ssl
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import repeat
from pathlib import Path
from threading import Event

import pytest
import trustme

from tilewright.contract import FetchFailed, UrlRefused
from tilewright.intake import FetchLimits, fetch

from .site import Answer, Site, answer, redirect

Serve = Callable[..., Site]

HERE = "127.0.0.1"
FILE = b"\x00\xffthe bytes of a file" * 1000
ENDLESS_PIECE = b"10000\r\n" + bytes(65536) + b"\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts servers that are gone when the test is over."""
    with ExitStack() as stack:

        def start(say: Answer | bytes, tls: ssl.SSLContext | None = None) -> Site:
            spoken: Answer = (lambda _: [say]) if isinstance(say, bytes) else say
            return stack.enter_context(Site(spoken, tls))

        yield start


def is_here(ip: str) -> bool:
    """Stands for `is_public` where the public host is a server of the test."""
    return ip == HERE


def names(**known: Sequence[str]) -> Callable[[str], Sequence[str]]:
    """A name server that knows `known` (dots as underscores), and plain addresses."""

    def resolve(host: str) -> Sequence[str]:
        if host[0].isdigit():
            return [host]
        try:
            return known[host.replace(".", "_")]
        except KeyError:
            raise socket.gaierror(socket.EAI_NONAME, "not known") from None

    return resolve


# What comes back


def test_a_file_is_fetched_as_it_is(serve: Serve) -> None:
    site = serve(answer(FILE))
    assert fetch(f"{site.url}/photo.jpg", allowed=is_here) == FILE


def test_a_name_is_looked_up_once_and_asked_for_by_name(serve: Serve) -> None:
    site = serve(answer(FILE))
    answers = iter([[HERE], ["10.0.0.1"]])  # the second is what a rebinding name server would say
    url = f"http://photos.test:{site.port}/a%20b?size=1#top"
    assert fetch(url, allowed=is_here, resolve=lambda _: next(answers)) == FILE
    assert site.requests[0].startswith("GET /a%20b?size=1 HTTP/1.1\r\n")
    assert f"Host: photos.test:{site.port}\r\n" in site.requests[0]
    assert next(answers) == ["10.0.0.1"]


def test_an_answer_in_chunks_is_put_together(serve: Serve) -> None:
    site = serve(lambda _: [CHUNKED, b"3\r\nabc\r\n", b"2\r\nde\r\n", b"0\r\n\r\n"])
    assert fetch(site.url, allowed=is_here) == b"abcde"


def test_a_file_of_just_the_largest_size_is_taken(serve: Serve) -> None:
    site = serve(answer(FILE))
    assert fetch(site.url, FetchLimits(size=len(FILE)), allowed=is_here) == FILE


def test_the_next_address_is_tried_if_one_does_not_answer(serve: Serve) -> None:
    site = serve(answer(FILE))
    both = names(photos_test=["127.0.0.2", HERE])
    url = f"http://photos.test:{site.port}/"
    assert fetch(url, allowed=lambda ip: ip.startswith("127."), resolve=both) == FILE


def test_nothing_of_the_caller_is_told(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETRC", str(Path(__file__)))
    site = serve(answer(FILE))
    fetch(site.url, allowed=is_here)
    sent = {line.partition(":")[0].lower() for line in site.requests[0].split("\r\n")[1:] if line}
    assert sent == {"host", "user-agent", "accept", "accept-encoding", "connection"}
    assert "Accept-Encoding: identity\r\n" in site.requests[0]


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
def test_a_proxy_of_the_environment_is_not_used(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    site, proxy = serve(answer(FILE)), serve(answer(b"from the proxy"))
    monkeypatch.setenv(variable, proxy.url)
    assert fetch(site.url, allowed=is_here) == FILE
    assert proxy.requests == []


# Where it may not go


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.1",
        "0x7f000001",
        "0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "localhost",
        "LOCALHOST",
    ],
)
def test_this_machine_is_refused_in_any_spelling(serve: Serve, host: str) -> None:
    site = serve(answer(FILE))
    with pytest.raises(UrlRefused, match="not public"):
        fetch(f"http://{host}:{site.port}/")
    assert site.requests == []


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "169.254.169.254", "[fe80::1]", "[fd00:ec2::254]", "[64:ff9b::a00:1]"]
)
def test_a_private_address_is_refused(host: str) -> None:
    with pytest.raises(UrlRefused, match="not public"):
        fetch(f"http://{host}/latest/meta-data/")


def test_a_name_that_leads_to_a_private_address_is_refused(serve: Serve) -> None:
    site = serve(answer(FILE))
    with pytest.raises(UrlRefused, match=r"^inside\.test leads to an address that is not public"):
        fetch(f"http://inside.test:{site.port}/", resolve=names(inside_test=[HERE]))
    assert site.requests == []


@pytest.mark.parametrize("addresses", [["8.8.8.8", HERE], [HERE, "8.8.8.8"]])
def test_a_name_with_a_public_and_a_private_address_is_refused(addresses: list[str]) -> None:
    with pytest.raises(UrlRefused, match="not public"):
        fetch("http://mixed.test/", resolve=names(mixed_test=addresses))


def test_a_redirect_to_a_private_address_is_refused(serve: Serve) -> None:
    inside = serve(answer(FILE))
    site = serve(redirect(f"http://127.0.0.2:{inside.port}/"))
    with pytest.raises(UrlRefused, match="not public"):
        fetch(site.url, allowed=is_here)
    assert inside.requests == []


@pytest.mark.parametrize(
    "location, reason",
    [
        ("file:///etc/passwd", "not file:"),
        ("http://me:secret@127.0.0.1/", "password"),
        ("http://xn--a/", "cannot be read"),
    ],
)
def test_a_redirect_is_checked_like_the_first_address(
    serve: Serve, location: str, reason: str
) -> None:
    site = serve(redirect(location))
    with pytest.raises(UrlRefused, match=reason):
        fetch(site.url, allowed=is_here)


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://host.test/a", "gopher://host.test/", "data:,a", "//host/a", ""],
)
def test_only_http_and_https_are_fetched(url: str) -> None:
    with pytest.raises(UrlRefused, match="only http and https"):
        fetch(url)


@pytest.mark.parametrize("login", ["me:secret@", "secret@", ":secret@"])
def test_credentials_are_refused_and_not_repeated(login: str) -> None:
    with pytest.raises(UrlRefused, match="user name or password") as refusal:
        fetch(f"http://{login}host.test/")
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(
    "url, reason",
    [
        ("http://a b/", "'a%20b' names no host"),
        ("http://[fe80::1%25eth0]/", "names no host"),
        ("http://host.test:65536/", "65536 is no port"),
        ("http://host.test:99999/", "99999 is no port"),
    ],
)
def test_an_address_that_nobody_can_be_at_is_refused(url: str, reason: str) -> None:
    with pytest.raises(UrlRefused, match=reason):
        fetch(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://[::1",
        "http://a:b/",
        "http://0177.0.0.1/",
        "http://xn--a/",
        "http://a/\udc80",
        "http://a\0/",
        "http://a\n/",
    ],
)
def test_an_address_that_cannot_be_read_is_refused(url: str) -> None:
    with pytest.raises(UrlRefused, match="cannot be read"):
        fetch(url)


def test_an_address_without_a_host_is_refused() -> None:
    with pytest.raises(UrlRefused, match="names no host"):
        fetch("http:///photo.jpg")


def test_an_endless_address_is_refused() -> None:
    with pytest.raises(UrlRefused, match="at most 2048"):
        fetch("http://host.test/" + "a" * 3000)


# Redirects


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See", "307 Again", "308 Moved"])
def test_a_redirect_is_followed(serve: Serve, status: str) -> None:
    def say(path: str) -> Iterable[bytes]:
        yield answer(FILE) if path == "/new?a=b" else redirect("new?a=b", status)

    assert fetch(f"{serve(say).url}/old", allowed=is_here) == FILE


def test_a_redirect_to_another_host_is_followed_without_cookies(serve: Serve) -> None:
    second = serve(answer(FILE))
    first = serve(redirect(f"http://second.test:{second.port}/", Set_Cookie="a=b"))
    known = names(first_test=[HERE], second_test=[HERE])
    url = f"http://first.test:{first.port}/"
    assert fetch(url, allowed=is_here, resolve=known) == FILE
    assert "cookie" not in second.requests[0].lower()


@pytest.mark.parametrize("most", [0, 1, 3])
def test_no_more_redirects_are_followed_than_allowed(serve: Serve, most: int) -> None:
    def say(path: str) -> Iterable[bytes]:
        hop = int(path[1:])
        yield redirect(f"/{hop - 1}") if hop else answer(FILE)

    site, limits = serve(say), FetchLimits(redirects=most)
    assert fetch(f"{site.url}/{most}", limits, allowed=is_here) == FILE
    with pytest.raises(FetchFailed, match=f"more than {most} times"):
        fetch(f"{site.url}/{most + 1}", limits, allowed=is_here)


def test_a_redirect_loop_ends(serve: Serve) -> None:
    site = serve(redirect("/"))
    with pytest.raises(FetchFailed, match="redirects more than 3 times"):
        fetch(site.url, allowed=is_here)
    assert len(site.requests) == 4


def test_a_redirect_to_nowhere_is_a_failure(serve: Serve) -> None:
    site = serve(answer(status="302 Found"))
    with pytest.raises(FetchFailed, match="does not say where"):
        fetch(site.url, allowed=is_here)


def test_a_redirect_that_cannot_be_read_is_a_failure(serve: Serve) -> None:
    site = serve(redirect("http://[::1"))
    with pytest.raises(FetchFailed, match="cannot be read"):
        fetch(site.url, allowed=is_here)


# Too much, too slow, or wrong


def test_an_answer_that_promises_too_much_is_not_waited_for(serve: Serve) -> None:
    site = serve(answer(length=10**9))
    with pytest.raises(FetchFailed, match="larger than 1000 bytes"):
        fetch(site.url, FetchLimits(size=1000), allowed=is_here)


def test_an_endless_answer_is_cut_off(serve: Serve) -> None:
    site = serve(lambda _: (CHUNKED if first else ENDLESS_PIECE for first in heads()))
    with pytest.raises(FetchFailed, match="larger than 200000 bytes"):
        fetch(site.url, FetchLimits(size=200_000), allowed=is_here)


def heads() -> Iterator[bool]:
    """True once, then False for ever."""
    yield True
    yield from repeat(False)


def test_a_host_that_says_nothing_is_left(serve: Serve) -> None:
    silent = Event()

    def say(_: str) -> Iterable[bytes]:
        silent.wait(30)
        return []

    site = serve(say)
    with pytest.raises(FetchFailed, match=r"127\.0\.0\.1 is too slow: .* 0\.2 s for each"):
        fetch(site.url, FetchLimits(read=0.2), allowed=is_here)
    silent.set()


def test_a_host_that_never_comes_to_the_point_is_left(serve: Serve) -> None:
    site = serve(lambda _: repeat(b"HTTP/1.1 100 Continue\r\n\r\n"))
    with pytest.raises(FetchFailed, match=r"too slow: .* 0\.3 s in all"):
        fetch(site.url, FetchLimits(total=0.3), allowed=is_here)


def test_a_name_server_that_says_nothing_is_left() -> None:
    silent = Event()

    def resolve(_: str) -> Sequence[str]:
        silent.wait(30)
        return [HERE]

    with pytest.raises(FetchFailed, match="too slow"):
        fetch("http://photos.test/", FetchLimits(total=0.2), resolve=resolve)
    silent.set()


@pytest.mark.parametrize("status", ["204 None", "206 Part", "304 Same", "404 Lost", "500 Broken"])
def test_anything_but_a_file_is_a_failure(serve: Serve, status: str) -> None:
    site = serve(answer(status=status))
    with pytest.raises(FetchFailed, match=rf"127\.0\.0\.1 answered {status[:3]}") as failure:
        fetch(f"{site.url}/private-path?token=secret", allowed=is_here)
    assert "secret" not in str(failure.value)


@pytest.mark.parametrize("encoding", ["gzip", "br", "GZIP, identity"])
def test_a_compressed_answer_is_not_unfolded(serve: Serve, encoding: str) -> None:
    site = serve(answer(FILE, Content_Encoding=encoding))
    with pytest.raises(FetchFailed, match="compressed"):
        fetch(site.url, allowed=is_here)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.9\r\n",
        answer(FILE, length=len(FILE) + 1),
        answer(length=10**30),
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        CHUNKED + b"nonsense",
        b"HTTP/1.1 200 OK\r\n" + b"A: " + b"a" * 300_000,
    ],
    ids=[
        "nothing",
        "ssh",
        "cut short",
        "huge length",
        "no number",
        "two lengths",
        "unknown transfer",
        "bad chunk",
        "huge head",
    ],
)
def test_a_host_that_speaks_no_sound_http_is_a_failure(serve: Serve, said: bytes) -> None:
    site = serve(said)
    with pytest.raises(FetchFailed, match="did not speak HTTP"):
        fetch(site.url, allowed=is_here)


def test_a_host_that_takes_no_connections_is_a_failure() -> None:
    with socket.create_server((HERE, 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(FetchFailed, match="does not take connections"):
        fetch(f"http://127.0.0.1:{port}/", allowed=is_here)


@pytest.mark.parametrize("port", [0, 1])
def test_a_port_that_cannot_be_is_a_failure(port: int) -> None:
    with pytest.raises(FetchFailed):
        fetch(f"http://127.0.0.1:{port}/", FetchLimits(connect=1), allowed=is_here)


def test_an_unknown_name_is_a_failure() -> None:
    with pytest.raises(FetchFailed, match=r"the name nowhere\.test is not known"):
        fetch("http://nowhere.test/", resolve=names())


def test_a_name_without_addresses_is_a_failure() -> None:
    with pytest.raises(FetchFailed, match=r"no address is known for empty\.test"):
        fetch("http://empty.test/", resolve=names(empty_test=[]))


# Certificates


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secure(serve: Serve, authority: trustme.CA) -> Site:
    """A server with a certificate for photos.test."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("photos.test").configure_cert(context)
    return serve(answer(FILE), context)


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system trusts `authority`."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))


def ask_securely(site: Site, host: str) -> bytes:
    """Fetch from `site` as though `host` were its name."""
    return fetch(f"https://{host}:{site.port}/", allowed=is_here, resolve=lambda _: [HERE])


@pytest.mark.usefixtures("trusted")
def test_a_certificate_is_checked_against_the_name_and_not_the_address(secure: Site) -> None:
    assert ask_securely(secure, "photos.test") == FILE
    with pytest.raises(FetchFailed, match=r"certificate of other\.test is not valid"):
        ask_securely(secure, "other.test")


def test_a_certificate_of_an_unknown_authority_is_not_taken(secure: Site) -> None:
    with pytest.raises(FetchFailed, match=r"certificate of photos\.test is not valid"):
        ask_securely(secure, "photos.test")


def test_https_to_a_host_that_speaks_http_is_a_failure(serve: Serve) -> None:
    with pytest.raises(FetchFailed, match="is it an http address"):
        ask_securely(serve(answer(FILE)), "photos.test")
