"""Where the server is and which key opens it: as given, or from the caller's own variables."""

import os
import re

import httpx

DEFAULT_URL = "http://127.0.0.1:8000"
URL_VARIABLE = "TILEWRIGHT_URL"
KEY_VARIABLES = ("TILEWRIGHT_API_KEY", "SEGMIND_API_KEY")
"""The first that is set counts; the second is the hosted service's own."""

_WITH_FACE = re.compile(r"(https?://[^/].*)/v[12]")
"""An address as programs written for the hosted service have it, and what counts of it."""


def find_url(given: str | None) -> str:
    """The server's address without a slash at its end; raises `ValueError` for what is none."""
    url = (given or os.environ.get(URL_VARIABLE) or DEFAULT_URL).strip().rstrip("/")
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"the server's address must begin with http:// or https://, not {url!r}")
    try:
        _ = httpx.URL(url).host  # read only now, and not every name can be
    except (httpx.InvalidURL, ValueError) as error:
        raise ValueError(f"the server's address cannot be {url!r}: {error}") from None
    face = _WITH_FACE.fullmatch(url)
    return face[1].rstrip("/") if face else url


def find_key(given: str | None) -> str | None:
    """The key, or None if there is none; raises `ValueError` for what no header can carry."""
    found = [given, *(os.environ.get(name) for name in KEY_VARIABLES)]
    key = next((text.strip() for text in found if text and text.strip()), None)
    if key and not (key.isascii() and key.isprintable()):
        raise ValueError("the API key holds characters that no key has; copy it again")
    return key
