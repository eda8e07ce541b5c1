"""How good any tile is: its seam, its repetition, its likeness to the surface it shows."""

from tilewright.score.seam import seam_score
from tilewright.score.whole import score_tile

__all__ = ["score_tile", "seam_score"]
