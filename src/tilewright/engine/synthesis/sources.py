"""Where pieces of a quilt are taken from, so that nothing catches the eye twice."""

import cv2
import numpy as np

from tilewright.engine.arrays import Floats, Mask, floats
from tilewright.engine.synthesis.bed import Texels
from tilewright.engine.synthesis.blur import blurred
from tilewright.engine.synthesis.correlation import Correlation
from tilewright.engine.synthesis.cut import stranger_cost
from tilewright.engine.synthesis.echo import ECHO, REACH, Lags, echoes
from tilewright.engine.synthesis.onward import Onward, coarse_goes_on
from tilewright.engine.synthesis.phase import Phase
from tilewright.engine.synthesis.pieces import Pieces, Place
from tilewright.engine.synthesis.spots import find_spots
from tilewright.engine.synthesis.stock import COARSE, WHOLLY, shrunk

WORN = 0.6
"""Price of a source that was shown as often as all are on average, where a cut between strangers
costs 1: it spreads the sources. 1.2 mixes more, but in drawn walls every sixth brick then left its
course, for every tenth with 0.6."""

AGAIN = 1.0
"""Price of a source for each time that a spot in it was shown before, where a piece has one spot:
that of a cut between strangers. With n of them each costs n squared times less, since then they are
the material. Of what catches the eye in asphalt (two photos, three seeds each) 50 of 100 were
copies, now 7, and cuts cost the same; in a rock wall 69, now 31, and cuts cost a fifth more."""

LUCK = 0.02
"""Deviation of the random part of a source's price: what the seed decides."""

BESIDE = 1.5
"""Steps from piece to piece: all eight around a piece are to be in step with it."""

OUT_OF_STEP = 24.0
"""Price of a source that is not at all like what would go on there, times the square of how like
the material is where it comes again: 10 of floor tiles, 16 of planks, 0 of what is not regular. Of
four tiles of a floor of which nine slabs are seen, rows jumped in three with 12, in none with it.
"""

UNLIKE = 40.0
"""Price of a source that is unlike what would go on there, times how like the likest is (.3 of
walls), since that of what has no order is chance (.1 to .2). Of drawn old walls .57 was in its
courses without it, and all of it is (four seeds)."""

AS_FAR = 1.0
"""Price of a source for all of the tile shown once more as far away as it would be. By the judge
nine quilts had .78 for repetition without it, .89 with it (two seeds). Of what comes again by
itself it counts less: whatever is in step there lies a whole number of steps away."""

SAMPLE = 900
"""Texels of the overlap that decide where exactly a piece comes from."""

SPOTS = (1.0, 2.0, 4.0, 8.0)
"""Sigmas, in coarse texels, of the blurs in which a spot can stand out: from a pebble of 10 texels
to a bare place of 100."""

MARGIN = 2
"""Coarse texels that a piece keeps away from holes: as far as it may still be moved."""


class Sources:
    """Where in the exemplar pieces can be taken from, and how often each spot was shown.

    features: (H, W, 3) float32 Lab. kept: (H, W) bool, where the surface is. pieces: what was
    laid where.
    """

    def __init__(self, features: Floats, kept: Mask, pieces: Pieces, seed: int) -> None:
        self.features = features
        self.pieces = pieces
        self.stranger = stranger_cost(features[kept][None])
        self.random = np.random.Generator(np.random.PCG64(seed))
        self.kept = floats(shrunk(kept.astype(np.float32)) > WHOLLY)
        small = shrunk(features)
        squares = np.square(small).sum(axis=2)
        self.misfits = Correlation(np.dstack([small, squares]))
        self.telling = _telling(small, self.kept)
        self.spots = find_spots(features, kept)
        self.phase = Phase(small, self.kept)
        self.onward = Onward(self.phase.fine, self.phase.soft, self.kept)
        self.lags = Lags(pieces)
        self.shown: Floats = np.zeros_like(self.kept)
        near = np.ones((2 * MARGIN + 1, 2 * MARGIN + 1), np.uint8)
        self.hole = floats(cv2.dilate(1 - self.kept, near))

    def choose(self, place: Place, here: Floats, laid: Mask, overlap: tuple[int, int]) -> Place:
        """The piece that fits best to what is `laid` in the window at `place`.

        overlap: texels down and across that may be cut away on the sides that are laid.
        """
        high, wide = max(1, here.shape[0] // COARSE), max(1, here.shape[1] // COARSE)
        price = self._wear(high, wide)
        price += floats(self.random.normal(0, LUCK, price.shape))
        if laid.any():
            around = self.pieces.near(place, REACH)
            echo = echoes(around, self.pieces.length, price.shape)
            price += self._misfit(here, laid, (wide, high)) * (1 + ECHO * echo)
            price += UNLIKE * self.onward.unlike(around, price.shape)
            free = 1 - self.phase.peak
            price += AS_FAR * free * self.lags.again(place, price.shape)
            price += self._out_of_step(place, price.shape)
            holes = _window_sums(self.hole, high, wide)
            price += holes * (COARSE**2 / float(laid.sum()))  # as strange there as can be
        price[self._holed(laid, overlap, price.shape)] = np.inf
        row, column = divmod(int(np.argmin(price)), price.shape[1])
        return self._refine(here, laid, row * COARSE, column * COARSE)

    def take_up(self, place: Place, shown: Texels) -> None:
        """The piece at `place`, if there is one, was taken up, and with it what it has `shown`."""
        source = self.pieces.take_up(place)
        if source is not None:
            self.lags.count(place, source, -1)
            self._show(shown, -1)

    def lay(self, place: Place, source: Place, covered: Texels, shown: Texels) -> None:
        """A piece was laid, which changed what is shown."""
        self.lags.count(place, source, 1)
        self.pieces.lay(place, source)
        self._show(covered, -1)
        self._show(shown, 1)

    def _holed(self, laid: Mask, overlap: tuple[int, int], places: tuple[int, ...]) -> Mask:
        """Where a hole would be shown, whatever is cut."""
        top, left, bottom, right = 0, 0, *(side // COARSE for side in laid.shape)
        for side, across in sides_laid(laid):
            cut = overlap[across] // COARSE
            top, left = top + cut * (side == 1), left + cut * (side == 0)
            bottom, right = bottom - cut * (side == 3), right - cut * (side == 2)
        holes = _window_sums(self.hole, max(1, bottom - top), max(1, right - left))
        return holes[top : top + places[0], left : left + places[1]] > 0.5

    def _show(self, texels: Texels, times: int) -> None:
        """Count texels of the exemplar as shown so many times more."""
        high, wide = self.shown.shape
        rows, columns = np.divmod(texels, self.features.shape[1])
        places = np.minimum(rows // COARSE, high - 1) * wide
        places += np.minimum(columns // COARSE, wide - 1)
        counts = np.bincount(places, minlength=high * wide).reshape(high, wide)
        self.shown += floats(counts * (times / COARSE**2))

    def _wear(self, high: int, wide: int) -> Floats:
        """How much of what catches the eye was shown before, at each place, as a price."""
        window = _window_sums(self.shown * self.telling, high, wide) / (wide * high)
        usual = float(self.shown.sum()) / max(1.0, float(self.kept.sum()))
        return floats(WORN * window / max(1.0, usual) + self._seen_again(high, wide))

    def _seen_again(self, high: int, wide: int) -> Floats:
        """How often the spots at each place were shown before, as a price."""
        each = float(self.spots.sum()) * high * wide / max(1.0, float(self.kept.sum()))
        return _window_sums(floats(self.shown * self.spots), high, wide) * (
            AGAIN / max(1.0, each) ** 2
        )

    def _out_of_step(self, place: Place, places: tuple[int, ...]) -> Floats:
        """How far each source is out of step with what lies around, the nearer the more."""
        around = self.pieces.near(place, BESIDE)
        price: Floats = np.zeros(places, np.float32)
        for piece in around:
            expected = coarse_goes_on(piece)
            price += self.phase.off_from(expected, places) / np.float32(piece.far)
        whole = OUT_OF_STEP * self.phase.peak / sum(1 / piece.far for piece in around)
        return floats(price * whole)

    def _misfit(self, here: Floats, laid: Mask, size: tuple[int, int]) -> Floats:
        """How badly the window at each place fits to what is laid, as a price.

        The mean of squared differences.
        """
        mask = floats(cv2.resize(laid.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.5)
        tiny = floats(cv2.resize(here, size, interpolation=cv2.INTER_AREA)) * mask[..., None]
        sums = self.misfits.sums(np.dstack([-2 * tiny, mask]))
        sums += np.square(tiny).sum(dtype=np.float64)
        return floats(np.maximum(sums, 0) / (max(1.0, float(mask.sum())) * self.stranger))

    def _refine(self, here: Floats, laid: Mask, top: int, left: int) -> Place:
        """The same place to the texel, judged by a sample of the overlap."""
        last_y = self.features.shape[0] - here.shape[0]
        last_x = self.features.shape[1] - here.shape[1]
        rows, columns = np.nonzero(laid)
        step = max(1, len(rows) // SAMPLE)
        rows, columns = rows[::step], columns[::step]
        wanted = here[rows, columns]
        flat, width = self.features.reshape(-1, self.features.shape[2]), self.features.shape[1]
        places = rows * width + columns
        best = (np.inf, min(top, last_y), min(left, last_x))
        for y in _around(top, last_y):
            for x in _around(left, last_x):
                apart = flat[y * width + x :].take(places, axis=0)
                apart -= wanted
                best = min(best, (float(np.einsum("ij,ij->", apart, apart)), y, x))
        return best[1], best[2]


def sides_laid(laid: Mask) -> list[tuple[int, int]]:
    """The sides of a window where something is laid.

    As quarter turns that bring them to the left, and 0 for a band that is cut down, 1 for across.
    """
    middle_y, middle_x = laid.shape[0] // 2, laid.shape[1] // 2
    ends = laid[middle_y, 0], laid[middle_y, -1], laid[0, middle_x], laid[-1, middle_x]
    turns = (0, 1), (2, 1), (1, 0), (3, 0)
    return [turn for turn, there in zip(turns, ends, strict=True) if there]


def _telling(small: Floats, kept: Floats) -> Floats:
    """How much each spot stands out, 1 on average.

    Its squared distance from the mean of the surface, in squared deviations, in a few blurs: what a
    repeat of it adds to the likeness of the tile to itself.
    """
    inside = kept > 0
    total: Floats = np.zeros(small.shape[:2], np.float32)
    for sigma in SPOTS:
        soft = blurred(small, kept, sigma)
        apart = soft - soft[inside].mean(axis=0)
        far = np.einsum("ijk,ijk->ij", apart, apart)
        total += far / max(float(far[inside].mean()), 1e-6)
    return floats(total / len(SPOTS))


def _window_sums(values: Floats, high: int, wide: int) -> Floats:
    total = cv2.integral(values)
    inner = total[high:, wide:] - total[:-high, wide:] - total[high:, :-wide]
    return floats(inner + total[:-high, :-wide])


def _around(place: int, last: int) -> range:
    return range(max(0, min(place, last) - COARSE), min(place + COARSE, last) + 1)
