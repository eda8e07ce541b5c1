"""Tilewright: a photograph and a sentence become a seamless, tileable texture."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tilewright.compose import Tile, extract
    from tilewright.contract import (
        Cancelled,
        EngineUnavailable,
        FetchFailed,
        InvalidRequest,
        PhotoRefused,
        QueueUnavailable,
        Report,
        SurfaceUnusable,
        TilewrightError,
        UnsupportedParameter,
        UrlRefused,
    )

__version__ = "0.1.0"

__all__ = [
    "Cancelled",
    "EngineUnavailable",
    "FetchFailed",
    "InvalidRequest",
    "PhotoRefused",
    "QueueUnavailable",
    "Report",
    "SurfaceUnusable",
    "Tile",
    "TilewrightError",
    "UnsupportedParameter",
    "UrlRefused",
    "__version__",
    "extract",
]

_IN_COMPOSE = ("Tile", "extract")


def __getattr__(name: str) -> object:
    """Load a public name when it is first asked for, so that importing the package is free."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    room = "compose" if name in _IN_COMPOSE else "contract"
    found: object = getattr(import_module(f"{__name__}.{room}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
