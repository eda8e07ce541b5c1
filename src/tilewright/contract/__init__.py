"""The words every side shares: what may be asked, what is reported, what can go wrong."""

from tilewright.contract.errors import (
    Cancelled,
    EngineUnavailable,
    FetchFailed,
    FieldFault,
    InvalidRequest,
    PhotoRefused,
    QueueUnavailable,
    SurfaceUnusable,
    TilewrightError,
    UnsupportedParameter,
    UrlRefused,
)
from tilewright.contract.report import (
    AxisScore,
    Report,
    StageTime,
    Surface,
    TileScore,
)
from tilewright.contract.request import (
    AspectRatio,
    ImageFormat,
    TileRequest,
    parse_request,
    tile_size,
)

__all__ = [
    "AspectRatio",
    "AxisScore",
    "Cancelled",
    "EngineUnavailable",
    "FetchFailed",
    "FieldFault",
    "ImageFormat",
    "InvalidRequest",
    "PhotoRefused",
    "QueueUnavailable",
    "Report",
    "StageTime",
    "Surface",
    "SurfaceUnusable",
    "TileRequest",
    "TileScore",
    "TilewrightError",
    "UnsupportedParameter",
    "UrlRefused",
    "parse_request",
    "tile_size",
]
