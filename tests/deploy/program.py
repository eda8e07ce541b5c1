"""What the files of deploy/ tell our programs, read as the programs read it."""

from collections.abc import Iterable, Sequence

import click

from tilewright.cli import tilewright
from tilewright.settings import PREFIX, Settings


def check_command(words: Sequence[str]) -> None:
    """Raise for a command line that `tilewright` would refuse."""
    command: click.Command = tilewright
    rest = list(words)
    while isinstance(command, click.Group):
        command = command.commands[rest.pop(0)]
    command.make_context(command.name, rest)


def check_settings(names: Iterable[str]) -> None:
    """Fail for a variable that nobody reads."""
    ours = [name.removeprefix(PREFIX).lower() for name in names if name.startswith(PREFIX)]

    assert [name for name in ours if name not in Settings.model_fields] == []
