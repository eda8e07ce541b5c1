"""The evaluation set: photographs with outlined surfaces, scenes whose truth is known, tiles."""

import argparse
import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]

FIRST_SEED = 100
"""Scenes that are rendered here have seeds from here on; those of the set are below 20."""

VARIANTS = 12
"""How many variants of a seed are tried until one is worth keeping, as the set itself was made."""


class Named(NamedTuple):
    """A surface of a photograph: where it is, what it is called. mask: (H, W) bool.

    to_photo: 3x3, units of one true tile → pixels, whose centers are at + 0.5; None for a photo.
    tile: the file of the true tile, None for a photo.
    """

    name: str
    photo: str
    path: Path
    prompt: str
    material: str
    tags: tuple[str, ...]
    mask: NDArray[np.bool_]
    to_photo: NDArray[np.float64] | None = None
    tile: Path | None = None


class TrueTile(NamedTuple):
    """A texture that wraps. words: what it shows, as a prompt would say it."""

    name: str
    material: str
    words: str
    pixels: Pixels


def arguments(purpose: str | None) -> argparse.ArgumentParser:
    """A parser with what every benchmark takes."""
    parser = argparse.ArgumentParser(description=purpose)
    parser.add_argument("evalset", type=Path, help="folder of the evaluation set")
    parser.add_argument(
        "--only", nargs="*", default=[], help="only what has one of these in its name"
    )
    parser.add_argument("--out", type=Path, default=Path("bench/out"), help="folder for pictures")
    return parser


def wanted(name: str, only: list[str]) -> bool:
    """Whether a case was asked for."""
    return not only or any(part in name for part in only)


def read(path: Path) -> Pixels:
    """(H, W, 3) uint8 sRGB."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def surfaces(evalset: Path, only: list[str]) -> Iterator[Named]:
    """Every outlined surface of every photograph."""
    folder = evalset / "photos"
    for photo in json.loads((folder / "manifest.json").read_text())["photos"]:
        for index, surface in enumerate(photo["surfaces"]):
            name = f"{photo['id']}/{index}"
            if not wanted(name, only):
                continue
            mask = np.zeros((photo["height"], photo["width"]), np.uint8)
            cv2.fillPoly(mask, [np.array(surface["polygon"], np.int32)], 1)
            for hole in surface.get("exclude", []):
                cv2.fillPoly(mask, [np.array(hole, np.int32)], 0)
            yield Named(
                name=name,
                photo=photo["id"],
                path=folder / photo["file"],
                prompt=surface["prompt"],
                material=surface["material"],
                tags=(*surface["tags"], surface["difficulty"]),
                mask=mask > 0,
            )


def scenes(evalset: Path, only: list[str], more: int, out: Path) -> Iterator[Named]:
    """The rendered scenes of the set, and `more` of other seeds, which are kept in `out`."""
    manifest = json.loads((evalset / "scenes" / "manifest.json").read_text())["scenes"]
    for scene in manifest:
        if wanted(scene["id"], only):
            yield _scene(evalset, evalset / "scenes", scene)
    for seed in range(FIRST_SEED, FIRST_SEED + more):
        if wanted(f"s{seed:04d}", only):
            yield _scene(evalset, out, _rendered(evalset, out, seed))


def _scene(evalset: Path, folder: Path, scene: dict[str, Any]) -> Named:
    meta = scene["meta"]
    return Named(
        name=scene["id"],
        photo=scene["id"],
        path=folder / scene["file"],
        prompt=scene["prompt"],
        material=scene["material"],
        tags=(meta["kind"], meta["difficulty"]),
        mask=read(folder / scene["mask"])[..., 0] > 127,
        to_photo=np.array(scene["H"], np.float64),
        tile=evalset / scene["tile_file"],
    )


def _rendered(evalset: Path, out: Path, seed: int) -> dict[str, Any]:
    """The description of a scene; 8 s and more the first time."""
    name = f"s{seed:04d}"
    kept = out / f"{name}.json"
    if kept.exists():
        return dict(json.loads(kept.read_text()))
    renderer: Any = _module(evalset / "scenes.py")
    for variant in range(VARIANTS):
        scene = renderer.render(seed + 1000 * variant, split="public")
        if renderer.good(scene):
            break
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{name}.jpg").write_bytes(scene["jpeg"])
    Image.fromarray(scene["mask"]).save(out / f"{name}_mask.png")
    told = {key: scene[key] for key in ("prompt", "material", "tile_file", "meta")}
    told |= {"id": name, "file": f"{name}.jpg", "mask": f"{name}_mask.png"}
    told["H"] = scene["H"].tolist()
    kept.write_text(json.dumps(told))
    return told


def true_tiles(evalset: Path, only: list[str]) -> Iterator[TrueTile]:
    """Every seamless tile."""
    folder = evalset / "tiles"
    for tile in json.loads((folder / "manifest.json").read_text())["tiles"]:
        if wanted(tile["id"], only):
            words = " ".join(tile["words"])
            yield TrueTile(tile["id"], tile["material"], words, read(folder / tile["file"]))


def scorecard(evalset: Path) -> Any:
    """The module of the evaluation set's own judge; it needs scipy."""
    return _module(evalset / "scorecard.py")


def _module(path: Path) -> ModuleType:
    found = importlib.util.spec_from_file_location(path.stem, path)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.dont_write_bytecode = True  # the set is not ours to write into
    found.loader.exec_module(module)
    return module
