"""Tilewright: a photograph and a sentence become a seamless, tileable texture."""

__version__ = "0.1.0"
