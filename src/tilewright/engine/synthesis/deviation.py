"""How far things are off the middle, as a rule, whatever a few of them are."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

TO_DEVIATION = 1.4826
"""Times the median distance: a standard deviation, as of a normal distribution."""


def usual_deviation(off: NDArray[Any], least: float) -> NDArray[Any]:
    """(k,): of distances (n, k) from the median the deviation, and `least` at least."""
    return np.asarray(np.maximum(least, TO_DEVIATION * np.median(off, axis=0)))
