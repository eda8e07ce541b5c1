"""The evaluation set: photographs with outlined surfaces, true tiles, and a scorecard."""

import argparse
import importlib.util
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]


class Named(NamedTuple):
    """A surface of a photograph: where it is, what it is called. mask: (H, W) bool."""

    photo: str
    path: Path
    prompt: str
    mask: NDArray[np.bool_]


def arguments(purpose: str | None) -> argparse.ArgumentParser:
    """A parser with what every benchmark takes."""
    parser = argparse.ArgumentParser(description=purpose)
    parser.add_argument("evalset", type=Path, help="folder of the evaluation set")
    parser.add_argument(
        "--only", nargs="*", default=[], help="photos whose names hold one of these"
    )
    parser.add_argument("--out", type=Path, default=Path("bench/out"), help="folder for pictures")
    return parser


def read(path: Path) -> Pixels:
    """(H, W, 3) uint8 sRGB."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def surfaces(evalset: Path, only: list[str]) -> Iterator[Named]:
    """Every outlined surface of every photograph."""
    folder = evalset / "photos"
    for photo in json.loads((folder / "manifest.json").read_text())["photos"]:
        if only and not any(name in photo["id"] for name in only):
            continue
        for surface in photo["surfaces"]:
            mask = np.zeros((photo["height"], photo["width"]), np.uint8)
            cv2.fillPoly(mask, [np.array(surface["polygon"], np.int32)], 1)
            for hole in surface.get("exclude", []):
                cv2.fillPoly(mask, [np.array(hole, np.int32)], 0)
            yield Named(photo["id"], folder / photo["file"], surface["prompt"], mask > 0)


def true_tiles(evalset: Path, only: list[str]) -> Iterator[tuple[str, Pixels]]:
    """Every seamless tile with its name."""
    folder = evalset / "tiles"
    for tile in json.loads((folder / "manifest.json").read_text())["tiles"]:
        if not only or any(name in tile["id"] for name in only):
            yield tile["id"], read(folder / tile["file"])


def scorecard(evalset: Path) -> Callable[[Pixels, Pixels], dict[str, float]]:
    """The evaluation set's own judge of (tile, reference); needs scipy; about 4 s a tile."""
    path = evalset / "scorecard.py"
    found = importlib.util.spec_from_file_location("scorecard", path)
    assert found is not None
    assert found.loader is not None
    judge: Any = importlib.util.module_from_spec(found)
    found.loader.exec_module(judge)

    def score(tile: Pixels, reference: Pixels) -> dict[str, float]:
        names = ("overall", "seam", "realism", "structure", "repetition", "fidelity")
        whole = judge.score(tile[..., ::-1].copy(), reference[..., ::-1].copy())
        return {name: float(whole[name]) for name in names}

    return score
