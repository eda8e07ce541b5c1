"""The one door that every engine stands behind: photos and a request in, a tile out."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from tilewright.contract import Report, TileRequest

Tick = Callable[[str, float], None]
"""Called between steps with the stage's name and the fraction of the whole work done, 0..1.
It may raise `Cancelled`: the engine then stops within two or three seconds and leaves nothing
behind."""


class Photos(NamedTuple):
    """Encoded images: the photo of the surface, one to blend in, and one to lay over."""

    base: bytes
    blend: bytes | None = None
    layer: bytes | None = None


class Outcome(NamedTuple):
    """A finished tile: the encoded file and what is known about it."""

    data: bytes
    report: Report


class Engine(Protocol):
    """What an engine must do. `check` may refuse; after it, `run` refuses only what it has to open:
    photos, and LoRAs.
    """

    name: str
    version: str

    def check(self, request: TileRequest) -> None:
        """Raise `UnsupportedParameter` if this engine cannot do what is asked; costs nothing."""

    def run(self, request: TileRequest, photos: Photos, tick: Tick) -> Outcome:
        """Make the tile.

        Raises `PhotoRefused`, `SurfaceUnusable`, `LoraRefused`, `UrlRefused` or `FetchFailed` for
        these; `EngineFailed`, `EngineLost` or `EngineUnavailable`; and whatever `tick` raises.
        Same request (with a seed other than -1), same photos, same version: the same bytes.
        """
