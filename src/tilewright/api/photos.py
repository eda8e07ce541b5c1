"""The photos of a request, wherever they are, become blobs; refused before any work."""

from dataclasses import dataclass
from functools import partial

from tilewright.api.body import Parameters
from tilewright.api.door import Door
from tilewright.api.own import own_tile, own_upload
from tilewright.contract import (
    IMAGES,
    FieldFault,
    InvalidRequest,
    NotFound,
    PhotoRefused,
    PhotoTooLarge,
    ServiceRequest,
    TilewrightError,
    UrlRefused,
    tile_size,
)
from tilewright.intake import fetch, inspect, read_sent
from tilewright.jobs import Upload


@dataclass(frozen=True)
class Photos:
    """The blobs of `image_1` to `image_3`. uploads: those among them that were sent before.
    made: those that were made for this request, and must go if it comes to nothing.
    tile: width and height of what is asked for, in texels.
    """

    blobs: dict[str, str | None]
    uploads: tuple[str, ...]
    made: tuple[str, ...]
    tile: tuple[int, int]


def form_photos(parameters: Parameters) -> dict[str, bytes]:
    """Take the photos that came as files of a form out of the parameters.

    A file of a name that is no parameter stays among them, as what is refused there.
    """
    found = {name: value for name, value in parameters.items() if isinstance(value, bytes)}
    known = [name for name in found if name in ServiceRequest.model_fields]
    if strange := [name for name in known if name not in IMAGES]:
        raise InvalidRequest([FieldFault(name, "must not be a file") for name in strange])
    for name in found:
        parameters[name] = "(a file)"
    return {name: found[name] for name in known}


def keep_photos(
    door: Door, account_id: str, base: str, request: ServiceRequest, files: dict[str, bytes]
) -> Photos:
    """Read, check and store every photo. Blocks while addresses are fetched.

    base: where this service is reached: addresses there are ours.

    Raises what is wrong with the first bad one, by the name of its parameter; nothing is kept then.
    """
    blobs: dict[str, str | None] = dict.fromkeys(IMAGES)
    uploads: list[str] = []
    made: list[str] = []
    tile = (0, 0)
    try:
        for name in IMAGES:
            source = getattr(request, name)
            if source is None:
                continue
            upload = None if name in files else _uploaded(door, account_id, base, name, source)
            if upload is not None:
                blobs[name] = upload.blob
                uploads.append(upload.id)
                data = door.blobs.get(upload.blob) if _shapes_the_tile(request, name) else None
            else:
                data = files[name] if name in files else _read(door, name, source)
            size = (1, 1) if data is None else _measure(door, name, data)
            if name == IMAGES[0]:
                tile = _tile_size(door, request, size)
            if upload is None and data is not None:
                blobs[name] = door.blobs.put(data)
                made.append(str(blobs[name]))
    except BaseException:
        door.blobs.discard(*made)
        raise
    return Photos(blobs, tuple(uploads), tuple(made), tile)


def _shapes_the_tile(request: ServiceRequest, name: str) -> bool:
    return name == IMAGES[0] and request.aspect_ratio == "match_input_image"


def _uploaded(door: Door, account_id: str, base: str, name: str, source: str) -> Upload | None:
    try:
        return own_upload(door, account_id, base, source)
    except NotFound as error:
        raise InvalidRequest([FieldFault(name, str(error))]) from None


def _read(door: Door, name: str, source: str) -> bytes:
    rules = door.rules
    get = partial(fetch, limits=rules.fetch_limits, allowed=rules.allowed)
    try:
        made = own_tile(door, source)
        return read_sent(source, rules.photo_limits.size, fetch=get) if made is None else made
    except (NotFound, PhotoRefused, UrlRefused) as error:
        raise by_name(name, error) from error


def _measure(door: Door, name: str, data: bytes) -> tuple[int, int]:
    """Width and height of a photo, if it is one that is taken."""
    try:
        return inspect(data, door.rules.photo_limits)
    except PhotoRefused as error:
        raise by_name(name, error) from error


def by_name(name: str, error: TilewrightError, before: str = "") -> TilewrightError:
    """The same of the parameter of that name. before: its sentence."""
    fault = FieldFault(name, f"{before}{error}")
    if isinstance(error, PhotoTooLarge):
        return PhotoTooLarge(f"{name}: {fault.message}", [fault])
    return InvalidRequest([fault])


def _tile_size(door: Door, request: ServiceRequest, photo: tuple[int, int]) -> tuple[int, int]:
    """Of the tile, within what this service makes."""
    sides = tile_size(request, photo)
    for name, side in zip(("width", "height"), sides, strict=True):
        if side > door.rules.longest_side:
            limit = f"at most {door.rules.longest_side} here, not {side}"
            raise InvalidRequest([FieldFault(name, f"must be {limit}")])
    return sides
