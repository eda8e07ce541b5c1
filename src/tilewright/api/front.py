"""The page at the root, as `page/build.py` left it here, or how to build it."""

from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.responses import FileResponse, HTMLResponse, Response
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

BUILT = Path(__file__).parent / "built"

ASSETS = "assets"
"""The folder of files whose names change with what is in them."""

POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' blob: data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "object-src 'none'",
    )
)
"""Nothing from elsewhere, nothing written into the page itself, no frame around it."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}

LACK = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Tilewright</title>
<meta name="viewport" content="width=device-width">
<h1>Tilewright</h1>
<p>The page has not been built. In a clone of the repository: <code>python page/build.py</code>,
which needs Node 20.19 or newer; then load this again. The service itself lacks nothing:
<a href="docs">what it offers</a>.</p></html>
"""


class Hashed(StaticFiles):
    """Files that never change under one name."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send them ourselves: what a server sends straight from the disk is not compressed."""
        await super().__call__({**scope, "extensions": {}}, receive, send)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, to be kept for good."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def show_front(app: FastAPI, built: Path = BUILT) -> None:
    """Give `app` its root, and the files that it needs. built: the folder of the built page."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/", methods=["GET", "HEAD"])
    def front() -> Response:
        page = built / "index.html"
        if page.is_file():
            return FileResponse(page, headers=HEADERS)
        return HTMLResponse(LACK, headers=HEADERS)

    app.include_router(router)
    files = Hashed(directory=built / ASSETS, check_dir=False)
    app.mount(f"/{ASSETS}", GZipMiddleware(files, minimum_size=1000))
