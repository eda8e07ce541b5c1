"""What a piece shows is not shown again near by: the eye finds a row of the same at once."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tilewright.engine.arrays import Floats
from tilewright.engine.synthesis.stock import COARSE

ECHO = 1.0
"""How much worse a piece fits that lies beside its place already: twice as bad. As a factor, since
where much fits well, as in courses of bricks, something else does too, and is to be taken; as a
price by itself it drove every third brick off its course."""

ALMOST = 3
"""Power of the share of a piece that comes again. What is shown in part is hardly an echo: if it
were, the least of it would come of whole copies of the photo, side by side."""

REACH = 2.2
"""Steps from piece to piece within which what comes again is an echo; the farther, the cheaper."""

Place = tuple[int, int]
"""Top and left."""


class Near(NamedTuple):
    """A piece near by: how many steps away, how many texels it is from there (down and across), and
    where it was taken from.
    """

    far: float
    apart: NDArray[np.intp]
    source: NDArray[np.intp]


class Echoes:
    """Which piece of the exemplar lies where on the torus. All in texels, down and across.

    size: of the torus. step: from piece to piece.
    """

    def __init__(self, size: tuple[int, int], step: tuple[int, int]) -> None:
        self._size = np.array(size)
        self._step = np.array(step)
        self._places: list[Place] = []
        self._sources: list[Place] = []

    def note(self, place: Place, source: Place) -> None:
        """A piece was taken from `source` and laid at `place`."""
        self._places.append(place)
        self._sources.append(source)

    def around(self, place: Place, window: tuple[int, ...], places: tuple[int, ...]) -> Floats:
        """How much each source would be an echo at `place`: 1 if it lies beside, more if often.

        window: height and width of a piece. places: how many sources there are, one every `COARSE`
        texels.
        """
        echo: Floats = np.zeros(places, np.float32)
        for piece in self.near(place, REACH):
            _raise(echo, 1 / max(1.0, piece.far), np.array(window), piece.source)
        return echo

    def near(self, place: Place, reach: float) -> list[Near]:
        """The pieces that were laid within `reach` steps of a place."""
        if not self._places:
            return []
        half = self._size // 2
        apart = (np.array(place) - self._places + half) % self._size - half
        far = np.hypot(*(apart / self._step).T)
        return [
            Near(float(far[index]), apart[index], np.array(self._sources[index]))
            for index in np.flatnonzero(far <= reach)
        ]


def _raise(echo: Floats, most: float, window: NDArray[np.intp], source: NDArray[np.intp]) -> None:
    """By what of the window at `source` would be seen again, `most` for all of it."""
    low = np.maximum(0, (source - window) // COARSE + 1)
    high = np.minimum(echo.shape, -(-(source + window) // COARSE))
    down, across = (
        1 - np.abs(np.arange(*ends) * COARSE - at) / side
        for *ends, at, side in zip(low, high, source, window, strict=True)
    )
    echo[low[0] : high[0], low[1] : high[1]] += most * np.outer(down, across) ** ALMOST
