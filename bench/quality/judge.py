"""Marks of a tile against its reference: the set's own judge, and ours; kept once computed."""

import hashlib
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from bench.evalset import Pixels, read, scorecard
from bench.quality.peers import TOOLS, missing
from tilewright.score import score_tile

JUDGED = ("overall", "seam", "realism", "structure", "repetition", "fidelity")
"""What is taken from the judge, by its own names."""

SMALLEST = 48
"""Pixels; a reference with a shorter side has too few patches for the judge."""


class Judge:
    """Gives marks. The same pixels get the same marks, so they are read back from `folder`.

    The judge takes 5 s a tile, and 2 s more for a new reference.
    """

    def __init__(self, evalset: Path, folder: Path) -> None:
        self._card = scorecard(evalset)
        self._folder = folder
        self._version = _digest((evalset / "scorecard.py").read_bytes())
        self._reference: tuple[str, Any] = ("", None)
        folder.mkdir(parents=True, exist_ok=True)

    def judged(self, tile: Pixels, reference: Pixels) -> dict[str, float]:
        """The marks of the evaluation set's scorecard, by the names in `JUDGED`."""
        if min(reference.shape[:2]) < SMALLEST:
            return {}
        kept = self._folder / f"{self._version}{_digest(tile)}{_digest(reference)}.json"
        if not kept.exists():
            ours, theirs = (np.ascontiguousarray(one[..., ::-1]) for one in (tile, reference))
            marks = self._card.score(ours, theirs, PR=self._patches(theirs))
            kept.write_text(json.dumps({name: round(float(marks[name]), 4) for name in JUDGED}))
        return dict(json.loads(kept.read_text()))

    def made(self, peer: str, crop: Pixels) -> Pixels | None:
        """What a peer makes of a crop, or None where it is not installed or gives up."""
        if missing(peer):
            return None
        kept = self._folder / f"{peer}-{_digest(crop)}.png"
        if not kept.exists():
            Image.fromarray(TOOLS[peer](crop)).save(kept)
        return read(kept)

    def _patches(self, reference: Pixels) -> Any:
        name = _digest(reference)
        if self._reference[0] != name:
            self._reference = name, self._card.PatchRef(reference)
        return self._reference[1]


def own(tile: Pixels, reference: Pixels) -> dict[str, float]:
    """Our own marks."""
    score = score_tile(tile, reference)
    names = ("seam", "repetition", "sharpness", "fidelity")
    return {name: getattr(score, name) or 0.0 for name in names}


def at_scale(picture: Pixels, zoom: float) -> Pixels:
    """The picture, `zoom` times as large."""
    height, width = picture.shape[:2]
    size = max(8, round(width * zoom)), max(8, round(height * zoom))
    how = cv2.INTER_AREA if zoom < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, size, interpolation=how), np.uint8)


def same_gain(tile: Pixels, reference: Pixels) -> Pixels:
    """The tile with the reference's mean in each channel: no photo tells the exposure."""
    ours, theirs = ((one / 255.0) ** 2.2 for one in (tile, reference))
    gain = theirs.mean(axis=(0, 1)) / np.maximum(ours.mean(axis=(0, 1)), 1e-3)
    return np.asarray(np.rint(255 * np.clip(ours * gain, 0, 1) ** (1 / 2.2)), np.uint8)


def _digest(data: Any) -> str:
    shape = getattr(data, "shape", "")
    whole = hashlib.sha256(np.ascontiguousarray(data).tobytes() if shape else data)
    whole.update(str(shape).encode())
    return whole.hexdigest()[:20]
