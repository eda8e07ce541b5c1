"""What is said about a finished tile: where it came from, how it was made, how good it is."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Unit = Annotated[float, Field(ge=0.0, le=1.0)]

UNSURE = 0.5
"""Confidence below which a surface may be another one than was named, or none. Of the public
surfaces that were right 7 % have less, of those that were wrong 30 %."""

NEARLY = 0.7
"""Share of the confidence from which on another surface fits nearly as well: half of what speaks
for the first, as it is with 11 % of the right ones and 40 % of the wrong ones."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class AxisScore(_Frozen):
    """How one wrap of the tile compares with the lines inside it."""

    score: Unit = Field(description="1: the wrap cannot be told from the inside; 0: a hard seam.")
    wrap_step: float = Field(description="Mean color step across the wrap, in Delta E (CIE76).")
    inner_step: float = Field(description="Median of the same over all parallel inner lines.")
    inner_p99: float = Field(description="99th percentile of the same over all inner lines.")


class TileScore(_Frozen):
    """How good a tile is. Every number is 0..1 and more is better."""

    overall: Unit = Field(
        description="All marks in one: a third the worst, the rest the geometric mean of all."
    )
    seam: Unit = Field(description="The worse of both axes.")
    across: AxisScore = Field(description="The wrap from the right edge to the left one.")
    down: AxisScore = Field(description="The wrap from the bottom edge to the top one.")
    repetition: Unit = Field(
        description="1: nothing inside the tile is seen twice by accident; what is too even to be "
        "recognized counts less."
    )
    sharpness: Unit | None = Field(
        default=None,
        description="1: its finest detail is as fine as texels show; less: soft, as what is out of "
        "focus or was enlarged; null in reports older than this mark.",
    )
    fidelity: Unit | None = Field(
        None, description="Likeness to the reference surface; null without a reference."
    )
    structure: Unit | None = Field(
        None,
        description="1: lines are as long and shapes as large as in the reference surface, so the "
        "pieces fit inside the tile too; null without a reference of its scale.",
    )
    period: tuple[float | None, float | None] = Field(
        default=(None, None),
        description="Texels after which the material comes again, across and down; null where it "
        "does not.",
    )
    words: list[str] = Field(description="The same in plain words, worst first.")


class Alternative(_Frozen):
    """A part of the photo that the words fit."""

    outline: list[tuple[Unit, Unit]] = Field(
        repr=False, description="Corners of its outline, x and y in fractions of the photo."
    )
    share: Unit = Field(description="Share of the photo's area.")
    confidence: Unit = Field(
        description="How sure it is that this is the named surface: how far the words fit it "
        "better than others, or the chance that it looks like what they name at all, whichever "
        "is less; below 0.5 look at it."
    )


class Surface(Alternative):
    """The part of the photo that was taken for the named surface."""

    drawn: bool = Field(default=False, description="Whether the request drew it, as `region`.")
    alternatives: list[Alternative] = Field(
        default_factory=list,
        description="Other surfaces that the words fit, the likeliest first; each outline may be "
        "sent as the polygon of `region`.",
    )
    matched: list[str] = Field(description="Words of the prompt that guided the choice.")
    unknown: list[str] = Field(
        default_factory=list,
        description="Words of the prompt that may have been meant to, and are not known.",
    )

    @property
    def doubtful(self) -> bool:
        """Whether it may be the wrong one: not sure, or another one fits nearly as well."""
        second = max((other.confidence for other in self.alternatives), default=0.0)
        return self.confidence < UNSURE or second >= NEARLY * self.confidence


class StageTime(_Frozen):
    """How long one named stage took."""

    stage: str
    seconds: float


class LoraUsed(_Frozen):
    """A LoRA that took part."""

    name: str = Field(description="texture_extract, lightning, lora_2 or lora_3.")
    sha256: str = Field(description="Of its file.")
    weight: float


class Diffusion(_Frozen):
    """How the diffusion model made the tile."""

    mode: str
    steps: int
    guidance: float
    weights: str = Field(description="The digest of the model's files: `tilewright weights show`.")
    loras: list[LoraUsed]
    seamless: str = Field(description="Directions in which the tile was made to wrap.")
    seam_before: tuple[Unit, Unit] = Field(
        description="Seam scores, across and down, of the model's own picture."
    )
    healed: bool = Field(description="Whether its wraps were cut anew, because they showed.")
    plan: str = Field(description="Where the model's weights were kept.")


class Report(_Frozen):
    """Everything known about how a tile was made."""

    engine: str
    engine_version: str
    seed: int = Field(description="The seed really used; never -1.")
    prompt: str
    width: int
    height: int
    image_format: str
    quality: int
    file_size: int = Field(description="Bytes of the encoded tile.")
    surface: Surface | None = Field(
        description="null where the diffusion model found it by itself, which it cannot tell."
    )
    straightened: str = Field(description="What was done about perspective, in a few words.")
    method: str = Field(description="How the tile was made from the surface.")
    scale: float | None = Field(
        description="Texels of the tile per pixel of the photo (1: untouched); null where a model "
        "painted it."
    )
    elements: int | None = Field(
        default=None,
        description="Bricks, planks, stones or cells across the tile, where they were asked.",
    )
    diffusion: Diffusion | None = Field(
        default=None, description="How the diffusion model made it, where it did."
    )
    score: TileScore = Field(description="Measured on the encoded bytes.")
    stages: list[StageTime]
    notes: list[str] = Field(description="What the user should know, in plain words.")

    @property
    def seconds(self) -> float:
        """Wall time of all stages together."""
        return sum(stage.seconds for stage in self.stages)
