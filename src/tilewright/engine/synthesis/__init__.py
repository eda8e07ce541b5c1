"""Classical vision and texture synthesis: find, straighten, even out, lay, mend, finish."""

from tilewright.engine.synthesis.engine import SynthesisEngine

__all__ = ["SynthesisEngine"]
