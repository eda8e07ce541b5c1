"""Shows on the photo what was taken and what else may be meant, in a picture beside the tile."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tilewright.contract import Report

ENDING = ".surface.jpg"


def beside(tile: Path) -> Path:
    """Where the picture goes: `wall.tile.surface.jpg` beside `wall.tile.webp`."""
    return tile.with_suffix(ENDING)


def read_photo(photo: str | bytes) -> bytes:
    """The photo's bytes, read once for both the tile and the picture."""
    from tilewright.compose import read
    from tilewright.settings import load_settings

    return read(photo, load_settings())


def draw_outlines(photo: bytes, report: Report, tile: Path) -> Path | None:
    """Write the picture, with what was taken as number 1; None where the engine cannot tell it."""
    if report.surface is None:
        return None
    from tilewright.compose import write_whole
    from tilewright.intake import outlined

    found = [report.surface, *report.surface.alternatives]
    path = beside(tile)
    write_whole(path, outlined(photo, [one.outline for one in found]))
    return path
