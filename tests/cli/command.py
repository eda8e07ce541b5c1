"""Runs the command as a user's shell does: another process, its streams and its exit code."""

import os
import signal
import subprocess
import sys
from contextlib import chdir
from pathlib import Path
from typing import NamedTuple

from click.testing import CliRunner

from tilewright.cli import main

EXAMPLES = Path(__file__).parents[2] / "examples"
LEAVES = str(EXAMPLES / "oak_leaves.jpg")
BRICK = str(EXAMPLES / "old_brick_grey.jpg")
PROMPT = "Extract the texture of the ground. Extract into a texture image."

COMMAND = (sys.executable, "-m", "tilewright")
TIMEOUT = 120.0


class Finished(NamedTuple):
    """What a run left: its exit code and both streams."""

    code: int
    out: str
    err: str


def tilewright(
    *arguments: str, cwd: Path, stdin: bytes = b"", env: dict[str, str] | None = None
) -> Finished:
    """Run `tilewright` in the folder `cwd`, with `env` on top of a clean environment."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        env={**clean_environment(), **(env or {})},
        timeout=TIMEOUT,
        check=False,
    )
    return Finished(done.returncode, done.stdout.decode(), done.stderr.decode())


def asked(
    *arguments: str, cwd: Path, stdin: bytes = b"", env: dict[str, str] | None = None
) -> Finished:
    """The same in this process, for what is true of the command in any: a start costs a second."""
    given = {**dict.fromkeys(os.environ.keys() - clean_environment().keys()), **(env or {})}
    before = signal.getsignal(signal.SIGTERM)
    try:
        with chdir(cwd), CliRunner().isolation(stdin, given) as (out, err, _):
            code = main(list(arguments))
            sys.stdout.flush()
            sys.stderr.flush()
            return Finished(code, out.getvalue().decode(), err.getvalue().decode())
    finally:
        signal.signal(signal.SIGTERM, before)


def clean_environment() -> dict[str, str]:
    """This process's environment without what would change the command."""
    return {name: value for name, value in os.environ.items() if not name.startswith("TILEWRIGHT_")}
