"""Moto's S3 behind a guard that checks signatures, as Amazon's document on them says, and refuses.

Moto itself lets everybody in; without the guard nobody would notice a link that nobody signed.
"""

import hashlib
import hmac
import os
import sys
import threading
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from moto.moto_server.werkzeug_app import create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.store.s3 import BUCKET, KEY_ID, SECRET

ERROR = "<?xml version='1.0' encoding='UTF-8'?><Error><Code>{}</Code><Message>No.</Message></Error>"
TIME = "%Y%m%dT%H%M%SZ"

Environ = dict[str, Any]


class Guard:
    """Stands before the store. While the file `flag` is there, nobody comes through."""

    def __init__(self, store: Any, flag: Path) -> None:
        self._store = store
        self._flag = flag

    def __call__(self, environ: Environ, start: Any) -> Iterable[bytes]:
        if self._flag.exists():
            return _refuse(environ, start, "503 Slow Down", "SlowDown")
        if not (_signed_by_query(environ) or _signed_by_header(environ)):
            return _refuse(environ, start, "403 Forbidden", "SignatureDoesNotMatch")
        answer: Iterable[bytes] = self._store(environ, start)
        return answer


def _refuse(environ: Environ, start: Any, status: str, code: str) -> list[bytes]:
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start(status, [("Content-Type", "application/xml")])
    return [ERROR.format(code).encode()]


def _signed_by_query(environ: Environ) -> bool:
    query = {name: values[0] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
    if "X-Amz-Signature" not in query:
        return False
    began = datetime.strptime(query["X-Amz-Date"], TIME).replace(tzinfo=UTC)
    if datetime.now(UTC) > began + timedelta(seconds=int(query["X-Amz-Expires"])):
        return False
    names = query["X-Amz-SignedHeaders"]
    wanted = _signature(
        environ, query["X-Amz-Credential"], query["X-Amz-Date"], names, "UNSIGNED-PAYLOAD"
    )
    return hmac.compare_digest(wanted, query["X-Amz-Signature"])


def _signed_by_header(environ: Environ) -> bool:
    kind, _, rest = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if kind != "AWS4-HMAC-SHA256":
        return False
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    wanted = _signature(
        environ,
        parts["Credential"],
        environ["HTTP_X_AMZ_DATE"],
        parts["SignedHeaders"],
        environ["HTTP_X_AMZ_CONTENT_SHA256"],
    )
    return hmac.compare_digest(wanted, parts["Signature"])


def _signature(environ: Environ, credential: str, moment: str, names: str, payload: str) -> str:
    key_id, *scope = credential.split("/")
    if key_id != KEY_ID:
        return "nobody's"
    path, _, query = environ["RAW_URI"].partition("?")
    pairs = sorted(pair for pair in query.split("&") if pair and "X-Amz-Signature=" not in pair)
    query = "&".join(pair if "=" in pair else f"{pair}=" for pair in pairs)
    headers = [f"{name}:{_header(environ, name)}\n" for name in names.split(";")]
    request = "\n".join([environ["REQUEST_METHOD"], path, query, "".join(headers), names, payload])
    digest = hashlib.sha256(request.encode()).hexdigest()
    message = "\n".join(["AWS4-HMAC-SHA256", moment, "/".join(scope), digest])
    key = f"AWS4{SECRET}".encode()
    for part in scope:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, message.encode(), hashlib.sha256).hexdigest()


def _header(environ: Environ, name: str) -> str:
    word = name.upper().replace("-", "_")
    return str(environ.get(f"HTTP_{word}", environ.get(word, ""))).strip()


class Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Thousands of requests are none to tell."""


def end_with_parent() -> None:
    while os.read(0, 1024):
        pass
    os._exit(0)


def main(host: str, port: str, flag: str, certificate: str | None = None) -> None:
    app = create_backend_app("s3")
    made = app.test_client().put(f"/{BUCKET}", base_url=f"http://{host}:{port}")
    assert made.status_code == 200, made.text
    server = make_server(
        host,
        int(port),
        Guard(app, Path(flag)),
        threaded=True,
        request_handler=Silent,
        ssl_context=(certificate, certificate) if certificate else None,
    )
    threading.Thread(target=end_with_parent, daemon=True).start()
    print("ready", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
