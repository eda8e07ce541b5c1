"""The one door that every engine stands behind: photos and a request in, a tile and its report out."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from tilewright.contract import Report, TileRequest

Tick = Callable[[str, float], None]
"""Called between steps with the stage's name and the fraction of the whole work done, 0..1.
It may raise `Cancelled`: the engine then stops within a second and leaves nothing behind."""


class Outcome(NamedTuple):
    """A finished tile: the encoded file and what is known about it."""

    data: bytes
    report: Report


class Engine(Protocol):
    """What an engine must do. `check` may refuse; after it, `run` refuses only the photo itself."""

    name: str
    version: str

    def check(self, request: TileRequest, photos: int) -> None:
        """Raise `UnsupportedParameter` if this engine cannot do what is asked; costs nothing."""

    def run(self, request: TileRequest, photos: Sequence[bytes], tick: Tick) -> Outcome:
        """Make the tile.

        photos: one to three encoded images: the base, one to blend in, one to layer over.
        Raises `PhotoRefused` or `SurfaceUnusable`, and whatever `tick` raises.
        Same request (with a seed other than -1), same photos, same version: the same bytes.
        """
