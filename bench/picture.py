"""The README's picture: a photo with the surface that was taken, its tile, and the tile 2x2."""

from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw

import tilewright
from bootstrap import HOUSE, PHOTO, PROMPT

SIDE, GAP = 480, 12


def main() -> None:
    """Make the tile as the first command does, and write the picture."""
    tile = tilewright.extract(HOUSE / PHOTO, PROMPT)
    with Image.open(HOUSE / PHOTO) as opened:
        photo = opened.convert("RGB")
    surface = tile.report.surface
    assert surface is not None
    corners = [(x * photo.width, y * photo.height) for x, y in surface.outline]
    ImageDraw.Draw(photo).line([*corners, corners[0]], fill="yellow", width=photo.width // 200)
    with Image.open(BytesIO(tile.data)) as opened:
        once = opened.convert("RGB").resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    photo = photo.resize((round(photo.width * SIDE / photo.height), SIDE), Image.Resampling.LANCZOS)
    whole = Image.new("RGB", (photo.width + 2 * (SIDE + GAP), SIDE), "white")
    whole.paste(photo, (0, 0))
    whole.paste(once, (photo.width + GAP, 0))
    half = once.resize((SIDE // 2, SIDE // 2), Image.Resampling.LANCZOS)
    for place in range(4):
        x, y = place % 2 * SIDE // 2, place // 2 * SIDE // 2
        whole.paste(half, (photo.width + SIDE + 2 * GAP + x, y))
    target = HOUSE / "docs" / Path(PHOTO).name
    target.parent.mkdir(exist_ok=True)
    whole.save(target, quality=88)
    print(target.relative_to(HOUSE), f"seam {tile.report.score.seam:.3f}")


if __name__ == "__main__":
    main()
