"""How large the surface's elements become in the tile."""

from math import sqrt

MOST_USES = 8.0
"""How often a pixel of the swatch may be seen in the tile, on average, before the photo is rather
enlarged. Set by eye on quarters of the public tiles: up to here pieces can be mixed so that the
eye does not find them again."""

FEWEST_USES = 0.5
"""Share of the swatch's pixels that the tile must have room for, before the photo is shrunk: half
of a large surface at its own sharpness shows more than all of it blurred."""

NEARLY = 1.25
"""Most that a swatch is enlarged so that one cell of it fills the tile."""


def wanted_zoom(swatch: tuple[int, int], tile: tuple[int, int], room: float) -> float:
    """Texels per pixel of the swatch; sizes are width, height.

    The photo's own scale, 1, as long as the tile shows each pixel `FEWEST_USES` to `MOST_USES`
    times: no resampling is as sharp as none. A little more where the tile then is one piece, which
    takes `room`, as a share of its sides, for its cuts; and no less than that takes.
    """
    uses = tile[0] * tile[1] / (swatch[0] * swatch[1])
    whole = max(side * (1 + room) / have for side, have in zip(tile, swatch, strict=True))
    least = min(1.0, whole)
    zoom = max(least, sqrt(max(1.0, uses / MOST_USES) * min(1.0, uses / FEWEST_USES)))
    return whole if zoom < whole <= NEARLY * zoom else zoom
