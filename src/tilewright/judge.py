"""The operator's own judge of photos: named by a setting, asked before the engine is."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from tilewright.contract import FieldFault, InvalidRequest
from tilewright.intake import decode

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Judge = Callable[[bytes], str | None]
"""Why an encoded photo is refused, in a sentence; None if it is not."""


def check_judge(name: str) -> None:
    """Raise `InvalidRequest` where there is no module of that name; nothing is loaded."""
    module = name.partition(":")[0]
    try:
        found = find_spec(module) is not None
    except ModuleNotFoundError:
        found = False
    if not found:
        raise _wrong(f"there is no module {module!r} to import; install it, or correct the name")


def load_judge(name: str) -> Judge:
    """The judge at `module:function`. Raise `InvalidRequest` if there is none.

    The function gets each photo as (H, W, 3) uint8, sRGB, upright, and returns a sentence or None.
    """
    check_judge(name)
    module, _, function = name.partition(":")
    ask: Callable[[npt.NDArray[np.uint8]], str | None] | None
    ask = getattr(import_module(module), function, None)
    if not callable(ask):
        raise _wrong(f"{module} has no function {function!r}")
    judge = ask
    return lambda data: judge(decode(data).pixels)


def _wrong(sentence: str) -> InvalidRequest:
    return InvalidRequest([FieldFault("TILEWRIGHT_PHOTO_JUDGE", sentence)])
