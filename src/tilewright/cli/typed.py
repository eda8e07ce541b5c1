"""Parameters by the names that are typed: --image-format, where the wire says image_format."""

import re
from collections.abc import Iterable

import click

from tilewright.contract import FieldFault

SNAKE = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)+")
"""What can be nothing but a parameter's name: words of one part may be any words."""


def as_typed(faults: Iterable[FieldFault], command: click.Command) -> str:
    """One sentence of all that is wrong with what the command was given."""
    names = typed_names(command.get_params(click.Context(command)))
    return "; ".join(
        f"{names.get(fault.field, fault.field)}: {spelled(fault.message, names)}"
        for fault in faults
    )


def spelled(text: str, names: dict[str, str]) -> str:
    """The text with the parameters that it names under the names that are typed."""
    return SNAKE.sub(lambda found: names.get(found[0], found[0]), text)


def typed_names(parameters: Iterable[click.Parameter]) -> dict[str, str]:
    """What is typed for each parameter. Of a truth it is what changes it."""
    return {str(one.name): _typed(one) for one in parameters}


def _typed(parameter: click.Parameter) -> str:
    if isinstance(parameter, click.Option):
        return max(parameter.secondary_opts or parameter.opts, key=len)
    return parameter.human_readable_name
