"""The photos of a request, wherever they are, are checked and kept; refused before any work."""

from dataclasses import dataclass, field
from functools import partial

from tilewright.api.body import Parameters
from tilewright.api.door import Door
from tilewright.api.own import own_tile, own_upload
from tilewright.contract import (
    IMAGES,
    FetchFailed,
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
from tilewright.contract.request import LONGEST_URL
from tilewright.intake import fetch, inspect, read_sent
from tilewright.jobs import Upload
from tilewright.store import Blobs

SMALL = 1 << 20
"""Bytes, or letters, of a photo that is read in no time."""


@dataclass(frozen=True)
class Photos:
    """The photos of a request: the bytes of those that came with it, and those sent before.

    tile: width and height of what is asked for, in texels. made: the blobs of what came, which
    must go if the request comes to nothing.
    """

    sent: dict[str, bytes]
    uploads: dict[str, Upload]
    tile: tuple[int, int]
    made: dict[str, str] = field(default_factory=dict)

    @property
    def blobs(self) -> dict[str, str | None]:
        """Of `image_1` to `image_3`."""
        known = {name: upload.blob for name, upload in self.uploads.items()} | self.made
        return {name: known.get(name) for name in IMAGES}

    async def keep(self, blobs: Blobs, alone: bool) -> None:
        """Put what came into the store. alone: nobody else waits meanwhile."""
        for name, data in self.sent.items():
            self.made[name] = await blobs.keep(data, at_once=alone and len(data) <= SMALL)


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


def read_photos(
    door: Door, account_id: str, base: str, request: ServiceRequest, files: dict[str, bytes]
) -> Photos:
    """Read and check every photo. Blocks while addresses are fetched.

    base: where this service is reached: addresses there are ours.

    Raises what is wrong with all that are no good, by the names of their parameters; of those that
    are too large or cannot be fetched, with the first.
    """
    sent: dict[str, bytes] = {}
    uploads: dict[str, Upload] = {}
    sizes: dict[str, tuple[int, int]] = {}
    faults: list[FieldFault] = []
    for name in IMAGES:
        source = getattr(request, name)
        if source is None:
            continue
        try:
            upload = None if name in files else _uploaded(door, account_id, base, name, source)
            if upload is not None:
                uploads[name] = upload
                data = door.blobs.get(upload.blob) if _shapes_the_tile(request, name) else None
            else:
                data = sent[name] = files[name] if name in files else _read(door, name, source)
            if data is not None:
                sizes[name] = _measure(door, name, data)
        except InvalidRequest as error:
            faults += error.fields
    if faults:
        raise InvalidRequest(faults)
    return Photos(sent, uploads, _tile_size(door, request, sizes.get(IMAGES[0], (1, 1))))


def came_along(request: ServiceRequest, files: dict[str, bytes]) -> bool:
    """Whether its photos are all in the request itself, and read in no time."""
    texts = [getattr(request, name) for name in IMAGES if name not in files]
    addresses = (len(text) <= LONGEST_URL for text in texts if text is not None)
    photos = (*files.values(), *filter(None, texts))
    return not any(addresses) and all(len(photo) <= SMALL for photo in photos)


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
    except FetchFailed as error:
        raise type(error)(f"{name}: {error}") from error


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
