"""Other ways to make a crop tile: what people would otherwise take."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from bench.evalset import Pixels

Peer = Callable[[Pixels], Pixels]

OVERLAP = 0.10
"""img2texture's mildest documented overlap; at its default of 0.25 it scored lower still."""

BAND = 0.04
"""Share of the side that is painted over where the seams of a rolled crop meet its middle."""

SECONDS = 300
"""A tool that needs longer is given up."""


def img2texture(crop: Pixels) -> Pixels:
    """A cross-fade of the borders; the tile is smaller than the crop."""
    tool: Any = import_module("img2texture")
    made = tool.image_to_seamless(Image.fromarray(crop), overlap=OVERLAP)
    return np.asarray(made.convert("RGB"))


def mirror(crop: Pixels) -> Pixels:
    """The crop and its mirror images, twice as wide and high."""
    wide = np.concatenate([crop, crop[:, ::-1]], axis=1)
    return np.concatenate([wide, wide[::-1]], axis=0)


def raw(crop: Pixels) -> Pixels:
    """The crop as it is."""
    return crop


def inpainted(crop: Pixels) -> Pixels:
    """OpenCV: rolled by half, and the seams in the middle painted over (Telea 2004)."""
    height, width = crop.shape[:2]
    rolled = np.roll(crop, (height // 2, width // 2), (0, 1))
    hole = np.zeros((height, width), np.uint8)
    reach = max(1, int(BAND * height / 2)), max(1, int(BAND * width / 2))
    hole[height // 2 - reach[0] : height // 2 + reach[0]] = 255
    hole[:, width // 2 - reach[1] : width // 2 + reach[1]] = 255
    return np.asarray(cv2.inpaint(rolled, hole, 3, cv2.INPAINT_TELEA), np.uint8)


def imagemagick(crop: Pixels) -> Pixels:
    """ImageMagick: a half-rolled copy shows through where the crop's border comes near."""
    height, width = crop.shape[:2]
    mask = ["(", "-size", f"{width}x{height}", "xc:white", "-bordercolor", "black"]
    mask += ["-shave", "12%x12%", "-border", "12%x12%", "-resize", f"{width}x{height}!"]
    mask += ["-blur", f"0x{0.04 * min(height, width):.0f}", "-level", "30%,100%", ")"]
    rolled = ["(", "in.png", "-roll", f"+{width // 2}+{height // 2}", ")"]
    return _by_program(["convert", *rolled, "in.png", *mask, "-composite", "PNG24:out.png"], crop)


def gimp(crop: Pixels) -> Pixels:
    """GIMP's Tile Seamless."""
    script = (
        '(let* ((image (car (gimp-file-load RUN-NONINTERACTIVE "in.png" "in.png")))'
        " (layer (car (gimp-image-get-active-layer image))))"
        " (plug-in-make-seamless RUN-NONINTERACTIVE image layer)"
        ' (file-png-save-defaults RUN-NONINTERACTIVE image layer "out.png" "out.png")'
        " (gimp-quit 0))"
    )
    return _by_program(["gimp", "-i", "-d", "-f", "-b", script], crop)


TOOLS: dict[str, Peer] = {
    "img2texture": img2texture,
    "mirror": mirror,
    "raw": raw,
    "inpainted": inpainted,
    "imagemagick": imagemagick,
    "gimp": gimp,
}


def missing(name: str) -> str | None:
    """What has to be installed before a peer can be asked; None if it can."""
    if name == "img2texture" and find_spec("img2texture") is None:
        return "pip install img2texture"
    if name == "imagemagick" and not _is_imagemagick():
        return "apt install imagemagick"
    if name == "gimp" and shutil.which("gimp") is None:
        return "apt install gimp"
    return None


def _is_imagemagick() -> bool:
    """Whether `convert` is ImageMagick's: other programs have that name too."""
    if shutil.which("convert") is None:
        return False
    told = subprocess.run(["convert", "-version"], capture_output=True, text=True, check=False)
    return "ImageMagick" in told.stdout


def _by_program(line: list[str], crop: Pixels) -> Pixels:
    """Run a program that reads `in.png` and writes `out.png` in its folder."""
    with tempfile.TemporaryDirectory() as folder:
        Image.fromarray(crop).save(Path(folder) / "in.png")
        subprocess.run(line, cwd=folder, check=True, capture_output=True, timeout=SECONDS)
        with Image.open(Path(folder) / "out.png") as image:
            return np.asarray(image.convert("RGB"))
