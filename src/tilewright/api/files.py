"""Tiles behind signed links, and photos that are sent ahead of the requests that use them."""

from typing import Any
from urllib.parse import quote
from uuid import uuid4

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from tilewright.api.body import read_json
from tilewright.api.callers import TheCaller, TheDoor
from tilewright.api.door import Door
from tilewright.api.faults import Refused
from tilewright.api.photos import by_name
from tilewright.api.shapes import fault_answers
from tilewright.api.words import base_url
from tilewright.contract import FieldFault, InvalidRequest, NotFound, PhotoRefused
from tilewright.intake import inspect, read_sent
from tilewright.intake.header import ALLOWED, recognize
from tilewright.jobs import Upload, find_upload, keep_upload
from tilewright.store import BlobGone

router = APIRouter(tags=["files"])

MOST_AT_ONCE = 10
"""Photos in one upload."""

WAYS = "a data: URL, or the base64 of an image"
"""In which a photo may come here."""

ENDINGS = {"image/webp": ".webp", "image/png": ".png", "image/jpeg": ".jpg"}

HEADERS = {
    "Cache-Control": "private, max-age=3600, immutable",
    "X-Content-Type-Options": "nosniff",
}


@router.head("/results/{blob}/{file_name}", include_in_schema=False)
@router.get(
    "/results/{blob}/{file_name}",
    response_class=Response,
    responses=fault_answers(403, 404)
    | {200: {"content": {"image/*": {"schema": {"type": "string", "format": "binary"}}}}},
)
def get_result(
    blob: str, file_name: str, door: TheDoor, expires: str = "", signature: str = ""
) -> Response:
    """A tile, for whoever has its signed link; no key is asked for.

    The link's last part is only a name for the file: what it is, its bytes say.
    """
    if not door.links.check(blob, expires, signature, door.clock()):
        raise Refused("link_refused", "this link was changed or is too old; ask for a new one")
    try:
        data = door.blobs.get(blob)
    except BlobGone:
        raise NotFound("the tile has expired; make it again") from None
    return Response(data, media_type=_kind(data), headers=HEADERS)


@router.head("/uploads/{upload_id}/{file_name}", include_in_schema=False)
@router.get(
    "/uploads/{upload_id}/{file_name}",
    response_class=Response,
    responses=fault_answers(404)
    | {200: {"content": {"image/*": {"schema": {"type": "string", "format": "binary"}}}}},
)
def get_upload(upload_id: str, file_name: str, door: TheDoor) -> Response:
    """A photo that was sent before; its address cannot be guessed."""
    with door.reading() as (tx, now):
        upload = find_upload(tx, None, upload_id, now)
    return Response(door.blobs.get(upload.blob), media_type=upload.content_type, headers=HEADERS)


def _kind(picture: bytes) -> str:
    name = recognize(picture)
    return f"image/{name.lower()}" if name in ALLOWED else "application/octet-stream"


@router.post(
    "/upload-asset",
    responses=fault_answers(400, 401, 403, 406, 408, 413),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["data_urls"],
                        "additionalProperties": False,
                        "properties": {
                            "data_urls": {
                                "type": "array",
                                "items": {"type": "string", "minLength": 1},
                                "minItems": 1,
                                "maxItems": MOST_AT_ONCE,
                            }
                        },
                    }
                }
            },
        }
    },
)
async def upload_asset(request: Request, door: TheDoor, caller: TheCaller) -> JSONResponse:
    """Keep photos for a while; the addresses in the answer go into `image_1` and so on."""
    photos = await to_thread.run_sync(_photos, door, await read_json(request))
    uploads = await to_thread.run_sync(_keep, door, caller.account_id, photos)
    base = base_url(request, door)
    urls = [
        f"{base}/uploads/{upload.id}/{quote('photo' + ENDINGS[upload.content_type])}"
        for upload in uploads
    ]
    message = "Files uploaded successfully"
    return JSONResponse({"file_urls": urls, "urls": urls, "message": message})


def _photos(door: Door, body: dict[str, Any]) -> list[bytes]:
    """Every photo of the body, opened as far as its header."""
    urls = body.get("data_urls")
    unknown = [FieldFault(name, "is not a known parameter") for name in body if name != "data_urls"]
    if unknown:
        raise InvalidRequest(unknown)
    if not isinstance(urls, list) or not 0 < len(urls) <= MOST_AT_ONCE:
        raise _wrong(f"must be a list of 1 to {MOST_AT_ONCE} data: URLs")
    return [_photo(door, number, url) for number, url in enumerate(urls, 1)]


def _photo(door: Door, number: int, url: object) -> bytes:
    if not isinstance(url, str) or "://" in url[:12]:
        raise _wrong(f"photo {number} must be {WAYS}")
    try:
        data = read_sent(url, door.rules.photo_limits.size, ways=WAYS)
        inspect(data, door.rules.photo_limits)
    except PhotoRefused as error:
        raise by_name("data_urls", error, f"photo {number}: ") from error
    return data


def _wrong(sentence: str) -> InvalidRequest:
    return InvalidRequest([FieldFault("data_urls", sentence)])


def _keep(door: Door, account_id: str, photos: list[bytes]) -> list[Upload]:
    """Blobs first, rows after: a kill between the two leaves an orphan, which is swept away."""
    blobs = [door.blobs.put(data) for data in photos]
    with door.writing() as (tx, now):
        uploads = [
            Upload(
                id=str(uuid4()),
                account_id=account_id,
                blob=blob,
                content_type=_kind(data),
                file_size=len(data),
                created_at=now,
                expires_at=now + door.rules.retention,
            )
            for blob, data in zip(blobs, photos, strict=True)
        ]
        for upload in uploads:
            keep_upload(tx, upload)
    return uploads
