"""The nats-server program: where it is, and how it runs so that it never outlives its parent."""

import os
import shutil
import signal
import sys
import sysconfig
from pathlib import Path

from tilewright.contract import QueueUnavailable
from tilewright.contract.extras import to_install

NAME = "nats-server"

LAUNCH = """
import ctypes, os, sys
parent, number, program, *rest = sys.argv[1:]
ctypes.CDLL(None).prctl(1, int(number))  # 1 is PR_SET_PDEATHSIG
if os.getppid() != int(parent):
    sys.exit("the parent is gone")
os.putenv("GOMAXPROCS", "1")
os.execv(program, [program, *rest])
"""
"""Asks Linux for a signal when the parent dies, however it dies, and becomes the program.

Why not a `preexec_fn`: it runs Python between fork and exec, which may lock up where threads run,
and newer Pythons warn of it. Why not a watchdog: it is one more process that can be killed itself.
The wish survives `execv`. The parent may have died before the wish was made, so its id is
compared after it. What Linux watches is the parent's *thread*: see `QueueServer`.

GOMAXPROCS: the program carries a few messages for each job. On more cores than one its threads look
for work in vain, which took a fifth more CPU for each job, measured on two.
"""


def find_program() -> str:
    """The program's path: beside the running Python, or on PATH. Raises `QueueUnavailable`."""
    places = [sysconfig.get_path("scripts"), str(Path(sys.executable).parent)]
    for path in (*places, None):
        if found := shutil.which(NAME, path=path):
            return found
    raise QueueUnavailable(
        f"the program {NAME} was not found beside {sys.executable} nor on PATH: "
        f"{to_install('server')}"
    )


def command(config: Path) -> list[str]:
    """What starts the program with a configuration file; also how a left-over is known again."""
    return tied([find_program(), "-c", str(config)])


def tied(words: list[str], number: signal.Signals = signal.SIGKILL) -> list[str]:
    """The command that runs `words` (a path and its arguments) until this process dies.

    Linux sends the signal when the *thread* that starts the command ends: start it in one that
    lives on. Elsewhere nothing is sent; a left-over server is ended at the next start.
    """
    if sys.platform != "linux":
        return words
    ours = [str(os.getpid()), str(int(number))]
    return [sys.executable, "-I", "-S", "-c", LAUNCH, *ours, *words]
