"""What an operator may set by environment variables; only the client reads others, its own."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from difflib import get_close_matches
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from tilewright.contract import LARGEST_SIDE, SMALLEST_SIDE, FieldFault, InvalidRequest, Mode
from tilewright.contract.faults import explain, nearest, show
from tilewright.engine.choose import AUTO, ENGINES, NAMES
from tilewright.engine.qwen.options import LARGEST_LORA, LORA_FETCH, LORA_HOSTS, QwenOptions
from tilewright.intake.address import is_public
from tilewright.intake.limits import (
    FETCH_LIMITS,
    LARGEST_FILE,
    MEBIBYTE,
    PHOTO_LIMITS,
    FetchLimits,
    PhotoLimits,
)

PREFIX = "TILEWRIGHT_"
SLIP = 0.82
"""Likeness (0..1) from which a name is taken for that of a setting: a letter or two off."""
COUNTS = "PROMETHEUS_MULTIPROC_DIR"
"""Where prometheus_client looks for the folder in which several processes count."""
LONGEST_FETCH = 600.0
"""Seconds. Whoever waits ten minutes for a photo is better served by downloading it first."""


def _engine_name(value: str) -> str:
    if value not in NAMES:
        hint = nearest(value, NAMES)
        raise ValueError(f"must be one of {', '.join(NAMES)}, not {show(value)}{hint}")
    return value


def _engine_names(value: str) -> str:
    for name in _words(value):
        if name not in ENGINES:
            hint = nearest(name, ENGINES)
            raise ValueError(f"must be of {', '.join(ENGINES)}, not {show(name)}{hint}")
    return value


def _device(value: str) -> str:
    if not re.fullmatch(r"auto|cpu|cuda(:\d{1,2})?", value):
        raise ValueError(f"must be auto, cpu, cuda or cuda:1, not {show(value)}")
    return value


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _networks(value: str) -> str:
    for text in _words(value):
        try:
            ip_network(text)
        except ValueError:
            raise ValueError(f"must be networks like 10.1.0.0/16, not {show(text)}") from None
    return value


def _origins(value: str) -> str:
    for text in _words(value):
        if not re.fullmatch(r"https?://[^/*\s]+/?", text):
            raise ValueError(f"must be origins like https://app.example, not {show(text)}")
    return value


def _store_url(value: str) -> str:
    scheme, found, rest = value.partition("://")
    if found and (scheme != "s3" or not rest.strip("/")):
        raise ValueError(f"must be s3://BUCKET, s3://BUCKET/PREFIX or a folder, not {show(value)}")
    return value


def _queue_url(value: str) -> str:
    try:
        url = urlsplit(value)
        good = url.scheme in ("nats", "tls") and url.hostname and url.port != 0
    except ValueError:
        good = False
    if not good:
        shown = show(value.rpartition("@")[2])  # without the password
        raise ValueError(f"must be nats://HOST:4222 or tls://HOST:4222, not {shown}")
    return value


def _endpoint(value: str) -> str:
    if not re.fullmatch(r"https?://[^/\s]+/?", value):
        raise ValueError(
            f"must be https://HOST:PORT, or http:// on a safe network, not {show(value)}"
        )
    return value.rstrip("/")


def _public_url(value: str) -> str:
    if not re.fullmatch(r"https?://[^/?#@\s]+(/[^?#\s]*)?", value):
        raise ValueError(
            f"must be http:// or https://, a host, and a path if need be, not {show(value)}"
        )
    return value


def _file(value: Path) -> Path:
    if not value.is_file():
        raise ValueError(f"must be a file that is there, not {show(str(value))}")
    return value


File = Annotated[Path, AfterValidator(_file)]


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
        Field(description=f"The engine to use where none is named: {', '.join(NAMES)}."),
    ] = AUTO
    engines: Annotated[
        str,
        AfterValidator(_engine_names),
        Field(
            description="Of a fleet: the engines that its workers have, the preferred one first, "
            "with commas between: qwen, synthesis. The one engine of this machine if unset."
        ),
    ] = ""
    no_worker_seconds: Annotated[
        float,
        Field(
            ge=1,
            le=86400,
            description="How long a job waits while no worker of its engine is there, before it "
            "fails and is refunded.",
        ),
    ] = 3600.0
    grace_seconds: Annotated[
        float,
        Field(
            ge=0,
            le=3600,
            description="How long a worker that is told to go may finish its tile, before it "
            "hands the job back. Whoever ends processes (systemd, Docker) must wait 10 s longer.",
        ),
    ] = 20.0
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

    qwen_device: Annotated[
        str,
        AfterValidator(_device),
        Field(
            description="Of the qwen engine: auto is the first NVIDIA card; cuda:1, or cpu.",
        ),
    ] = "auto"
    qwen_plan: Annotated[
        Literal["auto", "resident", "encoder-aside", "eighths", "streamed"],
        Field(description="Where its weights are kept; auto is the best that the card holds."),
    ] = "auto"
    qwen_mode: Annotated[Mode, Field(description="Of requests that name no mode.")] = "quality"
    qwen_attention: Annotated[
        str,
        Field(
            pattern=r"^\w+$",
            description="How attention is computed: native, or another that diffusers names.",
        ),
    ] = "native"
    lora_hosts: Annotated[
        str,
        Field(
            description="Hosts that LoRAs may be downloaded from, with commas between; * is any "
            "public one."
        ),
    ] = ", ".join(LORA_HOSTS)
    lora_mebibytes: Annotated[
        float,
        Field(ge=0.01, le=LARGEST_LORA / MEBIBYTE, description="Size of one LoRA's file."),
    ] = LARGEST_LORA / MEBIBYTE

    data_dir: Annotated[
        Path | None,
        Field(description="Folder of the service's data; the user's own data folder if unset."),
    ] = None
    weights_dir: Annotated[
        Path | None,
        Field(
            description="Folder of the qwen engine's weights, 58 GB; `weights` in the data "
            "folder if unset."
        ),
    ] = None
    database_url: Annotated[
        str | None,
        Field(description="postgresql://USER@HOST/NAME; SQLite in the data folder if unset."),
    ] = None
    migrate: Annotated[
        bool,
        Field(
            description="Whether whoever opens the database brings it up to date; false where "
            "`tilewright migrate` does so, once for a fleet."
        ),
    ] = True
    log_format: Annotated[
        Literal["text", "json"], Field(description="How lines of the log look, on standard error.")
    ] = "text"
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Field(description="info has lines for each job, debug one for each request as well."),
    ] = "info"
    health_port: Annotated[
        int | None,
        Field(
            ge=1,
            le=65535,
            description="Where a worker answers /live, /ready and /metrics, on all addresses; "
            "nowhere if unset.",
        ),
    ] = None
    traces_url: Annotated[
        str | None,
        Field(
            pattern=r"^https?://",
            description="Where spans go, by OTLP over HTTP: http://HOST:4318/v1/traces; nowhere if "
            "unset. Needs pip install 'tilewright[otel]'.",
        ),
    ] = None
    nats_url: Annotated[
        Annotated[str, AfterValidator(_queue_url)] | None,
        Field(
            description="A NATS server, nats://HOST:4222 or, encrypted, tls://HOST:4222; "
            "USER:PASSWORD@ may stand before the host. One is started with the service if unset."
        ),
    ] = None
    nats_replicas: Annotated[
        int,
        Field(ge=1, le=5, description="Servers of a NATS cluster that hold the queue: 3 of 3."),
    ] = 1
    nats_token: Annotated[str | None, Field(description="The token of that NATS server.")] = None
    nats_credentials: Annotated[
        File | None, Field(description="A .creds file that opens that NATS server.")
    ] = None
    store_url: Annotated[
        Annotated[str, AfterValidator(_store_url)] | None,
        Field(
            description="Where tiles and photos are: s3://BUCKET/PREFIX, or a folder; one in the "
            "data folder if unset."
        ),
    ] = None
    store_endpoint: Annotated[
        Annotated[str, AfterValidator(_endpoint)] | None,
        Field(
            description="An S3-compatible store, https://HOST:PORT; Amazon's own if unset.",
        ),
    ] = None
    store_region: Annotated[str | None, Field(description="The region of its bucket.")] = None
    store_key_id: Annotated[
        str | None,
        Field(
            description="The access key of that store; if unset, the machine's role or the "
            "variables that Amazon's own tools read."
        ),
    ] = None
    store_secret: Annotated[
        str | None, Field(repr=False, description="The secret that belongs to that access key.")
    ] = None
    ca_file: Annotated[
        File | None,
        Field(
            description="Certificates (PEM) of your own authority, which the queue's and the "
            "store's servers may show besides those that everybody believes."
        ),
    ] = None
    public_url: Annotated[
        Annotated[str, AfterValidator(_public_url)] | None,
        Field(description="Where callers reach the service, if not where it listens."),
    ] = None
    price: Annotated[
        Decimal | None,
        Field(
            ge=0,
            le=1000,
            description="Dollars a megapixel of a tile, which the usual sizes have one of; the "
            "model's if unset.",
        ),
    ] = None
    tile_side: Annotated[
        int,
        Field(
            ge=SMALLEST_SIDE,
            le=LARGEST_SIDE,
            description="Longest side of a tile, in texels. One of 4096 by 4096 takes about 16 "
            "times the seconds of a usual one, and up to 4 GB.",
        ),
    ] = LARGEST_SIDE
    open: Annotated[
        bool,
        Field(
            description="Whether whoever is on the machine may ask while there is no key; false "
            "asks for one from the start, so that a door in a fleet can wait for its first."
        ),
    ] = True
    requests_per_minute: Annotated[
        int | None, Field(ge=1, le=1_000_000, description="Of keys without a limit of their own.")
    ] = None
    jobs_at_once: Annotated[
        int | None, Field(ge=1, le=1_000_000, description="Of keys without a limit of their own.")
    ] = None
    retention_seconds: Annotated[
        int,
        Field(
            ge=60,
            le=86400,
            description="How long jobs, tiles and photos stay; a request may ask for less.",
        ),
    ] = 3600
    sync_seconds: Annotated[
        float, Field(ge=0.1, le=600, description="How long a sync call may wait for its tile.")
    ] = 25.0
    body_seconds: Annotated[
        float,
        Field(ge=0.1, le=600, description="How long a request's body may stop on its way."),
    ] = 15.0
    link_secret: Annotated[
        str | None,
        Field(
            min_length=16,
            description="Signs the links to tiles, the same at all doors; drawn into the data "
            "folder if unset.",
        ),
    ] = None
    moderation: Annotated[
        bool, Field(description="Whether prompts with bad words are refused.")
    ] = True
    blocked_words: Annotated[
        str, Field(description="More words that no prompt may hold, with commas between.")
    ] = ""
    photo_judge: Annotated[
        str | None,
        Field(
            pattern=r"^[\w.]+:\w+$",
            description="module:function, asked about each photo before the engine: it gets the "
            "pixels, and returns why they are refused, or None.",
        ),
    ] = None
    allowed_networks: Annotated[
        str,
        AfterValidator(_networks),
        Field(
            description="Networks that photos and webhooks may be at though they are not public, "
            "with commas between: 10.1.0.0/16."
        ),
    ] = ""
    origins: Annotated[
        str,
        AfterValidator(_origins),
        Field(
            description="Sites whose pages may ask from a browser, with commas between: "
            "https://app.example; none but the service's own page if unset."
        ),
    ] = ""
    trusted_proxies: Annotated[
        str,
        AfterValidator(_networks),
        Field(
            description="Networks of proxies whose X-Forwarded-Proto and X-Forwarded-Host are "
            "believed, with commas between."
        ),
    ] = ""

    def offered(self) -> tuple[str, ...]:
        """The engines that jobs may be made by, the preferred one first; none if nobody said."""
        listed = tuple(dict.fromkeys(_words(self.engines)))
        first = () if self.engine == AUTO or not listed else (self.engine,)
        return tuple(dict.fromkeys(first + listed))

    def folder(self) -> Path:
        """The folder of the service's data."""
        if self.data_dir is not None:
            return self.data_dir
        from platformdirs import user_data_path

        return user_data_path("tilewright", appauthor=False)

    def weights(self) -> Path:
        """The folder of the qwen engine's weights."""
        return self.weights_dir or self.folder() / "weights"

    def qwen(self) -> QwenOptions:
        """What was decided of the qwen engine."""
        size = int(self.lora_mebibytes * MEBIBYTE)
        return QwenOptions(
            weights=self.weights(),
            device=self.qwen_device,
            plan=self.qwen_plan,
            mode=self.qwen_mode,
            attention=self.qwen_attention,
            loras=self.folder() / "loras",
            lora_hosts=() if self.lora_hosts.strip() == "*" else tuple(_words(self.lora_hosts)),
            fetch=replace(LORA_FETCH, size=size),
            allowed=self.allowed(),
        )

    def allowed(self) -> Callable[[str], bool]:
        """Which network addresses may be reached."""
        networks = [ip_network(text) for text in _words(self.allowed_networks)]
        if not networks:
            return is_public
        return lambda ip: is_public(ip) or any(ip_address(ip) in one for one in networks)

    def trusted(self) -> Callable[[str], bool]:
        """Which network addresses are proxies that may say where callers think they are."""
        networks = [ip_network(text) for text in _words(self.trusted_proxies)]
        return lambda ip: any(ip_address(ip) in one for one in networks)

    def sites(self) -> tuple[str, ...]:
        """Whose pages may ask from a browser, as browsers name them."""
        return tuple(word.lower().rstrip("/") for word in _words(self.origins))

    def blocked(self) -> tuple[str, ...]:
        """The operator's own blocked words."""
        return tuple(_words(self.blocked_words))

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


def load_settings(**given: Any) -> Settings:
    """Read the environment; what is `given` and not None counts more.

    Raises `InvalidRequest` naming every variable, or every given field, that is wrong, and every
    variable whose name is that of a setting but for a slip.
    """
    stated = {name: value for name, value in given.items() if value is not None}
    faults = _misspelled()
    try:
        settings = Settings(**stated)
    except ValidationError as error:
        wrong = explain(error, Settings)
        faults += [FieldFault(_source(fault.field, stated), fault.message) for fault in wrong]
    if faults:
        raise InvalidRequest(faults)
    return settings


def share_counts(folder: Path) -> None:
    """Let this process and those it starts count in files of that folder.

    Call it before prometheus_client is imported, which reads the environment then, and no other
    way of telling it.
    """
    os.environ[COUNTS] = str(folder)


def counts_folder() -> Path | None:
    """The folder that was shared, by us or by the process that started us."""
    return Path(os.environ[COUNTS]) if COUNTS in os.environ else None


def _misspelled() -> list[FieldFault]:
    """What is merely foreign is let be: Kubernetes names the ports of services in this very way."""
    known = [name.upper() for name in Settings.model_fields]
    faults = []
    for variable in os.environ:
        if not variable.upper().startswith(PREFIX):
            continue
        name = variable.upper().removeprefix(PREFIX)
        near = get_close_matches(name, known, n=1, cutoff=SLIP)
        if name not in known and near:
            faults.append(FieldFault(variable, f"is no setting; did you mean {PREFIX}{near[0]}?"))
    return faults


def _source(field: str, stated: Mapping[str, object]) -> str:
    """Where a wrong value came from."""
    return field if field in stated else PREFIX + field.removeprefix(PREFIX).upper()
