"""The main job from end to end: a photo and a request go in, a finished tile comes out."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tilewright.contract import (
    FetchFailed,
    PhotoRefused,
    Report,
    TileRequest,
    TileScore,
    parse_request,
    tile_size,
)
from tilewright.engine import Engine, Photos, Tick, choose, why
from tilewright.engine.choose import check, find
from tilewright.intake import decode, fetch, inspect, read_source
from tilewright.settings import Settings, load_settings

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Source = str | bytes | Path | npt.NDArray[np.uint8]
    """A photo: the path of a file, an http(s) or data: URL, base64, the bytes of an image file,
    or pixels, (H, W, 3) uint8, sRGB."""


@dataclass(frozen=True)
class Tile:
    """A finished tile: the encoded image file, and the report of how it was made."""

    data: bytes = field(repr=False)
    report: Report

    @cached_property
    def array(self) -> npt.NDArray[np.uint8]:
        """The pixels of `data`: (H, W, 3) uint8, sRGB, read-only."""
        return decode(self.data).pixels

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write `data` to `path`, whole or not at all; the name does not change the format."""
        write_whole(Path(path), self.data)


def write_whole(target: Path, data: bytes) -> None:
    """Write a file so that nobody ever finds a part of it."""
    part = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with part.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(target)) from error
    finally:
        with suppress(OSError):  # there may be no such folder
            part.unlink()


@dataclass(frozen=True)
class Maker:
    """A checked request, ready to make tiles from any number of photos."""

    request: TileRequest
    engine: Callable[[], Engine]
    """Gives the same one each time, loaded once a photo is there: a refusal waits for nothing."""
    settings: Settings
    blend: bytes | None = None
    layer: bytes | None = None
    why: str = ""
    """Why this engine, where nobody named one."""

    def make(self, photo: Source, tick: Tick | None = None) -> Tile:
        """Read and check the photo, then run the engine."""
        data = read(photo, self.settings)
        tile_size(self.request, inspect(data, self.settings.photo_limits()))
        photos = Photos(data, self.blend, self.layer)
        return Tile(*self.engine().run(self.request, photos, tick or _silent))


def prepare(
    prompt: str,
    *,
    image_2: Source | None = None,
    image_3: Source | None = None,
    engine: str | None = None,
    settings: Settings | None = None,
    **parameters: object,
) -> Maker:
    """Check all that is the same for every photo. Takes and raises what `extract` does."""
    request = parse_request({"prompt": prompt, **parameters})
    known = load_settings() if settings is None else settings
    name, qwen = engine or known.engine, known.qwen()
    check(find(name, qwen), request)
    others = _read_extra("image_2", image_2, known), _read_extra("image_3", image_3, known)
    return Maker(request, cache(partial(choose, name, qwen)), known, *others, why=why(name, qwen))


def _read_extra(name: str, source: Source | None, settings: Settings) -> bytes | None:
    if source is None:
        return None
    try:
        data = read(source, settings)
        inspect(data, settings.photo_limits())
    except (PhotoRefused, FetchFailed) as error:
        raise type(error)(f"{name}: {error}") from error
    return data


def extract(
    photo: Source,
    prompt: str,
    *,
    image_2: Source | None = None,
    image_3: Source | None = None,
    engine: str | None = None,
    tick: Tick | None = None,
    settings: Settings | None = None,
    **parameters: object,
) -> Tile:
    """Make a seamless tile of the surface that `prompt` names in `photo`.

    photo: the path of a file, an http(s) or data: URL, base64, the bytes of an image file, or
    pixels, (H, W, 3) uint8, sRGB. A text that names an existing file is that file: do not pass a
    stranger's text on.
    image_2, image_3: photos of a surface to blend in, and of one to lay over.
    engine: one of `tilewright.engine.NAMES`; the operator's choice if None.
    tick: is called between steps with the stage's name and the fraction done, 0..1. It may raise
    `Cancelled` to stop.
    settings: limits to keep to; those of the environment if None.
    parameters: the other fields of `tilewright.contract.TileRequest`: `aspect_ratio`, `seed`,
    `image_format`, `quality` and so on.

    Raises `TilewrightError`; everything that can be refused is refused before the work begins.
    """
    maker = prepare(
        prompt, image_2=image_2, image_3=image_3, engine=engine, settings=settings, **parameters
    )
    return maker.make(photo, tick)


def score_tile(
    tile: Source, reference: Source | None = None, *, settings: Settings | None = None
) -> TileScore:
    """How good a tile is, whatever made it: what `tilewright score` tells.

    tile: whatever `extract` takes for a photo.
    reference: a picture of the surface alone, at the tile's scale; without it the score has no
    `fidelity` and no `structure`.
    settings: limits to keep to; those of the environment if None.

    Raises `TilewrightError`.
    """
    from tilewright import score

    known = load_settings() if settings is None else settings
    pictures = [
        decode(read(source, known), known.photo_limits()).pixels
        for source in (tile, reference)
        if source is not None
    ]
    return score.score_tile(*pictures)


def report_inside(tile: Source) -> dict[str, Any] | None:
    """The report in the file of a tile that was made with `embed_report`; None if it has none."""
    from tilewright.engine.embed import embedded

    data = read(tile, settings := load_settings())
    inspect(data, settings.photo_limits())
    return embedded(data)


def read(source: Source, settings: Settings) -> bytes:
    """The bytes of a photo, from wherever it is, within the limits of `settings`."""
    if not isinstance(source, str | bytes | Path):
        return _as_png(source)
    limits, allowed = settings.fetch_limits(), settings.allowed()
    return read_source(source, limits.size, fetch=partial(fetch, limits=limits, allowed=allowed))


def _as_png(pixels: npt.NDArray[np.uint8]) -> bytes:
    from io import BytesIO

    from PIL import Image

    shape: tuple[int, ...] = getattr(pixels, "shape", ())
    kind = getattr(pixels, "dtype", type(pixels).__name__)
    if len(shape) != 3 or shape[-1] != 3 or kind != "uint8":
        raise PhotoRefused(
            "a photo is a path, a URL, the bytes of an image file, or an array (H, W, 3) of uint8; "
            f"not {f'{shape} {kind}' if shape else kind}"
        )
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=1)
    return file.getvalue()


def _silent(stage: str, fraction: float) -> None:
    """The tick of a caller who does not want to hear."""
