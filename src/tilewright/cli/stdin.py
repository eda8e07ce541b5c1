"""Reads the photo that `-` stands for from standard input."""

import sys

STDIN = "-"


def fill_in(source: str) -> str | bytes:
    """The bytes on standard input for `-`, one more than may be taken at most; else `source`."""
    if source != STDIN:
        return source
    if sys.stdin is None:  # closed by the shell
        return b""
    from tilewright.intake.limits import LARGEST_FILE

    return sys.stdin.buffer.read(LARGEST_FILE + 1)
