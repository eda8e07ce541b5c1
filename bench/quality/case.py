"""What one case gave: its figures, and its pictures for the sheet."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.evalset import Pixels


class Until(StrEnum):
    """How far to go: each stage is measured by itself, and costs what is named."""

    FIND = "find"  # the surface, 0.7 s
    STRAIGHTEN = "straighten"  # its plane, 0.5 s
    LIGHT = "light"  # its light, 0.1 s
    TILE = "tile"  # the tile and our own marks, 3 s
    JUDGE = "judge"  # the judge's marks for us and the peers, 7 s each

    def reaches(self, stage: "Until") -> bool:
        """Whether `stage` is to be done."""
        order = list(Until)
        return order.index(self) >= order.index(stage)


class Plan(NamedTuple):
    """What is asked of every case."""

    until: Until
    true_surface: bool
    peers: tuple[str, ...]


@dataclass
class Case:
    """One surface or texture. figures: by name, `NAME.PEER` for a peer's."""

    kind: str
    name: str
    material: str
    tags: tuple[str, ...]
    figures: dict[str, float] = field(default_factory=dict)
    said: str = ""
    pictures: list[NDArray[np.uint8]] = field(default_factory=list)

    def kept(self) -> dict[str, Any]:
        """All but the pictures, for the file of figures."""
        rounded = {name: round(float(value), 4) for name, value in self.figures.items()}
        return {
            "kind": self.kind,
            "name": self.name,
            "material": self.material,
            "tags": list(self.tags),
            "figures": rounded,
            "said": self.said,
        }

    def take(self, marks: dict[str, float], *, prefix: str = "", suffix: str = "") -> None:
        """Add marks under their names with something before or after them."""
        self.figures |= {f"{prefix}{name}{suffix}": value for name, value in marks.items()}


def twice(tile: Pixels) -> Pixels:
    """2 x 2."""
    return np.tile(tile, (2, 2, 1))
