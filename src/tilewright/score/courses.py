"""Whether joints run through a picture at even steps, as between courses of bricks and boards."""

import math
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from tilewright.score.plane import Plane, plane, turn

STRIP = 1 / 8
"""Width, as a share of the shorter side, that is averaged along a joint. Joints are seen as well in
strips of a quarter and of a sixteenth, and are less told from chance in wider and in narrower ones.
"""

APART = 2
"""Strips are held against the next so many: farther ones lose the joints of walls that sag."""

FINE = 1 / 24
"""Sigma, as a share of the shorter side, of the blur that is taken away: blotches stay out."""

ODD = 2.0
"""Deviations at which what stands out is cut off: one dark brick is no joint."""

SHORTEST = 6
"""Texels; closer joints are threads, and any cut goes between them."""

FAR, LEAST, SEEN = 0.55, 2, 6
"""Farthest shift, as a share of the side, and the least and the most steps that judge it."""

LEAST_ALONG = 1.3
"""The same for elements along their courses, which are long: of many courses one step tells. With 2
an old wall of which three bricks lie beside each other was not found."""

AS_CLEAR = 0.8
"""The shortest step that is this share as clear as the clearest is taken: the others are its
multiples."""

CLEAR, SURE = 0.2, 0.4
"""From the first on it is believed, from the second on wholly. Of 77 surfaces an old wall that sags
has .22 to .28, cloth .26 to .35, other walls in courses, slats, planks and slabs .31 to 1.2, rows
of rough stones .20 to .39, a trunk .22; all else .17 at most. Blurred noise has .23 at most."""

WITHIN, AROUND = 0.5, 1.5
"""Of a course's height, what is averaged so that joints within it stand out, and the sigma of the
blur that is taken away."""

ONE_ROW = 0.01
"""Sigma of a blur that leaves rows apart."""

LEAST_SPREAD = 0.1
"""Squared Delta E; a picture of one color has a spread, too."""

GRID = 0.25
"""Texels between the steps that are tried."""


class Courses(NamedTuple):
    """Texels from joint to joint, and how clearly they are seen: 0 where they are not, to 1."""

    length: float
    clear: float

    @property
    def sure(self) -> float:
        """How far they are to be believed, 0 to 1."""
        return min(1.0, self.clear / SURE)

    def off(self, shift: float) -> float:
        """How far a shift of so many texels leads from joint to joint: 0, and 1 halfway."""
        return 0.5 - 0.5 * math.cos(2 * math.pi * shift / self.length)

    def scaled(self, factor: float) -> "Courses":
        """The same in a picture so many times as large."""
        return Courses(self.length * factor, self.clear)


NONE = Courses(1.0, 0.0)

Joints = tuple[Courses, Courses]
"""Courses beside each other, whose joints run down, and on top of each other."""


def find_joints(lab: Plane, *, wraps: bool) -> Joints:
    """The courses of a picture.

    lab: (H, W, 3) float32; wraps: whether it is a tile. Joints are told by their color as well: in
    old walls they are as light as the bricks. 0.1 s at 640 x 640.
    """
    beside = range(1, APART + 1)
    across, down = (
        _clearest(_likeness(_strips(turned, wraps), wraps, beside), LEAST)
        for turned in (turn(lab), lab)
    )
    return across, down


def _strips(lab: Plane, wraps: bool) -> NDArray[np.float64]:
    """(H, n, 3): the means of strips of each row, less what is above and below."""
    height, width = lab.shape[:2]
    short = min(height, width)
    ends = np.linspace(0, width, max(APART, round(width / (STRIP * short))) + 1).astype(int)
    total = np.pad(np.cumsum(lab, axis=1, dtype=np.float64), ((0, 0), (1, 0), (0, 0)))
    means = np.diff(total[:, ends], axis=1) / np.diff(ends)[:, None]
    reach = int(np.ceil(3 * FINE * short))
    flat = means.reshape(height, -1)
    around = np.pad(flat, ((reach, reach), (0, 0)), mode="wrap" if wraps else "symmetric")
    soft = cv2.GaussianBlur(around, (1, 2 * reach + 1), 1, sigmaY=FINE * short)[reach:-reach]
    most = ODD * (flat - soft).std(axis=0)
    return np.asarray(np.clip(flat - soft, -most, most).reshape(means.shape))


def _likeness(strips: NDArray[np.float64], wraps: bool, beside: range) -> NDArray[np.float64]:
    """Correlation of strips, (H, n, colors), with those so far `beside` them, from no shift on.

    By itself a strip of anything comes again somewhere; only joints do so in its neighbors.
    """
    rows, count = strips.shape[:2]
    size = rows if wraps else 2 * rows
    shifts = np.arange(int(FAR * rows))
    spectra = np.fft.rfft(strips, size, axis=0)
    common, pairs = np.zeros(len(shifts)), 0
    for apart in beside[:count]:
        power = (spectra[:, apart:] * spectra[:, : count - apart].conj()).real
        common += np.fft.irfft(power.sum(axis=(1, 2)), size)[shifts]
        pairs += count - apart
    energy = np.concatenate([[0.0], np.cumsum(np.square(strips).sum(axis=(1, 2)))]) / count
    whole = energy[rows] * np.ones(len(shifts))
    own = whole if wraps else np.sqrt((energy[rows] - energy[shifts]) * energy[rows - shifts])
    return np.asarray(common / np.maximum(pairs * own, 1e-9))


def _clearest(likeness: NDArray[np.float64], least: float) -> Courses:
    """The step after which it is most like itself, and halfway least, `least` times or more."""
    steps = np.arange(SHORTEST, len(likeness) / least, GRID)
    if len(steps) < 3:
        return NONE
    clear = np.array([_clear(likeness, step) for step in steps])
    inner = np.arange(1, len(steps) - 1)
    peaks = inner[(clear[inner] >= clear[inner - 1]) & (clear[inner] > clear[inner + 1])]
    peaks = peaks[clear[peaks] >= max(CLEAR, AS_CLEAR * clear.max())]
    if not len(peaks):
        return NONE
    first = int(peaks[0])
    left, top, right = clear[first - 1 : first + 2]
    beyond = 0.5 * (left - right) / (left - 2 * top + right)  # the summit of the parabola
    return Courses(float(steps[first] + GRID * beyond), min(1.0, float(top)))


def _clear(likeness: NDArray[np.float64], step: float) -> float:
    """How much liker it is to itself after whole steps, odd ones as well, than after half ones."""
    times = np.arange(1, min(SEEN, int((len(likeness) - 1) / step)) + 1)
    places = np.arange(len(likeness))
    whole = np.interp(times * step, places, likeness)
    half = np.interp((times - 0.5) * step, places, likeness)
    return float(min(whole[::2].mean(), whole.mean()) - half.mean())


def element_length(lab: Plane, course: Courses) -> Courses:
    """From element to element in the courses on top of each other: bricks, cobbles, slabs.

    lab: (H, W, 3) float32; it need not wrap. Looked at in the color that tells its joints best from
    all else (generalized eigenvector of both covariances), which the joints between courses show:
    four of five walls and floors are not found by their lightness. 0.1 s at 640 x 640.
    """
    joints, rest = _spread(_strips(lab, wraps=False)), _spread(lab - lab.mean(axis=(0, 1)))
    told, colors = np.linalg.eig(np.linalg.solve(rest + LEAST_SPREAD * np.eye(3), joints))
    color = np.real(colors[:, np.argmax(np.real(told))])
    high = max(1, round(WITHIN * course.length))
    means = cv2.blur(plane(np.einsum("ijk,k->ij", lab, color)), (1, high))
    lines = plane(means[:: max(1, high // 2)])
    soft = cv2.GaussianBlur(lines, (0, 0), sigmaX=AROUND * course.length, sigmaY=ONE_ROW)
    most = ODD * float((lines - soft).std())
    along = np.clip(lines - soft, -most, most).T[..., None].astype(np.float64)
    return _clearest(_likeness(along, False, range(1)), LEAST_ALONG)


def _spread(colors: NDArray[Any]) -> NDArray[np.float64]:
    """(3, 3): the mean of the products of their parts."""
    total = np.einsum("ijk,ijl->kl", colors, colors, dtype=np.float64)
    return np.asarray(total / (colors.size // 3))
