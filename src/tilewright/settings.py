"""What an operator may set by environment variables; nobody else reads the environment."""

from typing import Annotated

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from tilewright.contract import FieldFault, InvalidRequest
from tilewright.contract.faults import explain, nearest, show
from tilewright.engine.choose import AUTO, NAMES
from tilewright.intake.limits import (
    FETCH_LIMITS,
    LARGEST_FILE,
    MEBIBYTE,
    PHOTO_LIMITS,
    FetchLimits,
    PhotoLimits,
)

PREFIX = "TILEWRIGHT_"
LONGEST_FETCH = 600.0
"""Seconds. Whoever waits ten minutes for a photo is better served by downloading it first."""


def _engine_name(value: str) -> str:
    if value not in NAMES:
        hint = nearest(value, NAMES)
        raise ValueError(f"must be one of {', '.join(NAMES)}, not {show(value)}{hint}")
    return value


class Settings(BaseSettings):
    """Each field is set by the variable of its name in capitals behind `TILEWRIGHT_`.

    The limits of photos may be tightened, not raised: the defaults are what the engines are
    measured to bear.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True
    )

    engine: Annotated[
        str,
        AfterValidator(_engine_name),
        Field(description="The engine to use where none is named."),
    ] = AUTO
    fetch_seconds: Annotated[
        float,
        Field(ge=0.1, le=LONGEST_FETCH, description="Time for one download, with redirects."),
    ] = FETCH_LIMITS.total
    fetch_redirects: Annotated[
        int, Field(ge=0, le=10, description="Hops that a download may be sent on.")
    ] = FETCH_LIMITS.redirects
    photo_mebibytes: Annotated[
        float,
        Field(ge=0.01, le=LARGEST_FILE / MEBIBYTE, description="Size of one photo's file."),
    ] = LARGEST_FILE / MEBIBYTE
    photo_megapixels: Annotated[
        float, Field(ge=0.001, le=PHOTO_LIMITS.megapixels, description="Pixels of one photo.")
    ] = PHOTO_LIMITS.megapixels

    def fetch_limits(self) -> FetchLimits:
        """What one download may cost."""
        return FetchLimits(
            size=self._largest(),
            connect=min(FETCH_LIMITS.connect, self.fetch_seconds),
            read=min(FETCH_LIMITS.read, self.fetch_seconds),
            total=self.fetch_seconds,
            redirects=self.fetch_redirects,
        )

    def photo_limits(self) -> PhotoLimits:
        """What a photo may be."""
        return PhotoLimits(size=self._largest(), megapixels=self.photo_megapixels)

    def _largest(self) -> int:
        return int(self.photo_mebibytes * MEBIBYTE)


def load_settings() -> Settings:
    """Read the environment; raise `InvalidRequest` naming every variable that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        raise InvalidRequest(
            [
                FieldFault(PREFIX + fault.field.removeprefix(PREFIX).upper(), fault.message)
                for fault in explain(error, Settings)
            ]
        ) from None
