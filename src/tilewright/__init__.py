"""Tilewright: a photograph and a sentence become a seamless, tileable texture."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tilewright.client import (
        Client,
        InferenceFailed,
        InferenceTimeout,
        Job,
        ServiceError,
        Unreachable,
        run,
        run_sync,
        submit_async,
    )
    from tilewright.compose import Tile, extract, score_tile
    from tilewright.contract import (
        Cancelled,
        DatabaseUnusable,
        EngineFailed,
        EngineLost,
        EngineUnavailable,
        FetchFailed,
        FileTooLarge,
        Forbidden,
        IdempotencyConflict,
        InvalidRequest,
        LoraRefused,
        NotEnoughCredits,
        NotFound,
        PhotoRefused,
        PhotoTooLarge,
        QueueUnavailable,
        RateLimited,
        Report,
        StoreUnusable,
        SurfaceUnusable,
        TileScore,
        TilewrightError,
        TooManyAtOnce,
        Unauthorized,
        UnsupportedParameter,
        UrlRefused,
    )

__version__ = "0.1.0"

__all__ = [
    "Cancelled",
    "Client",
    "DatabaseUnusable",
    "EngineFailed",
    "EngineLost",
    "EngineUnavailable",
    "FetchFailed",
    "FileTooLarge",
    "Forbidden",
    "IdempotencyConflict",
    "InferenceFailed",
    "InferenceTimeout",
    "InvalidRequest",
    "Job",
    "LoraRefused",
    "NotEnoughCredits",
    "NotFound",
    "PhotoRefused",
    "PhotoTooLarge",
    "QueueUnavailable",
    "RateLimited",
    "Report",
    "ServiceError",
    "StoreUnusable",
    "SurfaceUnusable",
    "Tile",
    "TileScore",
    "TilewrightError",
    "TooManyAtOnce",
    "Unauthorized",
    "Unreachable",
    "UnsupportedParameter",
    "UrlRefused",
    "__version__",
    "extract",
    "run",
    "run_sync",
    "score_tile",
    "submit_async",
]

_ROOMS = {
    **dict.fromkeys(("Tile", "extract", "score_tile"), "compose"),
    **dict.fromkeys(
        (
            "Client",
            "InferenceFailed",
            "InferenceTimeout",
            "Job",
            "ServiceError",
            "Unreachable",
            "run",
            "run_sync",
            "submit_async",
        ),
        "client",
    ),
}
"""Where the names are that the contract does not hold."""


def __getattr__(name: str) -> object:
    """Load a public name when it is first asked for, so that importing the package is free."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    room = _ROOMS.get(name, "contract")
    found: object = getattr(import_module(f"{__name__}.{room}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
