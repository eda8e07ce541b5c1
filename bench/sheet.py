"""Contact sheets: every tile 2x2, with its name, on one picture to look at."""

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

SIDE, LINE, COLUMNS = 360, 18, 5


class Sheet:
    """Collects tiles and writes them side by side."""

    def __init__(self) -> None:
        self.cells: list[Image.Image] = []

    def add(self, tile: NDArray[np.uint8], text: str) -> None:
        """tile: (H, W, 3) uint8; it is shown 2x2."""
        half = Image.fromarray(tile).resize((SIDE // 2, SIDE // 2), Image.Resampling.LANCZOS)
        cell = Image.new("RGB", (SIDE + 4, SIDE + LINE), "black")
        for x, y in ((0, 0), (1, 0), (0, 1), (1, 1)):
            cell.paste(half, (x * SIDE // 2, y * SIDE // 2))
        ImageDraw.Draw(cell).text((2, SIDE + 3), text, fill="white")
        self.cells.append(cell)

    def write(self, path: Path) -> None:
        """Write the sheet as a PNG."""
        rows = math.ceil(len(self.cells) / COLUMNS)
        sheet = Image.new("RGB", (COLUMNS * (SIDE + 4), rows * (SIDE + LINE)))
        for index, cell in enumerate(self.cells):
            sheet.paste(cell, (index % COLUMNS * (SIDE + 4), index // COLUMNS * (SIDE + LINE)))
        path.parent.mkdir(parents=True, exist_ok=True)
        sheet.save(path)
