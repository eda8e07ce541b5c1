"""The models that this service offers: a sibling is one row more."""

from decimal import Decimal
from typing import Annotated, NamedTuple

from fastapi import Path

from tilewright.contract import NotFound
from tilewright.contract.faults import nearest


class Model(NamedTuple):
    """One row: its slug, what people read about it, and what a tile costs unless settings say."""

    slug: str
    name: str
    description: str
    price: Decimal


MODELS = (
    Model(
        "qwen-image-edit-plus-texture-extract",
        "Texture Extract",
        "Extract seamless, tileable textures from photographs.",
        Decimal("0.02"),
    ),
)


Slug = Annotated[
    str,
    Path(description="The model.", json_schema_extra={"enum": [model.slug for model in MODELS]}),
]
"""In an address; any other is answered with the nearest one."""


def find_model(slug: str) -> Model:
    """The model of that slug; raise `NotFound` with the nearest one, or all that there are."""
    known = {model.slug: model for model in MODELS}
    if slug not in known:
        hint = nearest(slug, known) or f"; there is {', '.join(known)}"
        raise NotFound(f"Model {slug[:80]} not found{hint}")
    return known[slug]
