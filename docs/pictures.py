"""Makes the pictures of README.md and of docs/ from examples/: `python -m docs.pictures`."""

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

import tilewright
from tilewright.engine.arrays import Mask, Pixels, pixels
from tilewright.engine.stages import Stages
from tilewright.engine.synthesis.focus import find_slope
from tilewright.engine.synthesis.keep import Layout
from tilewright.engine.synthesis.mend import mend
from tilewright.engine.synthesis.straighten import Straight, straighten
from tilewright.engine.synthesis.surface import Found, find_surface
from tilewright.engine.synthesis.swatch import Swatch
from tilewright.engine.synthesis.weave import STAGES, Order, in_focus, lay_out
from tilewright.engine.synthesis.words import understand
from tilewright.intake import decode

HERE = Path(__file__).parent
PHOTOS = HERE.parent / "examples"

HIGH, GAP, QUALITY = 320, 10, 72
"""Height of a panel and the space between two, in pixels; JPEG quality."""

FIRST_HIGH = 480
"""Height of a panel of the README's picture."""

FIRST_PROMPT = "Extract asphalt texture from the road."
"""The README's own."""

CHOSEN, OTHER, TAKEN = (255, 220, 0), (0, 200, 255), (255, 0, 200)
"""Yellow the surface, blue its alternatives, pink what the tile is made of."""

SIDE = 1024
"""Texels of a tile's side."""

KEPT_SIDE = 320
"""The same where the surface has enough pixels for a tile in one piece."""

DIMMED = 0.35
"""Brightness left of what is not used."""


MIXED = (
    ("half brick, half asphalt", "asphalt_street.jpg", None),
    ("brick with patches of asphalt", "asphalt_street.jpg", None),
    (
        "brick with patches of asphalt and leaves in the joints",
        "asphalt_street.jpg",
        "oak_leaves.jpg",
    ),
    ("brick with leaves along the edges", "oak_leaves.jpg", None),
    ("brick with spots of leaves", None, "oak_leaves.jpg"),
    ("brick overgrown with leaves", None, "oak_leaves.jpg"),
)
"""What is said of a wall, and the second and the third photo, row by row."""

MIXED_SIDE, MIXED_SHOWN = 768, 320
"""Texels of such a tile's side, and how many pixels of the picture it takes."""


class Scene(NamedTuple):
    """A photo, (H, W, 3) uint8 sRGB, as far as the even, straight view of the surface named."""

    photo: Pixels
    found: Found
    straight: Straight
    swatch: Swatch


def pictures() -> dict[str, Pixels]:
    """Every picture, by what it shows."""
    street = see("asphalt_street.jpg", "asphalt texture from the road")
    deck = see("deck_water.jpg", "wooden planks texture from the deck")
    wall = see("old_brick_grey.jpg", "brick texture from the wall")
    kept, quilted = laid(wall, KEPT_SIDE), laid(deck, SIDE)
    tile = mended(quilted)
    first = tilewright.extract(PHOTOS / "asphalt_street.jpg", FIRST_PROMPT).array
    road = with_surface(see("asphalt_street.jpg", FIRST_PROMPT))
    return {
        "asphalt_street.jpg": beside(road, first, twice(first), high=FIRST_HIGH),
        "method_surface.jpg": beside(with_regions(street)),
        "method_straight.jpg": beside(with_rectangle(deck), as_seen(deck)),
        "method_light.jpg": beside(as_seen(wall), crop(wall)),
        "method_cut.jpg": beside(with_cell(kept, KEPT_SIDE), twice(mended(kept))),
        "method_quilt.jpg": beside(crop(deck), with_pieces(quilted)),
        "method_tile.jpg": beside(tile, twice(tile)),
        "method_seam.jpg": beside(rolled(crop(wall)), rolled(mended(kept))),
        "mixed.jpg": mixed(),
    }


def mixed() -> Pixels:
    """A wall with other materials: three tiles a row, as `MIXED` says."""
    tiles = []
    for prompt, second, third in MIXED:
        others = [PHOTOS / name if name else None for name in (second, third)]
        tile = tilewright.extract(
            PHOTOS / "old_brick_grey.jpg",
            prompt,
            image_2=others[0],
            image_3=others[1],
            width=MIXED_SIDE,
            height=MIXED_SIDE,
            seed=1,
        )
        shown = (MIXED_SHOWN, MIXED_SHOWN)
        tiles += [cv2.resize(tile.array, shown, interpolation=cv2.INTER_AREA)]
        print(f"{prompt}: {tile.report.method}")
    return pixels(np.vstack([np.hstack(tiles[:3]), np.hstack(tiles[3:])]))


def see(name: str, prompt: str) -> Scene:
    """Find, straighten and even out, as `weave` does."""
    photo = decode((PHOTOS / name).read_bytes())
    wish = understand(prompt)
    found = find_surface(photo.pixels, wish)
    straight = straighten(photo.pixels, found.mask, wish.lies, photo.focal_ratio)
    return Scene(photo.pixels, found, straight, Swatch(photo.pixels, straight))


def laid(scene: Scene, side: int) -> Layout:
    """Where each texel of a square tile comes from, and the sharpened exemplar."""
    stages = Stages(lambda _stage, _fraction: None, STAGES)
    layout, zoom = lay_out(scene.swatch, Order((side, side), 0), stages)
    return replace(layout, exemplar=in_focus(layout, zoom, find_slope(scene.straight))[0])


def mended(layout: Layout) -> Pixels:
    """The finished tile."""
    return pixels(mend(layout.exemplar, layout.rows, layout.columns))


def with_regions(scene: Scene) -> Pixels:
    """The photo with the surface and its alternatives outlined."""
    view = scene.photo.copy()
    for mask, _ in scene.found.rivals:
        outline(view, mask, OTHER)
    outline(view, scene.found.mask, CHOSEN)
    return view


def with_surface(scene: Scene) -> Pixels:
    """The photo with the surface outlined."""
    view = scene.photo.copy()
    outline(view, scene.found.mask, CHOSEN)
    return view


def outline(view: Pixels, mask: Mask, color: tuple[int, int, int]) -> None:
    """Draw the outline of a mask, (H, W), into a picture."""
    shape = mask.astype(np.uint8)
    contours, _ = cv2.findContours(shape, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(view, contours, -1, color, max(2, view.shape[0] // 200))


def with_rectangle(scene: Scene) -> Pixels:
    """The photo with the surface, and on it the rectangle that is looked at straight on."""
    view = with_surface(scene)
    width, height = scene.straight.width, scene.straight.height
    corners = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float64)
    quad = cv2.perspectiveTransform(corners, scene.straight.to_photo)
    cv2.polylines(view, [np.rint(quad).astype(np.int32)], True, TAKEN, view.shape[0] // 120)
    return view


def as_seen(scene: Scene) -> Pixels:
    """The straight view in the photo's own light."""
    size = scene.straight.width, scene.straight.height
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return pixels(cv2.warpPerspective(scene.photo, scene.straight.to_photo, size, flags=flags))


def with_cell(layout: Layout, side: int) -> Pixels:
    """The exemplar: bright what the tile shows, which the cuts bound; the cell of the lattice."""
    used = np.zeros(layout.exemplar.shape[:2], np.bool_)
    used[layout.rows, layout.columns] = True
    view = pixels(layout.exemplar * np.where(used, 1.0, DIMMED)[..., None])
    outline(view, used, TAKEN)
    cv2.rectangle(view, (0, 0), (side, side), CHOSEN, 2)
    return view


def with_pieces(layout: Layout) -> Pixels:
    """The tile before it is mended, with the border of each piece."""
    view = pixels(layout.exemplar[layout.rows, layout.columns])
    height, width = layout.rows.shape
    rows = (layout.rows - np.arange(height)[:, None]) % height
    columns = (layout.columns - np.arange(width)) % width
    piece = rows * width + columns
    border = (piece != np.roll(piece, 1, 0)) | (piece != np.roll(piece, 1, 1))
    view[cv2.dilate(border.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0] = TAKEN
    return view


def crop(scene: Scene) -> Pixels:
    """The swatch as it is: straight, evenly lit, and no tile."""
    return pixels(scene.swatch.view(SIDE))


def twice(tile: Pixels) -> Pixels:
    """2 x 2 of it."""
    return np.tile(tile, (2, 2, 1))


def rolled(tile: Pixels) -> Pixels:
    """Its border in the middle."""
    return np.roll(tile, (tile.shape[0] // 2, tile.shape[1] // 2), (0, 1))


def beside(*panels: Pixels, high: int = HIGH) -> Pixels:
    """Panels of one height in a row."""
    row: list[Pixels] = []
    for panel in panels:
        zoom = high / panel.shape[0]
        size = round(panel.shape[1] * zoom), high
        row += [pixels(cv2.resize(panel, size, interpolation=cv2.INTER_AREA))]
        row += [np.full((high, GAP, 3), 255, np.uint8)]
    return np.hstack(row[:-1])


def main() -> None:
    """Write them."""
    for name, picture in pictures().items():
        colors = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
        cv2.imwrite(str(HERE / name), colors, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        print(f"docs/{name}", picture.shape)


if __name__ == "__main__":
    main()
