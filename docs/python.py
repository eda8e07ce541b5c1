"""What the package offers to Python, as a page: signatures and their own words."""

import inspect
import re
from collections.abc import Callable, Iterator
from types import UnionType
from typing import Any, Union, get_args, get_origin

import tilewright
from docs.fields import parameters
from tilewright.client import Event, errors
from tilewright.contract import Report, Surface, TileRequest, TileScore

LONGEST_LINE = 88
"""Characters of a signature; a longer one has a line for each argument."""

NAMES = re.compile(r"(?:^|(?<=\. ))([a-z_0-9]+(?:, [a-z_0-9]+)*): ")
"""Of arguments, where a docstring begins to tell of them."""

EXAMPLE = """```python
import tilewright


def tick(stage: str, fraction: float) -> None:
    print(f"{stage}: {fraction:.0%}")


try:
    tile = tilewright.extract("wall.jpg", "brick texture from the wall", tick=tick, width=2048)
except tilewright.SurfaceUnusable as error:
    print(error)  # what was wrong, and what to do next
```"""


def python_page() -> str:
    """The body of the page: here, then at a server, then what a server's refusal looks like."""
    assert errors.__doc__ is not None
    tree = errors.__doc__.partition("\n\n")[2].partition("\n\nThe client")[0]
    parts = [
        "## A tile made here",
        _callable("tilewright.extract", tilewright.extract),
        EXAMPLE,
        "The parameters; the prompt is an argument of its own:",
        parameters(TileRequest),
        _class("tilewright.Tile", tilewright.Tile),
        "`report` is what the HTTP service answers too, under the same names:",
        _fields(Report),
        "Its `surface`, and its `score`:",
        _fields(Surface),
        _fields(TileScore),
        "## How good a tile is",
        _callable("tilewright.score_tile", tilewright.score_tile),
        "## A tile made by a server",
        _class("tilewright.Client", tilewright.Client),
        _class("tilewright.Job", tilewright.Job),
        _class("tilewright.client.Event", Event),
        "`tilewright.run`, `run_sync` and `submit_async` are those of a client that is made of the "
        "environment's variables when one of them is first called.",
        "## What the client raises",
        f"```\n{inspect.cleandoc(tree)}\n```",
        *_classes(errors),
    ]
    return "\n\n".join(parts)


def _classes(module: object) -> Iterator[str]:
    for name, one in vars(module).items():
        if inspect.isclass(one) and one.__module__ == errors.__name__:
            yield _class(f"tilewright.client.{name}", one)


def _class(name: str, one: type) -> str:
    """A class: its public fields, or how it is made where it has none; then its methods."""
    fields = [field for field in inspect.get_annotations(one) if not field.startswith("_")]
    parts = [f"### {name}", _words(one)]
    if fields:
        kinds = inspect.get_annotations(one)
        parts.append(_code("\n".join(f".{field}: {_type(kinds[field])}" for field in fields)))
    elif not issubclass(one, Exception):
        parts.append(_signature(name.rpartition(".")[2], one))
    for own, member in vars(one).items():
        if own.startswith("_") or own in fields:
            continue
        if inspect.isfunction(member):
            parts.append(_callable(f".{own}", member))
        else:
            parts.append(f"{_code(f'.{own}')}\n\n{_words(member)}")
    return "\n\n".join(parts)


def _callable(name: str, one: Callable[..., Any]) -> str:
    return f"{_signature(name, one)}\n\n{_words(one)}"


def _signature(name: str, one: Callable[..., Any]) -> str:
    """As it is called: an argument a line where one line would be long."""
    signature = inspect.signature(one)
    given = list(_arguments(signature))
    back = "" if inspect.isclass(one) else f" -> {_type(signature.return_annotation)}"
    line = f"{name}({', '.join(given)}){back}"
    if len(line) > LONGEST_LINE:
        line = f"{name}(\n" + "".join(f"    {one},\n" for one in given) + f"){back}"
    return _code(line)


def _code(text: str) -> str:
    return f"```python\n{text}\n```"


def _arguments(signature: inspect.Signature) -> Iterator[str]:
    named_only = False
    for one in signature.parameters.values():
        if one.name == "self":
            continue
        if one.kind is one.KEYWORD_ONLY and not named_only:
            named_only = True
            yield "*"
        stars = "**" if one.kind is one.VAR_KEYWORD else ""
        default = "" if one.default is one.empty else f" = {one.default!r}"
        yield f"{stars}{one.name}: {_type(one.annotation)}{default}"


def _type(annotation: object) -> str:
    """As one would write it, without the modules that the names are from."""
    if get_origin(annotation) in (Union, UnionType):
        return " | ".join(_type(one) for one in get_args(annotation))
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return re.sub(r"\b(?:\w+\.)+(?=\w)", "", text).replace("NoneType", "None")


def _words(one: object) -> str:
    """Its docstring, with a point for each argument that it tells of."""
    paragraphs = (inspect.getdoc(one) or "").split("\n\n")
    return "\n\n".join(_paragraph(text) for text in paragraphs)


def _paragraph(text: str) -> str:
    if not NAMES.match(text):
        return text
    points, _, after = text.partition("\nRaises ")
    line = " ".join(points.split())
    listed = "\n".join(one.strip() for one in NAMES.sub(r"\n- **\1**: ", line).splitlines() if one)
    return f"{listed}\n\nRaises {after}" if after else listed


def _fields(model: Any) -> str:
    """A row for each field of a model."""
    rows = [
        f"| `{name}` | {' '.join((field.description or '').split())} |"
        for name, field in model.model_fields.items()
    ]
    return "| name | meaning |\n|---|---|\n" + "\n".join(rows)
