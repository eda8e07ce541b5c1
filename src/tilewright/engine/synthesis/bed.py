"""The tile in the making: which piece shows each texel, and where that comes from."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tilewright.engine.arrays import Floats, Indices, Mask, floats
from tilewright.engine.synthesis.pieces import Near, Pieces, Place

NOBODY = -1
"""Owner of a texel where nothing lies."""

Texels = NDArray[np.int32]
"""Which of the exemplar's, counted row by row: half as much to move as a row and a column."""


class Seen(NamedTuple):
    """What lies in a window: (h, w) each, which piece shows a texel and which one that is."""

    owner: NDArray[np.int32]
    texels: Texels

    @property
    def laid(self) -> Mask:
        """Where anything lies."""
        return np.asarray(self.owner != NOBODY)


class Bed:
    """A torus on which square pieces of the exemplar lie, each cut where its neighbors begin.

    features: (H, W, 3) float32 of the exemplar. kept: (H, W) bool, where it shows the surface.
    """

    def __init__(self, features: Floats, kept: Mask, pieces: Pieces) -> None:
        self.features = features
        self.kept = kept
        self._pieces = pieces
        self._down, self._across = (np.arange(side) for side in pieces.length)
        self._owner = np.full(pieces.size, NOBODY, np.int32)
        self._texels: Texels = np.zeros(pieces.size, np.int32)

    @property
    def sources(self) -> tuple[Indices, Indices]:
        """Row and column of the exemplar that each texel of the torus shows."""
        rows, columns = np.divmod(self._texels.astype(np.intp), self.kept.shape[1])
        return rows, columns

    def take_up(self, place: Place) -> Texels:
        """Lift the piece at `place`, if there is one; returns what it showed."""
        window, seen = self._window(place), self._seen(place)
        mine = seen.owner == self._name(place)
        seen.owner[mine] = NOBODY
        self._owner[window] = seen.owner
        return np.asarray(seen.texels[mine])

    def grown(self, place: Place) -> Seen:
        """What would lie in the window at `place` if the pieces around were whole."""
        seen = self._seen(place)
        for piece in self._pieces.over(place):
            rows, columns = self._bare(seen, piece)
            down, across = piece.goes_on
            seen.owner[rows, columns] = self._name(piece.place)
            seen.texels[rows, columns] = (rows + down) * self.kept.shape[1] + columns + across
        return seen

    def look(self, seen: Seen) -> Floats:
        """(h, w, 3): the features of what is seen."""
        return floats(self.features.reshape(-1, self.features.shape[2]).take(seen.texels, axis=0))

    def lay(self, place: Place, source: Place, inside: Mask, around: Seen) -> tuple[Texels, Texels]:
        """Show what is `inside` of a piece from `source`, and of the others what is `around`.

        Returns what is covered, and what is shown in its place and where nothing lay.
        """
        window, before = self._window(place), self._seen(place)
        piece = (source[0] + self._down[:, None]) * self.kept.shape[1] + source[1] + self._across
        now = np.where(inside, piece, around.texels).astype(np.int32)
        self._texels[window] = now
        self._owner[window] = np.where(inside, self._name(place), around.owner)
        return before.texels[inside & before.laid], now[inside | ~before.laid]

    def _seen(self, place: Place) -> Seen:
        window = self._window(place)
        return Seen(self._owner[window], self._texels[window])

    def _window(self, place: Place) -> tuple[Indices, Indices]:
        """The texels of the torus that a piece at `place` lies on."""
        high, wide = self._owner.shape
        return ((place[0] + self._down) % high)[:, None], (place[1] + self._across) % wide

    def _bare(self, seen: Seen, piece: Near) -> tuple[Indices, Indices]:
        """Where nothing is seen and the whole of a piece would be, but for its holes."""
        high, wide = (
            slice(max(0, -apart), side - max(0, apart))
            for apart, side in zip(piece.apart.tolist(), self._pieces.length, strict=True)
        )
        down, across = piece.goes_on
        kept = self.kept[_moved(high, down), _moved(wide, across)]
        rows, columns = np.nonzero((seen.owner[high, wide] == NOBODY) & kept)
        return rows + high.start, columns + wide.start

    def _name(self, place: Place) -> int:
        return place[0] * self._owner.shape[1] + place[1]


def _moved(part: slice, by: int) -> slice:
    return slice(part.start + by, part.stop + by)
