"""Address and key: as given, else from the caller's variables, else this machine and no key."""

import pytest

from tilewright import Client
from tilewright.client.address import KEY_VARIABLES, URL_VARIABLE, find_key, find_url


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (URL_VARIABLE, *KEY_VARIABLES):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("given", "url"),
    [
        (None, "http://127.0.0.1:8000"),
        ("https://tiles.example", "https://tiles.example"),
        (" https://tiles.example/ ", "https://tiles.example"),
        ("https://tiles.example/v1", "https://tiles.example"),
        ("https://tiles.example/here/v2/", "https://tiles.example/here"),
        ("http://v1", "http://v1"),
    ],
)
def test_the_address_is_the_servers_whatever_hangs_on_it(given: str | None, url: str) -> None:
    assert find_url(given) == url
    with Client(base_url=given) as client:
        assert client.base_url == url


def test_the_variable_counts_where_no_address_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(URL_VARIABLE, "http://tiles.example:9000/v1")

    assert find_url(None) == "http://tiles.example:9000"
    assert find_url("http://other.example") == "http://other.example"


@pytest.mark.parametrize("given", ["tiles.example", "ftp://tiles.example", "127.0.0.1:8000"])
def test_an_address_without_http_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match="must begin with http:// or https://"):
        find_url(given)


@pytest.mark.parametrize("given", ["http://a\tb", "http://xn--", "http://tiles.example:port"])
def test_an_address_that_can_be_none_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match="the server's address cannot be"):
        Client(base_url=given)


def test_the_first_key_that_is_set_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_key(None) is None
    monkeypatch.setenv("SEGMIND_API_KEY", "theirs\n")
    assert find_key(None) == "theirs"
    monkeypatch.setenv("TILEWRIGHT_API_KEY", "ours")
    assert find_key(None) == "ours"
    assert find_key("mine") == "mine"
    monkeypatch.setenv("TILEWRIGHT_API_KEY", " ")
    assert find_key("") == "theirs"


@pytest.mark.parametrize("key", ["schlüssel", "two\nlines"])
def test_a_key_that_no_header_can_carry_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(ValueError, match="copy it again") as caught:
        find_key(key)

    assert key not in str(caught.value)
