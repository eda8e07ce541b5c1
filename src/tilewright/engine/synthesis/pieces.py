"""Which piece of the exemplar lies where on the torus."""

import itertools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Place = tuple[int, int]
"""Top and left."""

Steps = NDArray[np.intp]
"""Texels down and across."""


class Near(NamedTuple):
    """A piece near by: how many steps away, how many texels it is from there, where it lies, and
    where it was taken from.
    """

    far: float
    apart: Steps
    place: Place
    source: Steps

    @property
    def goes_on(self) -> Steps:
        """The source that would go on with it here; it may lie outside of the exemplar."""
        return np.asarray(self.source + self.apart)


class Pieces:
    """The pieces that are laid.

    size: of the torus. step: from piece to piece. length: of one piece. All in texels, down and
    across.
    """

    def __init__(
        self, size: tuple[int, int], step: tuple[int, int], length: tuple[int, int]
    ) -> None:
        self.size = size
        self.length = length
        self._step = np.array(step)
        self._sources: dict[Place, Place] = {}

    def lay(self, place: Place, source: Place) -> None:
        """A piece was taken from `source` and laid at `place`."""
        self._sources[place] = source

    def take_up(self, place: Place) -> Place | None:
        """The piece at `place` lies there no more; returns where it was taken from."""
        return self._sources.pop(place, None)

    @property
    def all(self) -> tuple[Steps, Steps]:
        """(n, 2) each: where they lie, and where they were taken from."""
        return (
            np.array(list(self._sources), np.intp).reshape(-1, 2),
            np.array(list(self._sources.values()), np.intp).reshape(-1, 2),
        )

    def near(self, place: Place, reach: float) -> list[Near]:
        """Those within `reach` steps of a place."""
        apart = self._apart(place, np.array(self.size) // 2)
        return self._those(apart, self._far(apart) <= reach)

    def over(self, place: Place) -> list[Near]:
        """Those that reach into the window of a piece at `place`, the nearest first.

        On a small torus the same one may do so from two sides.
        """
        found: list[Near] = []
        for down, across in itertools.product((0, 1), repeat=2):
            apart = self._apart(place, np.array(self.size) * np.array((down, across)))
            found += self._those(apart, np.all(np.abs(apart) < self.length, axis=1))
        return sorted(found, key=lambda one: one.far)

    def _apart(self, place: Place, back: Steps) -> Steps:
        """(n, 2): how far `place` is from each piece, counted from so many texels `back`."""
        apart = (np.array(place) - self.all[0] + back) % self.size - back
        return np.asarray(apart, np.intp)

    def _far(self, apart: Steps) -> NDArray[np.float64]:
        return np.asarray(np.hypot(*(apart / self._step).T))

    def _those(self, apart: Steps, which: NDArray[np.bool_]) -> list[Near]:
        far, laid = self._far(apart), list(self._sources.items())
        return [
            Near(float(far[one]), apart[one], laid[one][0], np.array(laid[one][1]))
            for one in np.flatnonzero(which)
        ]
