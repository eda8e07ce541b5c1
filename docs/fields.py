"""What a field of a model takes and is by default, in the words of the reference pages."""

from types import UnionType
from typing import Annotated, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from tilewright.contract.faults import bounds, choices
from tilewright.settings import File


def parameters(model: type[BaseModel]) -> str:
    """A row for each parameter."""
    rows = [
        f"| `{name}` | {taken(model, name)} | {shown(field.default)} "
        f"| {' '.join((field.description or '').split())} |"
        for name, field in model.model_fields.items()
    ]
    return "| name | takes | default | meaning |\n|---|---|---|---|\n" + "\n".join(rows)


def taken(model: type[BaseModel], name: str) -> str:
    """What a field may be: its choices, or its kind and range."""
    if known := choices(model, name):
        return ", ".join(f"`{one}`" for one in known)
    field = model.model_fields[name]
    kind = _kind(field.annotation)
    if limits := bounds(model, name):
        return f"{kind}, {_plain(limits[0])} to {_plain(limits[1])}"
    least = [mark.min_length for mark in field.metadata if hasattr(mark, "min_length")]
    return f"{kind}, at least {least[0]} characters" if least and least[0] > 1 else kind


def _kind(annotation: object) -> str:
    if annotation == File:
        return "file"
    if get_origin(annotation) is Annotated:
        return _kind(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return " or ".join(_kind(one) for one in get_args(annotation) if one is not type(None))
    names = {"str": "text", "int": "whole number", "float": "number", "Decimal": "number"}
    names |= {"bool": "true or false", "Path": "folder", "Region": "polygon or corners"}
    name = getattr(annotation, "__name__", str(annotation))
    return names.get(name, name)


def shown(value: object) -> str:
    """A default."""
    match value:
        case None | "":
            return "unset"
        case _ if value is PydanticUndefined:
            return "required"
        case bool():
            return f"`{str(value).lower()}`"
        case float():
            return f"`{_plain(value)}`"
    return f"`{value}`"


def _plain(number: float) -> str:
    """3600, where Python writes 3600.0."""
    return f"{number:.10g}"
