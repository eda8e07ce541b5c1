"""The door for what strangers send: addresses, files, images go in, sRGB pixels come out."""

from tilewright.intake.address import is_public
from tilewright.intake.decode import Photo, decode, inspect
from tilewright.intake.fetch import fetch
from tilewright.intake.limits import FetchLimits, PhotoLimits
from tilewright.intake.outlined import outlined
from tilewright.intake.post import post
from tilewright.intake.source import read_sent, read_source
from tilewright.intake.url import check_url

__all__ = [
    "FetchLimits",
    "Photo",
    "PhotoLimits",
    "check_url",
    "decode",
    "fetch",
    "inspect",
    "is_public",
    "outlined",
    "post",
    "read_sent",
    "read_source",
]
