"""The command `tilewright`: what it takes, where its answers go, and how it ends."""

import signal
import sys
from io import TextIOWrapper
from types import FrameType
from typing import NoReturn

import click

from tilewright import __version__
from tilewright.cli.credits import credits
from tilewright.cli.doctor import doctor
from tilewright.cli.extract import extract
from tilewright.cli.jobs import jobs
from tilewright.cli.keys import keys
from tilewright.cli.migrate import migrate
from tilewright.cli.say import say_error
from tilewright.cli.score import score
from tilewright.cli.serve import serve, worker
from tilewright.cli.weights import weights

INTERRUPTED, TERMINATED = 128 + signal.SIGINT, 128 + signal.SIGTERM
"""Exit codes as shells give them to what a signal has ended."""


class _Terminated(KeyboardInterrupt):
    """SIGTERM, which unwinds the work just as Ctrl-C does."""


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 2 wrong arguments or input, 1 failed, 130 interrupted.",
)
@click.version_option(__version__, message="%(prog)s %(version)s")
def tilewright() -> None:
    """A photograph and a sentence become a seamless, tileable texture."""


for command in (extract, score, doctor, serve, worker, migrate, keys, credits, jobs, weights):
    tilewright.add_command(command)


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code; `arguments` are those of the process if None."""
    given = sys.argv[1:] if arguments is None else arguments
    signal.signal(signal.SIGTERM, _terminate)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # file names need not be valid Unicode
    try:
        return int(tilewright.main(given, "tilewright", standalone_mode=False) or 0)
    except click.Abort as abort:
        say_error("stopped", None, as_json=False)
        return TERMINATED if isinstance(abort.__cause__, _Terminated) else INTERRUPTED
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return error.exit_code
    except Exception as error:
        with click.Context(_command(given)):
            return say_error(error, None, as_json="--json" in given)


def _command(given: list[str]) -> click.Command:
    """The command that the arguments name, as far as they name one."""
    command: click.Command = tilewright
    for word in given:
        if isinstance(command, click.Group):
            command = command.commands.get(word, command)
    return command


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    raise _Terminated
