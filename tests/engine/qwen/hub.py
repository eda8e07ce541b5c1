"""A hub on this machine: the routes that huggingface_hub asks, tiny files, and faults on demand."""

import hashlib
import json
import re
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import NamedTuple, Self
from urllib.parse import parse_qs, unquote, urlsplit

from tests.engine.qwen.model import LIGHTNING, MODEL, TEXTURE_LORA

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LATER_COMMIT = "89abcdef0123456789abcdef0123456789abcdef"
LFS = ".safetensors"
"""Files of this name are told of by sha256 and sent from elsewhere, as those in Git LFS are."""


class Sent(NamedTuple):
    """One answer with bytes of a file."""

    name: str
    start: int
    size: int


class LocalHub:
    """Listens on a free port of 127.0.0.1 while it is entered."""

    def __init__(self) -> None:
        self.repos = {
            "Qwen/Qwen-Image-Edit-2509": dict(MODEL),
            "tarn59/extract_texture_qwen_image_edit_2509": dict(TEXTURE_LORA),
            "lightx2v/Qwen-Image-Lightning": dict(LIGHTNING),
        }
        self.commit = COMMIT
        self.sizes: dict[str, int] = {}
        """Sizes told of files, where they are not the true ones."""
        self.statuses: dict[str, int] = {}
        """Statuses that repositories are refused with."""
        self.cuts: dict[str, list[int]] = {}
        """Counts of bytes after which answers with a file break off, one after the other."""
        self.flips: Counter[str] = Counter()
        """How many answers with a file have a bit wrong."""
        self.whole = False
        """Whether ranges are ignored, as some proxies do."""
        self.stall_after: tuple[str, int] | None = None
        """A file that goes silent after so many bytes, until the hub closes."""
        self.stalled = Event()
        self.closing = Event()
        self.asked: list[str] = []
        """The paths of all requests."""
        self.sent: list[Sent] = []
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # head and body go at once

            def do_GET(self) -> None:
                hub.asked.append(self.path)
                hub._answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        path = unquote(urlsplit(request.path).path)
        if listing := re.fullmatch(r"/api/models/(.+)/revision/(\w+)", path):
            self._list(request, listing[1])
        elif file := re.fullmatch(r"/(.+)/resolve/(\w+)/(.+)", path):
            self._resolve(request, *file.groups())
        elif moved := re.fullmatch(r"/cdn/([^/]+/[^/]+)/(.+)", path):
            self._send_file(request, moved[2], self.repos[moved[1]][moved[2]])
        else:
            _say(request, 404)

    def _list(self, request: BaseHTTPRequestHandler, repo: str) -> None:
        if repo not in self.repos or repo in self.statuses:
            _say(request, self.statuses.get(repo, 404))
            return
        assert parse_qs(urlsplit(request.path).query)["blobs"] == ["true"]
        siblings = [self._told(name, data) for name, data in self.repos[repo].items()]
        body = {"id": repo, "sha": self.commit, "siblings": siblings}
        _say(request, 200, json.dumps(body).encode())

    def _told(self, name: str, data: bytes) -> dict[str, object]:
        size = self.sizes.get(name, len(data))
        blob = hashlib.sha1(f"blob {len(data)}\0".encode() + data).hexdigest()
        told: dict[str, object] = {"rfilename": name, "size": size, "blobId": blob}
        if name.endswith(LFS):
            sha256 = hashlib.sha256(data).hexdigest()
            told["lfs"] = {"sha256": sha256, "size": size, "pointerSize": 134}
        return told

    def _resolve(self, request: BaseHTTPRequestHandler, repo: str, commit: str, name: str) -> None:
        if repo in self.statuses or commit not in (COMMIT, LATER_COMMIT):
            _say(request, self.statuses.get(repo, 404))
        elif name.endswith(LFS):
            _say(request, 302, Location=f"{self.url}/cdn/{repo}/{name}")
        else:
            self._send_file(request, name, self.repos[repo][name])

    def _send_file(self, request: BaseHTTPRequestHandler, name: str, data: bytes) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-", request.headers["Range"])
        start = int(asked[1]) if asked and not self.whole else 0
        body = bytearray(data[start:])
        if self.flips[name] > 0:
            self.flips[name] -= 1
            body[-1] ^= 1
        cut = self.cuts[name].pop(0) if self.cuts.get(name) else len(body)
        stall = self.stall_after and self.stall_after[0] == name
        count = self.stall_after[1] if self.stall_after and stall else min(cut, len(body))
        self.sent.append(Sent(name, start, count))
        request.send_response(200 if self.whole else 206)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body[:count])
        if stall:
            self.stalled.set()
            self.closing.wait()
        if count < len(body):
            request.close_connection = True


def _say(request: BaseHTTPRequestHandler, status: int, body: bytes = b"", **headers: str) -> None:
    request.send_response(status)
    for name, value in {**headers, "Content-Length": str(len(body))}.items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(body)
