"""Says in plain words what is wrong with each value that a model refused."""

import difflib
from collections.abc import Iterable
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from tilewright.contract.errors import FieldFault

LONGEST_SHOWN = 60
"""Characters of a wrong value that a message repeats."""

MOST_TOLD = 20
"""Faults that are told one by one; to compare 20,000 unknown names with all known took 11 s."""

LIKE_A_NAME = 0.58
"""Of the names of parameters: `ratio` is close enough to aspect_ratio, `negative_prompt` not to
prompt."""

LIKE_A_CHOICE = 0.7
"""Of the short words that are chosen from: `jpg` is close enough to jpeg, 1:2 not to 3:2."""


def explain(error: ValidationError, model: type[BaseModel]) -> list[FieldFault]:
    """The faults in `error`, which `model` raised: what is wrong, the limit, and the way out."""
    found = error.errors()
    told = [_fault(dict(item), model) for item in found[:MOST_TOLD]]
    more = len(found) - len(told)
    return [*told, FieldFault("request", f"has {more} more faults")] if more else told


def show(value: object) -> str:
    """`value` as Python writes it, cut where it grows long."""
    try:
        text = repr(value)
    except ValueError:  # Python refuses to write whole numbers of more than 4300 digits
        return "a number of thousands of digits"
    if len(text) <= LONGEST_SHOWN:
        return text
    return f"{text[: LONGEST_SHOWN - 3]}... ({len(text)} characters)"


def nearest(word: str, known: Iterable[str], likeness: float = LIKE_A_NAME) -> str:
    """`; did you mean ...?` if one of `known` is at least so like `word` (0..1), else nothing.

    Of several that are as like it is the first. What is too long to be shown is like none.
    """
    if len(word) > LONGEST_SHOWN:
        return ""
    compared = difflib.SequenceMatcher(b=word.lower())

    def like(one: str) -> float:
        compared.set_seq1(one)
        return compared.ratio()

    closest = max(known, key=like, default="")
    return f"; did you mean {closest}?" if like(closest) >= likeness else ""


def bounds(model: type[BaseModel], name: str) -> tuple[float, float] | None:
    """The least and the greatest value of a field; None if it is not bounded on both sides."""
    field = model.model_fields[name]
    marks = [*field.metadata]
    for part in get_args(field.annotation):  # `Annotated[int, ...] | None` holds them deeper
        for mark in getattr(part, "__metadata__", ()):
            marks += getattr(mark, "metadata", [mark])
    least = [mark.ge for mark in marks if hasattr(mark, "ge")]
    greatest = [mark.le for mark in marks if hasattr(mark, "le")]
    return (least[0], greatest[0]) if least and greatest else None


def is_a(kind: type, model: type[BaseModel], name: str) -> bool:
    """Whether a field holds values of that `kind`, or is left out."""
    annotation = model.model_fields[name].annotation
    parts = (annotation, *get_args(annotation))
    return any(part is kind or getattr(part, "__origin__", None) is kind for part in parts)


def choices(model: type[BaseModel], name: str) -> tuple[str, ...]:
    """The texts that a field chooses from; none if it takes other values too."""
    kind = model.model_fields[name].annotation
    for one in (kind, *get_args(kind)):  # `Literal[...] | None` holds them a step deeper
        options = get_args(one)
        if options and all(isinstance(option, str) for option in options):
            return options
    return ()


def _fault(item: dict[str, Any], model: type[BaseModel]) -> FieldFault:
    """Called by its whole path, like event.types; what it may be is known of the field itself."""
    path = [part for part in item["loc"] if isinstance(part, str)] or ["request"]
    return FieldFault(".".join(path), _sentence(item, path[0], model))


def _sentence(item: dict[str, Any], name: str, model: type[BaseModel]) -> str:
    value, context = item["input"], item.get("ctx", {})
    match item["type"]:
        case "extra_forbidden":
            return f"is not a known parameter{nearest(name, model.model_fields)}"
        case "missing":
            return "is required"
        case "string_too_short" if (least := context["min_length"]) > 1:
            return f"has {len(value.strip())} characters; at least {least} are needed"
        case "string_too_short":
            return "must not be empty"
        case "string_too_long":
            return f"has {len(value.strip())} characters; at most {context['max_length']} are taken"
        case "string_type":
            return f"must be text, not {show(value)}"
        case "list_type":
            return f"must be a list, not {show(value)}"
        case "too_short" | "too_long":
            limit = context.get("min_length") or context["max_length"]
            most = "least" if item["type"] == "too_short" else "most"
            return f"must hold at {most} {limit}, not {context['actual_length']}"
        case "model_type" | "model_attributes_type":
            return f"must be an object, not {show(value)}"
        case "string_unicode":
            return "holds characters that are not valid Unicode"
        case "literal_error":
            known = choices(model, name)
            hint = nearest(value, known, LIKE_A_CHOICE) if isinstance(value, str) else ""
            return f"must be one of {', '.join(known)}, not {show(value)}{hint}"
        case "greater_than_equal" | "less_than_equal" if found := bounds(model, name):
            return f"must be from {_plain(found[0])} to {_plain(found[1])}, not {show(value)}"
        case "int_parsing" | "int_type":
            return f"must be a whole number, not {show(value)}"
        case "bool_parsing" | "bool_type":
            return f"must be true or false, not {show(value)}"
        case "float_parsing" | "float_type" | "decimal_parsing" | "decimal_type":
            return f"must be a number, not {show(value)}"
        case _:
            return _reworded(str(item["msg"]), value)


def _plain(number: float) -> str:
    """2147483647, where `:g` would write 2.14748e+09."""
    return str(int(number)) if float(number).is_integer() else str(number)


def _reworded(message: str, value: object) -> str:
    """Our own validators' sentences as they are; pydantic's own with the value behind."""
    for mark in ("Value error, ", "Assertion failed, "):
        if message.startswith(mark):
            return message.removeprefix(mark)
    return f"must be {message.removeprefix('Input should be ')}, not {show(value)}"
