"""What may be asked for: every parameter with its type, range and default, written once."""

from typing import Annotated, Any, Literal, Self, TypeVar, get_args
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from tilewright.contract.errors import FieldFault, InvalidRequest
from tilewright.contract.faults import explain, show
from tilewright.contract.region import Region, read_region

AspectRatio = Literal[
    "1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9", "match_input_image"
]
ImageFormat = Literal["jpeg", "png", "webp"]
Mode = Literal["quality", "fast", "fastest"]
Seamless = Literal["xy", "x", "y", "none"]
EngineName = Literal["auto", "qwen", "synthesis"]
Urgency = Literal["normal", "high"]

SIZES: dict[str, tuple[int, int]] = {
    "1:1": (1024, 1024),
    "2:3": (832, 1248),
    "3:2": (1248, 832),
    "3:4": (896, 1184),
    "4:3": (1184, 896),
    "4:5": (928, 1152),
    "5:4": (1152, 928),
    "9:16": (768, 1376),
    "16:9": (1376, 768),
    "21:9": (1568, 672),
}
"""Width and height of the tile, in texels. About one megapixel and multiples of 32: the sizes of
the Qwen-Image-Edit-Plus pipeline, so that both engines answer alike."""

SIDE_STEP = 32
"""Sides are multiples of this (the diffusion model's latent patch)."""

WIDEST_MATCH = 4.0
"""`match_input_image` follows photos up to this ratio of long to short side. A tile of one
megapixel beyond it would be under 512 texels high."""

SMALLEST_SIDE, LARGEST_SIDE = 128, 4096
"""Texels. Below, a wrap is hard to judge; above, the work no longer fits into 4 GB."""

LEAST_ELEMENT = 8
"""Texels across: less is a dot, not a brick."""

MOST_ELEMENTS = 128
"""Across a tile: at the usual 1024 texels, `LEAST_ELEMENT` for each."""

MEGAPIXEL = 1024 * 1024
LONGEST_URL = 2048
"""Characters. Longer addresses are refused by common servers and proxies too."""


def _whole_number(value: object) -> object:
    """Accept 7 and 7.0; refuse true, "7" and 7.5 by name."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"must be a whole number, not {show(value)}")
    if isinstance(value, float) and not value.is_integer():
        raise ValueError(f"must be a whole number, not {show(value)}")
    return int(value)


def _number(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"must be a number, not {show(value)}")
    return value


def _web_address(value: str) -> str:
    try:
        parts = urlsplit(value)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"must be an http or https address, not {show(value)}")
    return value


def _without_zero(value: str) -> str:
    """Text in files and databases may end at one, or not be kept at all."""
    if "\0" in value:
        raise ValueError("holds a zero character (U+0000); leave it out")
    return value


def _truth(value: object) -> object:
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, not {show(value)}")
    return value


def _lora_address(value: str) -> str:
    if not urlsplit(_web_address(value)).path.endswith(".safetensors"):
        raise ValueError(f"must be the address of a .safetensors file, not {show(value)}")
    return value


def _multiple(value: int) -> int:
    if value % SIDE_STEP:
        near = round(value / SIDE_STEP) * SIDE_STEP
        raise ValueError(f"must be a multiple of {SIDE_STEP}, not {show(value)}; try {near}")
    return value


Whole = Annotated[int, BeforeValidator(_whole_number)]
Side = Annotated[
    int,
    Field(ge=SMALLEST_SIDE, le=LARGEST_SIDE),
    AfterValidator(_multiple),
    BeforeValidator(_whole_number),
]
Count = Annotated[int, Field(ge=1, le=MOST_ELEMENTS), BeforeValidator(_whole_number)]
Number = Annotated[float, Field(allow_inf_nan=False), BeforeValidator(_number)]
Steps = Annotated[int, Field(ge=2, le=100), BeforeValidator(_whole_number)]
Guidance = Annotated[float, Field(ge=1.0, le=20.0), BeforeValidator(_number)]
Resolution = Annotated[
    int, Field(ge=256, le=1024), AfterValidator(_multiple), BeforeValidator(_whole_number)
]
Retention = Annotated[int, Field(ge=60, le=86400), BeforeValidator(_whole_number)]
LoraUrl = Annotated[
    str, StringConstraints(strict=True, max_length=LONGEST_URL), AfterValidator(_lora_address)
]


WebhookUrl = Annotated[
    str, StringConstraints(strict=True, max_length=LONGEST_URL), AfterValidator(_web_address)
]
PhotoText = Annotated[str, StringConstraints(strict=True, min_length=1)]
Truth = Annotated[bool, BeforeValidator(_truth)]
Drawn = Annotated[
    Region,
    BeforeValidator(read_region),
    WithJsonSchema(Region.model_json_schema(mode="validation")),
]

PHOTO_FORMS = "an http(s) URL, a data: URL, base64, or what /upload-asset gave: address or id."


class TileRequest(BaseModel):
    """One wish for a tile, valid by construction.

    `None` for a parameter with a default means the default. Unknown names are refused.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    prompt: Annotated[
        str,
        StringConstraints(strict=True, strip_whitespace=True, min_length=1, max_length=2000),
        AfterValidator(_without_zero),
    ] = Field(
        description="The surface to take; a few words suffice, "
        'like "brick texture from the wall on the left".'
    )
    aspect_ratio: AspectRatio = Field("1:1", description="Shape of the tile.")
    lora: Literal["texture_extract"] = Field(
        "texture_extract", description="The LoRA that teaches the diffusion model to extract."
    )
    lora_2_url: LoraUrl | None = Field(None, description="A second LoRA (.safetensors); qwen only.")
    lora_3_url: LoraUrl | None = Field(None, description="A third LoRA (.safetensors); qwen only.")
    lora_2_weight: Number = Field(
        1.0, ge=-4, le=4, description="How much the second LoRA counts; qwen only."
    )
    lora_3_weight: Number = Field(
        1.0, ge=-4, le=4, description="How much the third LoRA counts; qwen only."
    )
    seed: Whole = Field(
        87568756, ge=-1, le=2147483647, description="Same seed, same tile; -1 draws one."
    )
    image_format: ImageFormat = Field("webp", description="File format of the tile.")
    quality: Whole = Field(95, ge=1, le=100, description="Of JPEG and WebP; PNG is lossless.")
    region: Drawn | None = Field(
        None,
        description="The surface, drawn on the photo, instead of being found by the words: "
        '{"polygon": [[x, y], ...]} around it, or {"corners": four points} of a rectangle in it, '
        "which is then seen straight on. x and y are fractions of the photo, from its top left.",
    )
    straighten: Truth = Field(
        True,
        description="Whether perspective is undone, in each photo. Off where it was taken straight "
        "on, or the slant is wanted; off: synthesis only.",
    )
    width: Side | None = Field(
        None,
        description=f"Of the tile, in texels, a multiple of {SIDE_STEP}. Alone, aspect_ratio gives "
        "the height.",
    )
    height: Side | None = Field(
        None,
        description=f"Of the tile, in texels, a multiple of {SIDE_STEP}. Alone, aspect_ratio gives "
        "the width; width and height together take its place.",
    )
    elements: Count | None = Field(
        None,
        description="How many bricks, planks, stones or cells lie across the tile, of "
        f"{LEAST_ELEMENT} texels at least.",
    )
    mode: Mode | None = Field(
        None,
        description="quality: 40 steps with guidance; fast: 8 and fastest: 4 with a Lightning "
        "LoRA. The operator's choice if unset; qwen only.",
    )
    steps: Steps | None = Field(
        None, description="Of the diffusion; those of the mode if unset; qwen only."
    )
    guidance: Guidance | None = Field(
        None,
        description="How much the words count (classifier-free guidance); 1 is without, in half "
        "the time. That of the mode if unset; qwen only.",
    )
    reference_resolution: Resolution | None = Field(
        None,
        description="The photos are seen by the model at the area of a square of this side, in "
        f"pixels, a multiple of {SIDE_STEP}: 512 takes nearly half the time of 1024; qwen only.",
    )
    seamless: Seamless = Field(
        "xy", description="In which directions the tile wraps; other than xy: qwen only."
    )
    match_color: Truth = Field(
        False,
        description="Whether the tile takes on the surface's own colors, which LoRAs shift. The "
        "synthesis engine always keeps them.",
    )
    embed_report: Truth = Field(
        False, description="Whether the report goes into the file of the tile too, as XMP."
    )

    @model_validator(mode="after")
    def _straight_or_not(self) -> Self:
        """Corners are drawn to be seen straight on."""
        if not self.straighten and self.region and self.region.corners:
            sentence = (
                "contradicts the four corners of region, which are there to be seen straight on; "
                "draw a polygon instead, or leave one of them out"
            )
            raise InvalidRequest([FieldFault("straighten", sentence)])
        return self

    @model_validator(mode="after")
    def _sides_fit(self) -> Self:
        """The sides that are given must go with the shape, and have room for the elements."""
        if self.aspect_ratio != "match_input_image":
            tile_size(self, (1, 1))
        return self


class ServiceRequest(TileRequest):
    """The same wish as it comes over the wire, with its photos and how the answer is wanted."""

    image_1: PhotoText = Field(description="The photo of the surface: " + PHOTO_FORMS)
    image_2: PhotoText | None = Field(None, description="A photo of a surface to blend in.")
    image_3: PhotoText | None = Field(None, description="A photo of a surface to lay over.")
    base64: Truth = Field(False, description="Answer with the tile as base64 text in JSON.")
    webhook_url: WebhookUrl | None = Field(
        None, description="An address that is told when the job has ended."
    )
    retention_seconds: Retention | None = Field(
        None,
        description="How long the ended job and its tile are kept; if unset, as long as the "
        "service keeps them: an hour, unless its operator says otherwise.",
    )
    engine: EngineName = Field(
        "auto",
        description="The engine that must make it; auto is the first of the service's that can "
        "apply all that is asked.",
    )
    priority: Urgency = Field(
        "normal",
        description="high goes before all others; the key must be one that may ask for it.",
    )


IMAGES = ("image_1", "image_2", "image_3")
WIRE_ONLY = tuple(
    name for name in ServiceRequest.model_fields if name not in TileRequest.model_fields
)

Wish = TypeVar("Wish", bound=TileRequest)


def parse_request(parameters: dict[str, Any]) -> TileRequest:
    """Turn loose parameters into a request; raise `InvalidRequest` naming every fault at once."""
    return _parse(TileRequest, parameters)


def parse_service_request(parameters: dict[str, Any]) -> ServiceRequest:
    """The same for what comes over the wire."""
    return _parse(ServiceRequest, parameters)


def _parse(model: type[Wish], parameters: dict[str, Any]) -> Wish:
    given = {
        name: value
        for name, value in parameters.items()
        if value is not None or name not in model.model_fields
    }
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise InvalidRequest(explain(error, model)) from None


def tile_size(request: TileRequest, photo_size: tuple[int, int]) -> tuple[int, int]:
    """Width and height in texels of the tile for a photo of `photo_size` (width, height) pixels.

    Raises `InvalidRequest` for `match_input_image` on a photo longer than `WIDEST_MATCH` to 1, for
    a width or height with which the other side would leave the limits, and for more elements than
    lie across such a tile.
    """
    width, height = _wanted_size(request, photo_size)
    most = width // LEAST_ELEMENT
    if request.elements and request.elements > most:
        sentence = (
            f"must be at most {most} across {width} texels, {LEAST_ELEMENT} for each, not "
            f"{request.elements}; ask for fewer, or for a wider tile"
        )
        raise InvalidRequest([FieldFault("elements", sentence)])
    return width, height


def _wanted_size(request: TileRequest, photo_size: tuple[int, int]) -> tuple[int, int]:
    if request.width and request.height:
        return request.width, request.height
    width, height = _usual_size(request.aspect_ratio, photo_size)
    if request.width:
        return request.width, _other_side("width", request.width * height / width)
    if request.height:
        return _other_side("height", request.height * width / height), request.height
    return width, height


def megapixels(width: int, height: int) -> int:
    """What a tile counts for: 1 in every usual size, 4 at 2048x2048, 16 at 4096x4096."""
    return max(1, round(width * height / MEGAPIXEL))


def _usual_size(aspect_ratio: AspectRatio, photo_size: tuple[int, int]) -> tuple[int, int]:
    """The same where neither width nor height is asked for: about a megapixel."""
    if aspect_ratio != "match_input_image":
        return SIZES[aspect_ratio]
    width, height = photo_size
    ratio = width / height
    if max(ratio, 1 / ratio) > WIDEST_MATCH:
        raise InvalidRequest(
            [
                FieldFault(
                    "aspect_ratio",
                    f"match_input_image follows photos up to {WIDEST_MATCH:g}:1, and this one is "
                    f"{width}x{height}; crop it, or choose one of {', '.join(SIZES)}",
                )
            ]
        )
    return _side((MEGAPIXEL * ratio) ** 0.5), _side((MEGAPIXEL / ratio) ** 0.5)


def _other_side(given: str, length: float) -> int:
    side = _side(length)
    if SMALLEST_SIDE <= side <= LARGEST_SIDE:
        return side
    other = "height" if given == "width" else "width"
    sentence = (
        f"makes the {other} {side}, and it must be from {SMALLEST_SIDE} to {LARGEST_SIDE}; "
        f"give the {other} too, or another aspect_ratio"
    )
    raise InvalidRequest([FieldFault(given, sentence)])


def _side(length: float) -> int:
    return max(SIDE_STEP, round(length / SIDE_STEP) * SIDE_STEP)


assert set(get_args(AspectRatio)) == {*SIZES, "match_input_image"}
