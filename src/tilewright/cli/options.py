"""Makes the options of a command from the fields of the request, so that each is written once."""

from functools import cache
from typing import Any

import click


class RequestCommand(click.Command):
    """A command that also takes every parameter of `TileRequest`, as an option.

    They are made when the command is parsed or explained, not when it is defined: the contract
    takes longer to load than `tilewright --help` may.
    """

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """The request's options behind the arguments, before the command's own options."""
        own = super().get_params(ctx)
        arguments = [one for one in own if isinstance(one, click.Argument)]
        return [*arguments, *request_options(), *own[len(arguments) :]]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What only the qwen engine applies stands apart, at the end."""
        from tilewright.engine.choose import QWEN_ONLY

        options = [one for one in self.get_params(ctx) if isinstance(one, click.Option)]
        for title, qwen in (("Options", False), ("With the qwen engine", True)):
            shown = (one for one in options if (one.name in QWEN_ONLY) == qwen)
            with formatter.section(title):
                formatter.write_dl([row for one in shown if (row := one.get_help_record(ctx))])


@cache
def request_options() -> tuple[click.Option, ...]:
    """One option for each field of `TileRequest`. What is not given is None."""
    from tilewright.cli.typed import spelled, typed_names
    from tilewright.contract import TileRequest

    options = tuple(_option(name) for name in TileRequest.model_fields)
    for one in options:
        one.help = spelled(str(one.help), typed_names(options))
    return options


def given_parameters(values: dict[str, Any]) -> dict[str, Any]:
    """Take the request's parameters out of a command's `values`."""
    return {str(one.name): values.pop(str(one.name)) for one in request_options()}


def _option(name: str) -> click.Option:
    from tilewright.contract import TileRequest
    from tilewright.contract.faults import is_a

    flag = f"--{name.replace('_', '-')}"
    if is_a(bool, TileRequest, name):
        usual = TileRequest.model_fields[name].default
        flags = f"{flag}/--no-{flag.removeprefix('--')}" if usual else flag
        return click.Option([flags], is_flag=True, default=None, help=_help(name))
    number = {int: click.INT, float: click.FLOAT}
    kind = next((number[one] for one in number if is_a(one, TileRequest, name)), click.STRING)
    return click.Option(
        [flag],
        type=kind,
        metavar="TEXT" if kind is click.STRING else "NUMBER",
        required=TileRequest.model_fields[name].is_required(),
        help=_help(name),
    )


def _help(name: str) -> str:
    """The field's description, its choices or range, and its default."""
    from tilewright.contract import TileRequest
    from tilewright.contract.faults import bounds, choices

    field = TileRequest.model_fields[name]
    parts = []
    if known := choices(TileRequest, name):
        parts.append(", ".join(known))
    if limits := bounds(TileRequest, name):
        parts.append(f"{limits[0]} to {limits[1]}")
    if not field.is_required() and field.default not in (None, False):
        usual = "true" if field.default is True else field.default
        parts.append(f"default {usual}")
    return f"{field.description}  [{'; '.join(parts)}]" if parts else str(field.description)
