"""What of a photo is sky: smooth, bright or deep blue, bluish or white, and joined to its top."""

import numpy as np
from numpy.typing import NDArray

from tilewright.engine.synthesis.patches import Doubles, Labels, Patches, grain_of

ROUGH = 1.1
"""Grain from which on nothing is sky: clouds have up to 0.3, gravel 1."""

BLUE = 15.0
"""Lab units toward blue from which on sky need not be bright, and twice that need not at all. In
the median of five photographs it has 25 to 47; a lake has 26, which its grain tells. Not tuned."""

CLEAR = -0.1
"""Grain from which on nothing is a deep blue sky: these skies have -.8 to -.4 in the median, nearly
all of the lake -.3 to .4."""

LIKE = 0.6
"""How like sky, of 3, a patch is through which sky goes on: clear sky 2, clouds .7."""

STEP = 20.0
"""Most that sky changes from one patch to the next, in Delta E. A cloud before the blue changes by
less, as its border is soft; of 48 drawn white and beige walls under a sky 38 are found (29 without
sky that goes on, as many with 10)."""


def like_sky(means: Doubles, *, blue: bool = True) -> Doubles:
    """(n,): how much what has these features, (n, 7), is like sky, 0..3, wherever it is.

    What is bluish with some grain may be clouds; what has more is something else. blue: whether
    what is not bright may be sky for its blue.
    """
    grain = grain_of(means)
    smooth = np.clip((0.3 - grain) / 0.8, 0, 1)
    deep = _deep(means) * np.clip((CLEAR - grain) / 0.3, 0, 1) if blue else 0.0
    bright = np.maximum(np.clip((means[:, 0] - 45) / 30, 0, 1), deep)
    bluish = np.clip((6 - means[:, 2]) / 12, 0, 1)
    cloudy = np.clip((ROUGH - grain) / 0.8, 0, 1)
    return np.asarray(2.0 * smooth * bright * (0.35 + 0.65 * bluish) + cloudy * bright * bluish)


def _deep(means: Doubles) -> Doubles:
    """(n,): how deep a blue it is, 0..1."""
    return np.asarray(np.clip((-means[:, 2] - BLUE) / BLUE, 0, 1))


def sky_of(patches: Patches) -> NDArray[np.bool_]:
    """(n,): which patches are sky, from the photo's top down as far as it goes on. 10 ms."""
    like = like_sky(patches.means) > LIKE
    through = like | (_deep(patches.means) > LIKE)
    one, other = _beside(patches.labels)
    apart = np.linalg.norm(patches.means[one, :3] - patches.means[other, :3], axis=1)
    on = through[one] & through[other] & (apart < STEP)
    one, other = one[on], other[on]
    sky = np.zeros(len(like), bool)
    top = np.unique(patches.labels[0])
    sky[top[like[top]]] = True
    found = 0
    while found < sky.sum():
        found = int(sky.sum())
        sky[other[sky[one]]] = True
        sky[one[sky[other]]] = True
    return sky


def _beside(labels: Labels) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Every two patches that touch."""
    count = int(labels.max()) + 1
    beside = ((labels[:, 1:], labels[:, :-1]), (labels[1:], labels[:-1]))
    pairs = [(one.astype(np.int64) * count + other)[one != other] for one, other in beside]
    one, other = np.divmod(np.unique(np.concatenate(pairs)), count)
    return one, other
