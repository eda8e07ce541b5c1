"""The seed that is really used."""

import secrets

from tilewright.contract import TileRequest

LARGEST_SEED = 2147483647


def true_seed(request: TileRequest) -> int:
    """The request's own; one is drawn where it says -1."""
    return secrets.randbelow(LARGEST_SEED + 1) if request.seed == -1 else request.seed
